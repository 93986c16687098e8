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
    const usual = usualNoise(facts);
    return facts.live.filter((i) => {
      const level = facts.levels[i];
      return (
        level !== undefined &&
        decibels(level.noise / usual) > limits['noisy-traces.above-spread'] &&
        decibels(standsOut(facts, i)) < limits['noisy-traces.below-signal']
      );
    });
  },
);

/** Median of the live traces that have any; stored units. */
const usualNoise = ({ live, levels }: ShotFacts): number =>
  middle(live.flatMap((i) => (levels[i] && levels[i].noise > 0 ? [levels[i].noise] : []))) ?? 0;

/** The less of two: of all that follows the break, and of the first break by itself, behind which louder waves come. */
function standsOut({ levels, breakLevels }: ShotFacts, i: number): number {
  const [whole, near] = [levels[i]!, breakLevels[i]];
  const ratio = whole.signal / whole.noise;
  return near?.noise === undefined ? ratio : Math.min(ratio, near.signal / near.noise);
}
