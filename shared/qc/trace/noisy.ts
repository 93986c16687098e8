/** Traces much noisier before the first break than the spread, while little signal stands over that noise. */
import { decibels } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import { middle } from '../middle.ts';
import type { Profile } from '../profile.ts';
import { shareJudge } from './share.ts';

export const noisyTraces = shareJudge(
  {
    code: 'noisy-traces',
    of: 'live traces',
    what: 'are much noisier before the first break than the spread',
    cause: 'wind, traffic, a person or machine near the geophone, bad coupling or a bad contact',
    advice: 'plant the geophones again, wait for quiet, or stack more shots',
  },
  (facts, profile) => {
    const { live } = facts;
    const { 'noisy-traces.warn': warn, 'noisy-traces.fail': fail } = profile.limits;
    const shareOf = (rows: readonly number[]) => (100 * rows.length) / live.length;
    const first = noisierThan(facts, profile, live);
    if (shareOf(first) <= warn || shareOf(first) > fail) return first;
    // so many raise what is usual themselves, and hide others
    const noisy = new Set(first);
    const again = noisierThan(
      facts,
      profile,
      live.filter((i) => !noisy.has(i)),
    );
    // against its quieter half a spread is not noisy
    return shareOf(again) > fail ? first : again;
  },
);

/** @param among rows that tell what is usual */
function noisierThan(facts: ShotFacts, { limits }: Profile, among: readonly number[]): readonly number[] {
  const { live, levels, breakLevels } = facts;
  const usual = usualOf(among.map((i) => levels[i]?.noise));
  const usualNear = usualOf(among.map((i) => breakLevels[i]?.noise));
  return live.filter((i) => {
    // long before the break the rest of the spread may be noisy too, for a while
    const above = Math.max((levels[i]?.noise ?? 0) / usual, (breakLevels[i]?.noise ?? 0) / (LESS_SURE * usualNear));
    return (
      decibels(above) > limits['noisy-traces.above-spread'] &&
      decibels(standsOut(facts, i)) < limits['noisy-traces.below-signal']
    );
  });
}

/** Next to the break the noise is known from less of it; ratio, 3 dB. */
const LESS_SURE = Math.SQRT2;

/** Median of those that have any; stored units. */
const usualOf = (noises: readonly (number | undefined)[]): number =>
  middle(noises.flatMap((noise) => (noise !== undefined && noise > 0 ? [noise] : []))) ?? Number.POSITIVE_INFINITY;

/** The less of two: of all that follows the break, and of the first break by itself, behind which louder waves come. */
function standsOut({ levels, breakLevels }: ShotFacts, i: number): number {
  const [whole, near] = [levels[i], breakLevels[i]];
  return Math.min(
    whole === undefined ? Number.POSITIVE_INFINITY : whole.signal / whole.noise,
    near?.noise === undefined ? Number.POSITIVE_INFINITY : near.signal / near.noise,
  );
}
