/** Places on the canvas: CSS pixels of traces and times, both ways. */
import type { Shifts, Viewport } from './viewport.ts';

export interface Margins {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Frame {
  readonly view: Viewport;
  readonly shifts: Shifts;
  readonly width: number;
  readonly height: number;
  /** Of the traces. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Distance from one trace to the next. */
  readonly pitch: number;
  /** Middle of a trace. */
  x(trace: number): number;
  /** Of a time as drawn. */
  y(ms: number): number;
  /** Of a time of this trace, after the shot. */
  yOf(trace: number, ms: number): number;
  /** The trace under a pixel; may lie outside of the shot. */
  traceAt(x: number): number;
  /** Time as drawn. */
  msAt(y: number): number;
}

export function frameOf(view: Viewport, shifts: Shifts, width: number, height: number, margins: Margins): Frame {
  const { left, top } = margins;
  const right = Math.max(left + 1, width - margins.right);
  const bottom = Math.max(top + 1, height - margins.bottom);
  const pitch = (right - left) / (view.toTrace - view.fromTrace);
  const perMs = (bottom - top) / (view.toMs - view.fromMs);
  const y = (ms: number) => top + (ms - view.fromMs) * perMs;
  return {
    view,
    shifts,
    width,
    height,
    left,
    top,
    right,
    bottom,
    pitch,
    x: (trace) => left + (trace + 0.5 - view.fromTrace) * pitch,
    y,
    yOf: (trace, ms) => y(ms - shifts[trace]),
    traceAt: (x) => Math.floor(view.fromTrace + (x - left) / pitch),
    msAt: (at) => view.fromMs + (at - top) / perMs,
  };
}
