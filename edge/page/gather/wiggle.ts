/** Traces as lines, peaks filled (variable area); every k-th where they would touch. */
import { columnInto } from './column.ts';
import type { Frame } from './frame.ts';
import type { Scaled } from './scaling.ts';

/** Wiggles at full ink lean out to this many trace distances. */
const LEAN = 0.85;
/** What is stronger leans out no farther than this. */
const MOST_LEAN = 1.6;
/** Traces closer than this, in CSS pixels, cannot be told apart. */
const LEAST_PITCH = 3;

export interface WiggleInk {
  readonly colour: string;
  /** CSS pixels. */
  readonly line: number;
}

export function wiggles(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  scaled: Scaled,
  { colour, line }: WiggleInk,
): void {
  const { view, shifts, left, top, right, bottom, pitch } = frame;
  const step = Math.max(1, Math.ceil(LEAST_PITCH / pitch));
  const rows = Math.max(2, Math.round(bottom - top));
  const perRow = (view.toMs - view.fromMs) / rows;
  const values = new Float32Array(rows);
  const first = Math.max(0, Math.floor(view.fromTrace) - 1);
  const last = Math.min(scaled.traces - 1, Math.ceil(view.toTrace));
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  ctx.fillStyle = ctx.strokeStyle = colour;
  ctx.lineWidth = line;
  ctx.lineJoin = 'round';
  for (let trace = Math.ceil(first / step) * step; trace <= last; trace += step) {
    columnInto(values, scaled, trace, view.fromMs + shifts[trace], perRow);
    const middle = frame.x(trace);
    const reach = LEAN * pitch * step;
    const swing = (r: number) => reach * Math.max(-MOST_LEAN, Math.min(MOST_LEAN, values[r]));
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
