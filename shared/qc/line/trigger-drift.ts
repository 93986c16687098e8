/**
 * Time zero that drifts or jumps along a line. Swapped times tell it whatever the ground; without them, the intercepts of the
 * direct wave do, which ought to be 0 and at least to stay alike.
 */

import { ms } from '../../units.ts';
import type { Profile } from '../profile.ts';
import { type Change, changeOf, isChange } from './change.ts';
import type { LineFacts } from './facts.ts';
import type { LineJudge } from './judges.ts';
import { HOPELESS, misfitOf } from './misfit.ts';
import { endToEnd } from './reciprocity.ts';
import type { ShotSummary } from './summary.ts';
import { signed, times } from './words.ts';

/** The direct wave begins within so many receivers of the source, and a branch at least so many times as fast follows it. */
const DIRECT = { within: 2, overtaken: 1.5 };
/** Intercepts known worse than this say little, ms. */
const UNSURE = 2;

/** undefined: time zero stays what it is, as far as the line tells. */
export function driftOf(line: LineFacts, profile: Profile): Change | undefined {
  const { values, from } = timeZeros(line, profile);
  const change = changeOf(values);
  const carried = from === 'swapped times' ? endToEnd(line.reciprocity) : 0;
  const found = change && { ...change, error: Math.hypot(change.error, carried) };
  return isChange(found, thresholdFor(from, line, profile)) ? found : undefined;
}

/** An intercept also holds what the uppermost metres do; the swapped times do not. */
function thresholdFor(from: TimeZeros['from'], { period = ms(0) }: LineFacts, { limits }: Profile): number {
  const ground = from === 'swapped times' ? 0 : limits['trigger-drift.period'] * period;
  return Math.max(limits['trigger-drift.time'], ground);
}

export const triggerDrift: LineJudge = (line, profile) => {
  const found = driftOf(line, profile);
  if (!found) return [];
  const { from } = timeZeros(line, profile);
  const threshold = thresholdFor(from, line, profile);
  const { kind, amount, at } = found;
  const how =
    kind === 'drift' ? `drifts over ${line.shots.length} shots` : `jumps at shot ${at + 1} of ${line.shots.length}`;
  return [
    {
      code: 'trigger-drift',
      severity: 'warn',
      traces: [],
      shots: kind === 'drift' ? [] : line.shots.flatMap((_, i) => (i >= at ? [i] : [])),
      receivers: [],
      value: times(amount),
      unit: 'ms',
      threshold: times(threshold),
      cause: `time zero ${how}, by ${from}: ${kind === 'drift' ? 'a clock that runs off, a worn trigger switch' : 'another trigger switch, cable or recorder setting'}`,
      advice: 'check the trigger against a geophone at the source; correct the times of the shots by the drift',
      says: `time zero ${kind === 'drift' ? 'drifts' : 'jumps'} by ${signed(amount)} ms`,
    },
  ];
};

export interface TimeZeros {
  /** Estimated time error of each shot, ms; undefined where nothing tells it. */
  readonly values: readonly (number | undefined)[];
  readonly from: 'swapped times' | 'intercepts of the direct wave';
}

export function timeZeros(line: LineFacts, profile: Profile): TimeZeros {
  const { shots, reciprocity } = line;
  const paired = reciprocity.shots.map((shot) => (shot && shot.pairs >= 3 ? shot.error : undefined));
  if (2 * paired.filter((value) => value !== undefined).length > shots.length && misfitOf(line, profile) <= HOPELESS)
    return { values: paired, from: 'swapped times' };
  return { values: shots.map((shot) => directIntercept(shot, line)), from: 'intercepts of the direct wave' };
}

/** Mean of the sides where a direct wave is seen. */
function directIntercept({ branches }: ShotSummary, { stations: { spacing } }: LineFacts): number | undefined {
  const direct = branches.filter(
    ({ side, from, to, velocity, interceptError }) =>
      spacing !== undefined &&
      from <= DIRECT.within * spacing &&
      interceptError < UNSURE &&
      branches.some((next) => next.side === side && next.from >= to && next.velocity > DIRECT.overtaken * velocity),
  );
  return direct.length === 0 ? undefined : direct.reduce((sum, { intercept }) => sum + intercept, 0) / direct.length;
}
