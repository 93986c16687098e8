/** The places of a picture: canvas pixels of traces and times, shared by everything that draws on it. */
import type { TimedShot } from '../gather.ts';
import type { TimeWindow } from './plot-window.ts';

/** What is used of `CanvasRenderingContext2D`; a browser's canvas and `@napi-rs/canvas` both have it. */
export type PlotContext = Pick<
  CanvasRenderingContext2D,
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'lineCap'
  | 'lineJoin'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
  | 'globalAlpha'
  | 'save'
  | 'restore'
  | 'translate'
  | 'rotate'
  | 'beginPath'
  | 'closePath'
  | 'moveTo'
  | 'lineTo'
  | 'arc'
  | 'rect'
  | 'clip'
  | 'fill'
  | 'stroke'
  | 'fillRect'
  | 'strokeRect'
  | 'fillText'
  | 'measureText'
  | 'setLineDash'
  | 'createImageData'
  | 'putImageData'
>;

/** Points and pixels a point of a picture on a page. */
export const PAGE_PICTURE = { width: 900, height: 520, scale: 1 } as const;

/** Where things are, in canvas pixels. */
export interface Frame {
  readonly ctx: PlotContext;
  readonly shot: TimedShot;
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  /** Text is drawn with lines. */
  readonly fontless: boolean;
  /** Of the traces. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly window: TimeWindow;
  /** Middle of a trace. */
  x(trace: number): number;
  y(time: number): number;
  /** Distance from one trace to the next. */
  readonly pitch: number;
}

/** Margins leave room for titles and offsets above, and for channels and the legend below. */
export function frameOf(
  ctx: PlotContext,
  shot: TimedShot,
  window: TimeWindow,
  width: number,
  height: number,
  { scale = 1, fontless = false }: { scale?: number; fontless?: boolean } = {},
): Frame {
  const left = Math.round(64 * scale);
  const right = Math.round(width - 20 * scale);
  const top = Math.round(100 * scale);
  const bottom = Math.round(height - 68 * scale);
  const pitch = (right - left) / Math.max(1, shot.traces.length);
  return {
    ctx,
    shot,
    width,
    height,
    scale,
    fontless,
    left,
    top,
    right,
    bottom,
    window,
    pitch,
    x: (trace) => left + (trace + 0.5) * pitch,
    y: (time) => top + ((time - window.from) / (window.to - window.from)) * (bottom - top),
  };
}
