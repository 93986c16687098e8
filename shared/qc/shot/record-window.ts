/** Whether the record holds the first breaks: the moveout, carried on to the traces without a pick, leaves it at the end or the start. */
import type { Metres, Milliseconds } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { moveoutOf } from '../moveout/of-shot.ts';
import { timeAt } from '../moveout.ts';
import type { Profile } from '../profile.ts';
import { grossFault } from './gross.ts';
import { tenths } from './numbers.ts';
import { sourcePositionError } from './position.ts';
import { picksSpeak } from './spread.ts';

export const recordWindow: Judge = (facts, profile): readonly Remark[] => {
  const { model } = moveoutOf(facts);
  if (!model || !picksSpeak(facts) || grossFault(facts, profile) || sourcePositionError(facts, profile).length > 0)
    return [];
  const expected = expectedBreaks(facts);
  // The lobe that is picked must be in the record too.
  const margin = 0.5 * (facts.period ?? 0);
  const outside = (is: (row: Expected) => boolean) => expected.filter(is).map(({ row }) => row);
  const late = outside(({ time, end }) => time > end - margin);
  // Nothing can come before the shot: what is picked there is a matter of the trigger.
  const early = outside(({ time, start }) => start > 0 && time < start);
  return [...remarkOf('record-too-short', late, facts, profile), ...remarkOf('record-too-late', early, facts, profile)];
};

interface Expected {
  readonly row: number;
  readonly time: Milliseconds;
  /** Of the record of this trace. */
  readonly start: number;
  readonly end: number;
}

/** Picked or not: what is picked off the model was not the first break. */
function expectedBreaks(facts: ShotFacts): readonly Expected[] {
  const { model, sides } = moveoutOf(facts);
  const { shot, live, distances } = facts;
  return live.flatMap((row): Expected[] => {
    const distance = distances[row];
    const time = distance === undefined ? undefined : timeAt(model!, distance as Metres, sides[row]);
    if (time === undefined) return [];
    const start = shot.firstSample.time + shot.traces[row].start * shot.sampleInterval;
    return [{ row, time, start, end: start + shot.traces[row].count * shot.sampleInterval }];
  });
}

const WORDS = {
  'record-too-short': {
    cause: 'the record ends before the first breaks of the far traces',
    advice: 'set a longer record, or bring the source nearer',
    says: 'the record ends before the first breaks of',
  },
  'record-too-late': {
    cause: 'the record begins behind the first breaks of the near traces: a delay that is too long, or no pre-trigger',
    advice: 'set the delay to zero or record some pre-trigger',
    says: 'the record begins behind the first breaks of',
  },
} as const;

function remarkOf(
  code: keyof typeof WORDS,
  rows: readonly number[],
  { live, shot }: ShotFacts,
  { limits }: Profile,
): readonly Remark[] {
  const value = (100 * rows.length) / Math.max(1, live.length);
  const [limit, fail] = [limits[`${code}.warn`], limits[`${code}.fail`]];
  if (value <= limit) return [];
  const fails = value > fail;
  return [
    {
      code,
      severity: fails ? 'fail' : 'warn',
      traces: rows.map((i) => shot.traces[i].index),
      value: tenths(value),
      unit: '% of live traces',
      threshold: fails ? fail : limit,
      cause: WORDS[code].cause,
      advice: WORDS[code].advice,
      says: `${WORDS[code].says} ${rows.length} of ${live.length} traces`,
    },
  ];
}
