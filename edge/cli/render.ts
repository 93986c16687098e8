/** Pictures of the command line, and the option that says how they look. */
import type { TimedShot } from '#shared/gather.ts';
import { choiceOption, type OptionTable, type OptionValues } from '#shared/options.ts';
import type { Pick } from '#shared/picks.ts';
import type { PictureOptions } from '#shared/report/gather-png.ts';
import type { PlotStyle } from '#shared/report/plot-gather.ts';

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

/** The canvas, and what draws on it, are loaded for the first picture. */
export async function gatherPng(
  shot: TimedShot,
  picks: readonly (Pick | undefined)[] | undefined,
  options: PictureOptions,
): Promise<Uint8Array> {
  const [canvas, { gatherPng: drawn }] = await Promise.all([
    import('@napi-rs/canvas').catch(() => undefined),
    import('#shared/report/gather-png.ts'),
  ]);
  return drawn(canvas, shot, picks, options);
}
