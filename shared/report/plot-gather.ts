/**
 * A shot as a picture on a 2-D canvas, in Node or in a browser: traces side by side, time downwards, picks as red dots
 * whose size and ink show the confidence, traces without a pick marked at the top with the reason.
 */
import type { TimedShot } from '../gather.ts';
import type { Pick as Break } from '../picks.ts';
import { type Frame, frameOf, type PlotContext } from './plot-frame.ts';
import { axes, legend, marks, picked, shotInstant, titles } from './plot-ink.ts';
import { traceColumn } from './plot-traces.ts';
import { breakWindow, recordWindow } from './plot-window.ts';

export type { PlotContext } from './plot-frame.ts';
export type PlotStyle = 'density' | 'wiggle';

export interface PlotOptions {
  /** Size of the canvas in its own pixels. */
  readonly width: number;
  readonly height: number;
  /** Canvas pixels per point of text and line. @default 1 */
  readonly scale?: number;
  /** Draw text with lines, where the machine has no font. @default false */
  readonly fontless?: boolean;
  /** @default 'wiggle' up to 48 traces, 'density' above */
  readonly style?: PlotStyle | undefined;
  /** The whole record instead of the part around the first breaks. @default false */
  readonly full?: boolean;
  /** First line of the picture; usually the file. */
  readonly title?: string;
  /** Name of the picker or model, for the legend. */
  readonly picker?: string;
}

/** Draws the shot over the whole canvas. `picks[i]` belongs to `shot.traces[i]`; undefined: nothing is known of that trace. */
export function plotGather(
  ctx: PlotContext,
  shot: TimedShot,
  picks: readonly (Break | undefined)[] | undefined,
  {
    width,
    height,
    scale = 1,
    fontless = false,
    style = styleFor(shot),
    full = false,
    title = '',
    picker = '',
  }: PlotOptions,
): void {
  const window = full || !picks ? recordWindow(shot) : breakWindow(shot, picks);
  const frame = frameOf(ctx, shot, window, width, height, { scale, fontless });
  ctx.fillStyle = '#ffffff';
  ctx.fillRect(0, 0, width, height);
  if (style === 'density') density(frame, picks);
  else wiggles(frame, picks);
  axes(frame);
  shotInstant(frame);
  if (picks) {
    marks(frame, picks);
    picked(frame, picks);
  }
  titles(frame, title);
  legend(frame, picks, picker);
}

/** More traces than this are seen better side by side in grey than as lines. */
const MOST_WIGGLES = 48;
const styleFor = ({ traces }: TimedShot): PlotStyle => (traces.length <= MOST_WIGGLES ? 'wiggle' : 'density');

/** Amplitude to grey with equal steps of lightness (CIE L*), light for troughs, dark for peaks; 256 entries. */
export const GREYS = Uint8Array.from({ length: 256 }, (_, i) => {
  const lightness = 100 - (i / 255) * 84;
  const luminance = lightness > 8 ? ((lightness + 16) / 116) ** 3 : lightness / 903.3;
  const encoded = luminance <= 0.0031308 ? 12.92 * luminance : 1.055 * luminance ** (1 / 2.4) - 0.055;
  return Math.round(255 * encoded);
});

/** More traces than this in one column of pixels are thinned before they are averaged. */
const TRACES_PER_PIXEL = 4;

/** Variable density: every trace a strip of grey, as wide as its share of the picture. */
function density(
  { ctx, shot, left, top, right, bottom, window }: Frame,
  picks: readonly (Break | undefined)[] | undefined,
): void {
  const columns = right - left;
  const rows = bottom - top;
  const traces = shot.traces.length;
  if (columns < 1 || rows < 1 || traces === 0) return;
  const image = ctx.createImageData(columns, rows);
  const pixels = image.data;
  const column = (trace: number) => traceColumn(shot, trace, picks?.[trace], window, rows);
  let drawn = -1;
  let values = new Float32Array(rows);
  for (let c = 0; c < columns; c++) {
    const low = Math.floor((c * traces) / columns);
    const high = Math.max(low, Math.ceil(((c + 1) * traces) / columns) - 1);
    if (traces <= columns) {
      if (low !== drawn) values = column(low) as Float32Array<ArrayBuffer>;
    } else {
      const step = Math.max(1, Math.floor((high - low + 1) / TRACES_PER_PIXEL));
      values = meanColumn(rows, low, high, step, column);
    }
    drawn = low;
    for (let r = 0, p = c * 4; r < rows; r++, p += columns * 4) {
      const grey = GREYS[Math.max(0, Math.min(255, Math.round(127.5 * (1 + values[r]))))];
      pixels[p] = pixels[p + 1] = pixels[p + 2] = grey;
      pixels[p + 3] = 255;
    }
  }
  ctx.putImageData(image, left, top);
}

function meanColumn(
  rows: number,
  low: number,
  high: number,
  step: number,
  column: (trace: number) => Float32Array,
): Float32Array<ArrayBuffer> {
  const mean = new Float32Array(rows);
  let count = 0;
  for (let trace = low; trace <= high; trace += step, count++) {
    const values = column(trace);
    for (let r = 0; r < rows; r++) mean[r] += values[r];
  }
  for (let r = 0; r < rows; r++) mean[r] /= count;
  return mean;
}

/** Wiggles lean out to this many trace distances. */
const LEAN = 0.85;
/** Traces closer than this, in points, cannot be told apart. */
const LEAST_PITCH = 3;

/** Every k-th trace as a line, peaks filled. */
function wiggles(frame: Frame, picks: readonly (Break | undefined)[] | undefined): void {
  const { ctx, shot, left, top, right, bottom, window, pitch, scale } = frame;
  const step = Math.max(1, Math.ceil((LEAST_PITCH * scale) / pitch));
  const rows = Math.max(2, bottom - top);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  ctx.fillStyle = '#1a1a1a';
  ctx.strokeStyle = '#1a1a1a';
  ctx.lineWidth = 0.7 * scale;
  ctx.lineJoin = 'round';
  for (let trace = 0; trace < shot.traces.length; trace += step) {
    const values = traceColumn(shot, trace, picks?.[trace], window, rows);
    const middle = frame.x(trace);
    const reach = pitch * step;
    const swing = (r: number) => LEAN * reach * values[r];
    ctx.beginPath();
    ctx.moveTo(middle, top);
    for (let r = 0; r < rows; r++) ctx.lineTo(middle + Math.max(0, swing(r)), top + r + 0.5);
    ctx.lineTo(middle, bottom);
    ctx.closePath();
    ctx.fill();
    ctx.beginPath();
    ctx.moveTo(middle + swing(0), top);
    for (let r = 0; r < rows; r++) ctx.lineTo(middle + swing(r), top + r + 0.5);
    ctx.stroke();
  }
  ctx.restore();
}
