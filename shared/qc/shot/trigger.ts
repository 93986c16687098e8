/**
 * Was the shot when the file says it was. Picks next to the source bound the shot instant whatever the ground is: no wave is faster
 * than hard rock, none slower than loose soil. The line tells it finer, and a time break on an auxiliary trace finer still.
 */
import { type Milliseconds, ms } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import type { Limits, Profile } from '../profile.ts';
import { grossFault } from './gross.ts';
import { lineShift } from './line-shift.ts';
import { nearSource } from './near-source.ts';
import { tenths } from './numbers.ts';
import { sourcePositionError } from './position.ts';
import { timeBreak } from './time-break.ts';
import { weakSource } from './weak-source.ts';

interface TriggerError {
  /** Times of the file are too large by this. */
  readonly late: Milliseconds;
  readonly limit: Milliseconds;
  readonly from: string;
}

export const triggerTimeError: Judge = (facts, profile): readonly Remark[] => {
  if ([sourcePositionError, weakSource].some((judge) => judge(facts, profile).length > 0)) return [];
  if (grossFault(facts, profile)) return [];
  const error = errorOf(facts, profile);
  if (!error) return [];
  const { late, limit, from } = error;
  const fail = profile.limits['trigger-time-error.fail'];
  const severity = Math.abs(late) > fail ? 'fail' : 'warn';
  const why = conventionOf(late, facts.shot.firstSample.time);
  const size = tenths(Math.abs(late));
  return [
    {
      code: 'trigger-time-error',
      severity,
      traces: [],
      value: tenths(late),
      unit: 'ms',
      threshold: severity === 'fail' ? fail : limit,
      cause: `${why?.cause ?? (late > 0 ? 'recording was triggered before the shot, or the trigger wire is faulty' : 'recording was triggered after the shot: a late or bouncing trigger contact')} (seen by ${from})`,
      advice: why?.advice ?? `check the trigger; until then take ${size} ms ${late > 0 ? 'from' : 'to'} the times`,
      says: `times are ${size} ms too ${late > 0 ? 'late' : 'early'}`,
    },
  ];
};

/** The line first: it is the finest; then what the time break and the picks next to the source say together, then these alone. */
function errorOf(facts: ShotFacts, profile: Profile): TriggerError | undefined {
  const { limits } = profile;
  const bounds = boundsOf(facts, limits);
  const against = lineShift(facts);
  if (against && against.error < limits['trigger-time-error.line-error']) {
    const limit = ms(Math.max(limits['trigger-time-error.warn'], 3 * against.error));
    if (Math.abs(against.shift) > limit)
      return { late: agreed(facts, against.shift, profile), limit, from: `${against.shots} shots of the line` };
  }
  if (!bounds) return undefined;
  const { earliest, latest, likely } = bounds;
  const limit = ms(limits['trigger-time-error.warn']);
  const broke = timeBreak(facts);
  // A late pulse may be an uphole time, an early one may not.
  if (broke !== undefined && broke < -limit && Math.abs(broke - likely) < limits['trigger-time-error.agrees'])
    return { late: broke, limit, from: 'the time break and the picks next to the source' };
  if (latest < -limit) return { late: agreed(facts, ms(Math.min(likely, latest)), profile), limit, from: NEAR };
  if (earliest > limit) return { late: agreed(facts, ms(Math.max(likely, earliest)), profile), limit, from: NEAR };
  return undefined;
}

const NEAR = 'the picks next to the source';

/** The time break, where it says about the same as the picks: it is not blurred by the ground. */
function agreed(facts: ShotFacts, late: Milliseconds, { limits }: Profile): Milliseconds {
  const broke = timeBreak(facts);
  return broke !== undefined && Math.abs(broke - late) < limits['trigger-time-error.agrees'] ? broke : late;
}

interface Bounds {
  /** The shot was no earlier and no later than this, after the stated instant. */
  readonly earliest: Milliseconds;
  readonly latest: Milliseconds;
  /** Where the nearest picks point. */
  readonly likely: Milliseconds;
}

/** Of picks nearest to the source so many count for how late the shot can have been. */
const NEAREST = 4;

function boundsOf(facts: ShotFacts, limits: Limits): Bounds | undefined {
  const near = nearSource(facts);
  if (!near) return undefined;
  const { picks, turn, before, behind, meet } = near;
  if (turn.misfit > Math.max(limits['trigger-time-error.warn'], 0.5 * (facts.period ?? 0))) return undefined;
  const least = (velocity: number) => picks.map(({ at, time }) => time - (1000 * Math.abs(at)) / velocity);
  const fast = least(limits['trigger-time-error.fastest']).sort((a, b) => a - b);
  const slow = picks
    .toSorted((a, b) => Math.abs(a.at) - Math.abs(b.at))
    .slice(0, NEAREST)
    .map(({ at, time }) => time - (1000 * Math.abs(at)) / limits['trigger-time-error.slowest'])
    .sort((a, b) => b - a);
  const line = picks.every(({ at }) => at >= 0) ? behind : picks.every(({ at }) => at <= 0) ? before : undefined;
  // The second of each: one wild pick proves nothing.
  return {
    earliest: ms(slow[1]),
    latest: ms(fast[1]),
    likely: meet?.time ?? (line ? ms(line.intercept) : ms((slow[1] + fast[1]) / 2)),
  };
}

/** What slow ground next to the source adds to where the picks point; ms. */
const BLUR = 10;

/** Errors that the stated delay explains. */
function conventionOf(late: Milliseconds, first: Milliseconds) {
  const near = (value: number) => Math.abs(late - value) < Math.max(BLUR, 0.1 * Math.abs(first));
  if (Math.abs(first) < 2 * BLUR) return undefined;
  if (near(2 * first))
    return {
      cause: `the delay of ${first} ms has the wrong sign: recording began ${Math.abs(first)} ms ${first > 0 ? 'before' : 'after'} the shot`,
      advice: `read the file with --time-zero ${first}`,
    };
  if (near(first))
    return {
      cause: `the delay of ${first} ms is not there: recording began with the shot`,
      advice: 'read the file with --time-zero 0',
    };
  return undefined;
}
