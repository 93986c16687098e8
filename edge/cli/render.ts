/** Pictures as PNG bytes; the canvas is loaded on the first one. */
import type { TimedShot } from '#shared/gather.ts';
import { choiceOption, type OptionTable, type OptionValues } from '#shared/options.ts';
import type { Pick } from '#shared/picks.ts';
import type { PlotContext, PlotOptions, PlotStyle } from '#shared/report/plot-gather.ts';

export const STYLE_OPTION = {
  style: {
    type: 'string',
    value: 'NAME',
    help: 'of pictures: wiggle (default up to 48 traces) or density (default above)',
  },
} as const satisfies OptionTable;

/** @throws UsageError */
export const styleOf = ({ style }: OptionValues<typeof STYLE_OPTION>): PlotStyle | undefined =>
  style === undefined ? undefined : choiceOption<PlotStyle>('style', style, ['wiggle', 'density']);

export interface PictureOptions extends Omit<PlotOptions, 'width' | 'height' | 'scale'> {
  /** In points; pixels are `scale` times as many. @default 1100 × 720, scale 1.5 */
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
}

export async function gatherPng(
  shot: TimedShot,
  picks: readonly (Pick | undefined)[] | undefined,
  { width = 1100, height = 720, scale = 1.5, ...options }: PictureOptions,
): Promise<Uint8Array> {
  const [{ createCanvas, GlobalFonts }, { plotGather }] = await Promise.all([
    import('@napi-rs/canvas'),
    import('#shared/report/plot-gather.ts'),
  ]);
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const canvas = createCanvas(size.width, size.height);
  plotGather(canvas.getContext('2d') as unknown as PlotContext, shot, picks, {
    fontless: GlobalFonts.families.length === 0,
    ...options,
    ...size,
    scale,
  });
  return canvas.encode('png');
}
