/**
 * Time zero that drifts or jumps along a line. Swapped times tell it whatever the ground; without them, the intercepts of the
 * branches that begin at the source do, which ought to be 0 (a direct wave) and at least to stay alike.
 */
import { changeOf, isChange } from './change.ts';
import type { LineFacts } from './facts.ts';
import type { LineJudge } from './judges.ts';
import { signed, times } from './words.ts';

/** A branch that begins farther from the source than this many receivers need not be the direct wave. */
const NEAR = 2;
/** Intercepts known worse than this say little. */
const UNSURE = 3;

export const triggerDrift: LineJudge = (line, { limits }) => {
  const { values, from } = timeZeros(line);
  const threshold = limits['trigger-drift.time'];
  const found = changeOf(values);
  if (!isChange(found, threshold)) return [];
  const { kind, amount, at } = found;
  const how = kind === 'drift' ? `drifts over ${line.shots.length} shots` : `jumps at the ${at + 1}. shot`;
  return [
    {
      code: 'trigger-drift',
      severity: 'warn',
      traces: [],
      shots: kind === 'drift' ? [] : line.shots.flatMap((_, i) => (i >= at ? [i] : [])),
      receivers: [],
      value: times(amount),
      unit: 'ms',
      threshold,
      cause: `time zero ${how}, by ${from}: ${kind === 'drift' ? 'a clock that runs off, a worn trigger switch' : 'another trigger switch, cable or recorder setting'}`,
      advice: 'check the trigger against a geophone at the source; correct the times of the shots by the drift',
      says: `time zero ${kind === 'drift' ? 'drifts' : 'jumps'} by ${signed(amount)} ms`,
    },
  ];
};

export interface TimeZeros {
  /** Estimated time error of each shot, ms; undefined where nothing tells it. */
  readonly values: readonly (number | undefined)[];
  readonly from: 'swapped times' | 'intercepts at the source';
}

export function timeZeros({ shots, reciprocity, stations: { spacing } }: LineFacts): TimeZeros {
  const paired = reciprocity.shots.map((shot) => (shot && shot.pairs >= 3 ? shot.error : undefined));
  if (2 * paired.filter((value) => value !== undefined).length > shots.length)
    return { values: paired, from: 'swapped times' };
  const values = shots.map(({ branches }) => {
    const near = branches.filter(
      ({ from, interceptError }) => spacing !== undefined && from <= NEAR * spacing && interceptError < UNSURE,
    );
    return near.length === 0 ? undefined : near.reduce((sum, { intercept }) => sum + intercept, 0) / near.length;
  });
  return { values, from: 'intercepts at the source' };
}
