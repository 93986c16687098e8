/** Traces much noisier before the first break than the spread, while little signal stands over that noise. */
import { decibels } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import { middle } from '../middle.ts';
import { shareJudge } from './share.ts';

export const noisyTraces = shareJudge(
  {
    code: 'noisy-traces',
    of: 'live traces',
    what: 'are much noisier before the first break than the spread',
    cause: 'wind, traffic, a person or machine near the geophone, bad coupling or a bad contact',
    advice: 'plant the geophones again, wait for quiet, or stack more shots',
  },
  (facts, { limits }) => {
    const { live, levels, breakLevels } = facts;
    const usual = usualOf(live.map((i) => levels[i]?.noise));
    const usualNear = usualOf(live.map((i) => breakLevels[i]?.noise));
    return live.filter((i) => {
      const level = levels[i];
      // long before the break the rest of the spread may be noisy too, for a while
      const above = Math.max((level?.noise ?? 0) / usual, (breakLevels[i]?.noise ?? 0) / (LESS_SURE * usualNear));
      return (
        level !== undefined &&
        decibels(above) > limits['noisy-traces.above-spread'] &&
        decibels(standsOut(facts, i)) < limits['noisy-traces.below-signal']
      );
    });
  },
);

/** Next to the break the noise is known from less of it; ratio, 3 dB. */
const LESS_SURE = Math.SQRT2;

/** Median of those that have any; stored units. */
const usualOf = (noises: readonly (number | undefined)[]): number =>
  middle(noises.flatMap((noise) => (noise !== undefined && noise > 0 ? [noise] : []))) ?? Number.POSITIVE_INFINITY;

/** The less of two: of all that follows the break, and of the first break by itself, behind which louder waves come. */
function standsOut({ levels, breakLevels }: ShotFacts, i: number): number {
  const [whole, near] = [levels[i]!, breakLevels[i]];
  const ratio = whole.signal / whole.noise;
  return near?.noise === undefined ? ratio : Math.min(ratio, near.signal / near.noise);
}
