/** A small chart on a canvas: a plane with numbers at its edges, in which others draw. */
import { ticks } from '#shared/report/plot-window.ts';
import { decimals } from '#shared/report/print.ts';
import type { Size } from '../gather/canvas.tsx';
import type { Ink } from '../gather/ink.ts';

export interface Range {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface Plane {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  x(value: number): number;
  y(value: number): number;
}

const SIZE = 13;

/** @param x its `from` is at the left @param y its `from` is at the top */
export function plane(ctx: CanvasRenderingContext2D, { width, height }: Size, x: Range, y: Range, ink: Ink): Plane {
  const [left, right, top, bottom] = [54, width - 12, 10, height - 40];
  const place =
    ({ from, to }: Range, start: number, end: number) =>
    (value: number) =>
      start + ((value - from) / (to - from || 1)) * (end - start);
  const made: Plane = { left, right, top, bottom, x: place(x, left, right), y: place(y, top, bottom) };
  ctx.fillStyle = ink.paper;
  ctx.fillRect(0, 0, width, height);
  ctx.font = `${SIZE}px ${ink.font}`;
  ctx.lineWidth = ink.weight;
  ctx.strokeStyle = ink.grid;
  ctx.fillStyle = ink.ink;
  ctx.textBaseline = 'top';
  ctx.textAlign = 'center';
  for (const at of ticksBetween(x, (right - left) / 64)) {
    line(ctx, made.x(at), top, made.x(at), bottom);
    ctx.fillText(decimals(at, 3), made.x(at), bottom + 6);
  }
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  for (const at of ticksBetween(y, (bottom - top) / 36)) {
    line(ctx, left, made.y(at), right, made.y(at));
    ctx.fillText(decimals(at, 3), left - 6, made.y(at));
  }
  ctx.textAlign = 'center';
  ctx.textBaseline = 'alphabetic';
  ctx.fillText(x.label, (left + right) / 2, height - 6);
  ctx.save();
  ctx.translate(SIZE, (top + bottom) / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.fillText(y.label, 0, 0);
  ctx.restore();
  ctx.strokeStyle = ink.ink;
  ctx.strokeRect(left, top, right - left, bottom - top);
  return made;
}

const ticksBetween = ({ from, to }: Range, count: number) => ticks(Math.min(from, to), Math.max(from, to), count);

/** With a little room at both ends. */
export function rangeOf(values: readonly number[], label: string, least = 1): Range {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < from) from = value;
    if (value > to) to = value;
  }
  if (!(from <= to)) return { from: 0, to: least, label };
  const room = Math.max(0.05 * (to - from), (least - (to - from)) / 2);
  return { from: from - room, to: to + room, label };
}

export function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
