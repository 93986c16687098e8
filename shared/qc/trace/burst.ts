/** Noise before the first break that comes in bursts, and what it looks like: a gust, something that passes, a step or a contact. */
import { zeroCrossingPeriod } from '../../signal/period.ts';
import { decibels } from '../../units.ts';

import { coarsePlace, swing } from '../coarse.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';
import { middle } from '../middle.ts';
import type { Profile } from '../profile.ts';
import { type ShareRule, shareRemark } from './share.ts';

const RULE: ShareRule = {
  code: 'burst-traces',
  of: 'live traces',
  what: 'are disturbed by bursts of noise before the first break',
  cause: '',
  advice: 'wait until it has passed and shoot again where picks are missing',
};

interface Burst {
  readonly row: number;
  /** Coarse sample of its middle. */
  readonly at: number;
  /** Of the gather's own. */
  readonly periods: number;
}

/** Pieces of a period each without which nothing is said. */
const LEAST_PIECES = 8;
/** Periods before the break that do not count: a pick that is late there is no burst. */
const GUARD = 2;
/** Slower than the signal by this: wind moves what stands on the ground, not the ground. */
const SLOW = 2;
/** Traces at once that make something that passes. */
const PASSING = 3;

export const burstTraces: Judge = (facts, profile) => {
  const bursts = facts.live.flatMap((i) => burstOn(facts, profile, i) ?? []);
  if (bursts.length === 0) return [];
  const cause = causeOf(facts, bursts);
  const rows = bursts.map(({ row }) => row);
  const remark = shareRemark({ ...RULE, cause }, rows, facts, profile);
  return remark ? [remark] : [];
};

function burstOn(facts: ShotFacts, { limits }: Profile, i: number): Burst | undefined {
  const { coarse, period } = facts;
  const stands = limits['burst-traces.stands'];
  const onset = onsetOf(facts, i, stands);
  if (onset === undefined) return undefined;
  const wave = period! / coarse.interval;
  const x = coarse.rows[i]!;
  const pieces = Math.floor((onset.at - GUARD * wave - coarse.from[i]) / wave);
  if (pieces < LEAST_PIECES) return undefined;
  const levels = Array.from({ length: pieces }, (_, k) => {
    const from = coarse.from[i] + Math.floor(k * wave);
    return swing(x, from, from + Math.floor(wave));
  });
  const largest = Math.max(...levels);
  const k = levels.indexOf(largest);
  const ends = decibels(largest / levels[pieces - 1]);
  if (decibels(largest / middle(levels)!) < stands || ends < stands / 2) return undefined;
  if (decibels(largest / onset.signal) < limits['burst-traces.signal']) return undefined;
  const from = Math.max(coarse.from[i], coarse.from[i] + Math.floor((k - 1) * wave));
  const to = Math.min(coarse.to[i], from + Math.ceil(3 * wave));
  return { row: i, at: from + wave / 2, periods: zeroCrossingPeriod(x, from, to) / wave };
}

interface Onset {
  /** Coarse sample. */
  readonly at: number;
  /** Root mean square behind it. */
  readonly signal: number;
}

/** Behind a burst that was picked: periods until it is over, and of quiet, which no first break is followed by at once. */
const OVER = 4;
const CALM = 5;

/** Of the first break; where the pick is on something that is over at once and quiet follows, of what comes behind. */
function onsetOf({ coarse, breaks, period, breakLevels }: ShotFacts, i: number, stands: number): Onset | undefined {
  if (breaks[i] === undefined) return undefined;
  const at = coarsePlace(coarse, breaks[i]);
  const signal = breakLevels[i]?.signal ?? 0;
  const wave = Math.floor(period! / coarse.interval);
  const x = coarse.rows[i]!;
  const end = coarse.to[i] - wave;
  let quiet = 0;
  let k = Math.floor(at) + OVER * wave;
  for (let piece = 0; piece < CALM; piece++, k += wave) {
    if (k > end) return { at, signal };
    quiet = Math.max(quiet, swing(x, k, k + wave));
    if (decibels(signal / quiet) < stands) return { at, signal };
  }
  for (; k <= end; k += wave) {
    const level = swing(x, k, k + wave);
    if (decibels(level / quiet) > stands) return { at: k, signal: level };
  }
  return { at, signal };
}

function causeOf({ coarse, period }: ShotFacts, bursts: readonly Burst[]): string {
  const wave = period! / coarse.interval;
  if (middle(bursts.map(({ periods }) => periods))! > SLOW)
    return 'gusts of wind at the geophones or what stands near them';
  const near = bursts.filter(
    ({ row, at }) =>
      bursts.filter((other) => Math.abs(other.row - row) <= PASSING && Math.abs(other.at - at) < 4 * wave).length >=
      PASSING,
  );
  return 2 * near.length >= bursts.length
    ? 'traffic, footsteps or a machine passing the line: neighbouring traces are disturbed together'
    : 'a step near single geophones, or a loose contact';
}
