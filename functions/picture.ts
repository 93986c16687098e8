/** A shot with its picks as PNG bytes; the canvas is loaded on the first one. */
import type { TimedShot } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import { type PlotContext, type PlotOptions, plotGather } from '#shared/report/plot-gather.ts';

export interface PictureOptions extends Omit<PlotOptions, 'width' | 'height' | 'scale'> {
  /** In points; pixels are `scale` times as many. As the command line draws: @default 1100 × 720, scale 1.5 */
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
}

export async function gatherPng(
  shot: TimedShot,
  picks: readonly (Pick | undefined)[] | undefined,
  { width = 1100, height = 720, scale = 1.5, ...options }: PictureOptions,
): Promise<Uint8Array> {
  const { createCanvas, GlobalFonts } = await import('@napi-rs/canvas');
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const canvas = createCanvas(size.width, size.height);
  const fontless = GlobalFonts.families.length === 0;
  plotGather(canvas.getContext('2d') as unknown as PlotContext, shot, picks, { fontless, ...options, ...size, scale });
  return canvas.encode('png');
}
