/** A shot with its picks as PNG bytes: on a canvas where one is installed, else drawn in plain code. */
import type { TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { rgbPng } from './indexed-png.ts';
import { type PlotContext, type PlotOptions, plotGather } from './plot-gather.ts';
import { rasterOf } from './raster.ts';

/** What is used of `@napi-rs/canvas`; handed in, since this room knows no platform. */
export interface CanvasMaker {
  createCanvas(
    width: number,
    height: number,
  ): { getContext(kind: '2d'): unknown; encode(format: 'png'): Promise<Uint8Array> };
  readonly GlobalFonts: { readonly families: readonly unknown[] };
}

export interface PictureOptions extends Omit<PlotOptions, 'width' | 'height' | 'scale'> {
  /** In points; pixels are `scale` times as many. @default 1100 × 720, scale 1.5 */
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
}

export async function gatherPng(
  installed: CanvasMaker | undefined,
  shot: TimedShot,
  picks: readonly (Pick | undefined)[] | undefined,
  { width = 1100, height = 720, scale = 1.5, ...options }: PictureOptions,
): Promise<Uint8Array> {
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  if (!installed) {
    const { context, pixels } = rasterOf(size.width, size.height);
    plotGather(context, shot, picks, { ...options, ...size, scale, fontless: true });
    return rgbPng(size.width, size.height, pixels);
  }
  const canvas = installed.createCanvas(size.width, size.height);
  const fontless = installed.GlobalFonts.families.length === 0;
  plotGather(canvas.getContext('2d') as PlotContext, shot, picks, { fontless, ...options, ...size, scale });
  return canvas.encode('png');
}
