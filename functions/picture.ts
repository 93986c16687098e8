/** A shot with its picks as PNG bytes: on a canvas where one is installed, else drawn in plain code, as on Lambda. */
import type { TimedShot } from '#shared/gather.ts';
import type { Pick, PickedShot } from '#shared/picks.ts';
import { rgbPng } from '#shared/report/indexed-png.ts';
import { type PlotContext, type PlotOptions, plotGather } from '#shared/report/plot-gather.ts';
import { rasterOf } from '#shared/report/raster.ts';

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
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const installed = await import('@napi-rs/canvas').catch(() => undefined);
  if (!installed) {
    const { context, pixels } = rasterOf(size.width, size.height);
    plotGather(context, shot, picks, { ...options, ...size, scale, fontless: true });
    return rgbPng(size.width, size.height, pixels);
  }
  const canvas = installed.createCanvas(size.width, size.height);
  const fontless = installed.GlobalFonts.families.length === 0;
  plotGather(canvas.getContext('2d') as unknown as PlotContext, shot, picks, { fontless, ...options, ...size, scale });
  return canvas.encode('png');
}

/** Of the size of a picture on a page. */
export const picture = ({ file, shot, picks, model: picker }: TimedPicked): Promise<Uint8Array> =>
  gatherPng(shot, picks, { title: file, picker, width: 900, height: 520, scale: 1 });

type TimedPicked = PickedShot & { readonly shot: TimedShot };
