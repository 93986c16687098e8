/** What stands around the traces: times at the left, channels below, offsets above, and the line of the shot instant. */
import { ticks } from '#shared/report/plot-window.ts';
import { decimals } from '#shared/report/print.ts';
import type { PickJson } from '../../station/api-types.ts';
import type { Frame } from './frame.ts';
import type { Ink } from './ink.ts';

const SIZE = 13;

export interface AxisWords {
  /** Of the time axis: `ms`, `ms, reduced by 1500 m/s`, `ms from the first break`. */
  readonly time: string;
  /** The strip shows neither channels nor offsets: they stand above it. */
  readonly traces: boolean;
}

export function axes(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  picks: readonly PickJson[],
  words: AxisWords,
  ink: Ink,
): void {
  const { left, top, right, bottom } = frame;
  ctx.save();
  ctx.font = `${SIZE}px ${ink.font}`;
  ctx.strokeStyle = ctx.fillStyle = ink.ink;
  ctx.lineWidth = ink.weight;
  ctx.strokeRect(left - 0.5, top - 0.5, right - left + 1, bottom - top + 1);
  timeAxis(ctx, frame, words.time);
  if (words.traces) {
    channelAxis(ctx, frame, picks);
    offsetAxis(ctx, frame, picks, ink);
  }
  ctx.restore();
}

function timeAxis(ctx: CanvasRenderingContext2D, frame: Frame, unit: string): void {
  const { view, left, top, bottom } = frame;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  for (const time of ticks(view.fromMs, view.toMs, (bottom - top) / 44)) {
    const y = frame.y(time);
    line(ctx, left - 5, y, left, y);
    ctx.fillText(decimals(time, 4), left - 8, y);
  }
  ctx.save();
  ctx.translate(SIZE, (top + bottom) / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.textAlign = 'center';
  ctx.fillText(unit, 0, 0);
  ctx.restore();
}

function channelAxis(ctx: CanvasRenderingContext2D, frame: Frame, picks: readonly PickJson[]): void {
  const { left, bottom, width } = frame;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  for (const i of labelled(frame, picks.length, (at) => picks[at].channel)) {
    line(ctx, frame.x(i), bottom, frame.x(i), bottom + 5);
    const text = String(picks[i].channel);
    const half = ctx.measureText(text).width / 2;
    if (frame.x(i) - half < left - 8) continue;
    ctx.fillText(text, Math.min(frame.x(i), width - half - 1), bottom + 8);
  }
  ctx.textAlign = 'right';
  ctx.fillText('channel', left - 10, bottom + 8);
}

function offsetAxis(ctx: CanvasRenderingContext2D, frame: Frame, picks: readonly PickJson[], ink: Ink): void {
  const { left, right, top } = frame;
  ctx.fillStyle = ink.faint;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'alphabetic';
  const y = top - OFFSETS_ABOVE;
  let free = Number.NEGATIVE_INFINITY;
  let any = false;
  for (const i of labelled(frame, picks.length, (at) => picks[at].channel)) {
    const { offsetM } = picks[i];
    if (offsetM === null) continue;
    const text = decimals(offsetM, 1);
    const half = ctx.measureText(text).width / 2;
    const x = frame.x(i);
    if (x - half < free || x - half < left - 4 || x + half > right) continue;
    ctx.fillText(text, x, y);
    free = x + half + 10;
    any = true;
  }
  ctx.textAlign = 'right';
  if (any) ctx.fillText('offset m', left - 6, y);
}

/** Offsets stand above the marks of traces without a pick. */
const OFFSETS_ABOVE = 19;

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];

/** Traces in sight that get a number: round ones where channels count up. */
function labelled({ view, left, right }: Frame, traces: number, label: (i: number) => number): readonly number[] {
  const from = Math.max(0, Math.ceil(view.fromTrace - 0.5));
  const to = Math.min(traces - 1, Math.floor(view.toTrace - 0.5));
  const seen = Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => from + k);
  const room = (right - left) / 56;
  const step = STEPS.find((s) => seen.length / s <= room) ?? traces;
  const round = seen.filter((i) => label(i) % step === 0);
  return round.length >= room / 4 && round.length <= room + 1 ? round : seen.filter((i) => i % step === 0);
}

export function shotInstant(ctx: CanvasRenderingContext2D, frame: Frame, ink: Ink): void {
  const { left, right, top, bottom, view, shifts } = frame;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  ctx.strokeStyle = ink.shot;
  ctx.lineWidth = 1.5 * ink.weight;
  ctx.setLineDash([7, 4]);
  ctx.beginPath();
  const first = Math.max(0, Math.floor(view.fromTrace));
  const last = Math.min(shifts.length - 1, Math.ceil(view.toTrace));
  if (first <= last) ctx.moveTo(left, frame.yOf(first, 0));
  for (let i = first; i <= last; i++) ctx.lineTo(frame.x(i), frame.yOf(i, 0));
  if (first <= last) ctx.lineTo(right, frame.yOf(last, 0));
  ctx.stroke();
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
