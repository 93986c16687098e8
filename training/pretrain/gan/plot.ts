/** A GAN's run as a picture (SVG): losses, probabilities, and how far made windows are from real ones, over the steps. */
import { COLOURS, curves, smoothed } from '../../train/plot.ts';
import type { GanMetrics } from '../gan.ts';
import type { GanLook } from './look.ts';

export function plotGan(steps: readonly GanMetrics[], looks: readonly GanLook[]): string {
  const line = (name: string, of: 'discriminator' | 'generator' | 'real' | 'made', colour: string) => ({
    name,
    colour,
    points: smoothed(steps.map((metrics) => ({ step: metrics.step, loss: metrics[of] }))),
  });
  const seen = (name: string, colour: string, of: (look: GanLook) => number) => ({
    name,
    colour,
    points: looks.map((look) => [look.step, of(look)] as const),
  });
  const over = (measure: keyof GanLook['distances']) => (look: GanLook) =>
    Math.log10(look.distances[measure] / look.yardstick[measure]);
  return curves([
    {
      title: 'losses, smoothed',
      height: 200,
      label: (value) => value.toFixed(2),
      lines: [line('discriminator', 'discriminator', COLOURS.blue), line('generator', 'generator', COLOURS.orange)],
    },
    {
      title: 'probability of being real, given to',
      height: 140,
      label: (value) => `${(100 * value).toFixed(0)} %`,
      lines: [line('real windows', 'real', COLOURS.blue), line('made windows', 'made', COLOURS.orange)],
    },
    {
      title: 'made windows from real ones, times real ones among themselves',
      height: 200,
      label: (value) => (10 ** value).toFixed(1),
      lines: [
        seen('spectrum', COLOURS.blue, over('spectrum')),
        seen('autocorrelation', COLOURS.orange, over('autocorrelation')),
        seen('moveout', COLOURS.green, over('moveout')),
        seen('coherence', COLOURS.pink, over('coherence')),
      ],
    },
    {
      title: 'how much made windows differ, of real ones',
      height: 120,
      label: (value) => `${(100 * value).toFixed(0)} %`,
      lines: [
        seen('pairs', COLOURS.blue, ({ diversity }) => diversity.pairs),
        seen('nearest ones', COLOURS.orange, ({ diversity }) => diversity.nearest),
      ],
    },
  ]);
}
