/** Planted faults of traces are found and named, and few are seen in untouched shots: a smaller version of `npm run qc-table`, with the classical picker and the stated strengths alone. */
import { beforeAll, describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { row } from '#shared/gather.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import type { Pick } from '#shared/picks.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { metres, ms } from '#shared/units.ts';
import { basesFor } from './faults/bases.ts';
import type { Base } from './faults/fault.ts';
import { outcomesOf, scoreOf } from './faults/measure.ts';
import { TRACE_FAULTS } from './faults/trace-faults.ts';

const field = process.env.FIRSTBREAK_FIELD_DATA;
const data = field === undefined ? 'made shots only: FIRSTBREAK_FIELD_DATA is not set' : 'made and field shots';

/** Hum of the railways is told in two long records only, which are not among these few. */
const IN_MOST = TRACE_FAULTS.filter(({ name }) => name !== 'hum of 16.7 Hz');

const BAR = 0.95;
/** What is reached of the bar where it is not yet; docs/qc.md has the whole table. */
const REACHED: Readonly<Record<string, number>> = {
  'steady noise on channels': 0.9,
  'bursts of something passing': 0.83,
  'hum of 50 Hz': 0.94,
  'hum of 60 Hz': 0.94,
  spikes: 0.89,
  'reversed polarity': 0.9,
  'two channels swapped': 0.7,
};

/** Of a busy machine. */
const PATIENCE = 300_000;

let bases: readonly Base[];
beforeAll(async () => {
  bases = await basesFor(classicalPicker, { field, each: 2, synthetic: 10 });
}, PATIENCE);

describe(`planted in clean shots (${data})`, () => {
  it.each(IN_MOST.map((fault) => [fault.name, fault] as const))(
    '%s',
    async (_, fault) => {
      const outcomes = await outcomesOf(fault, bases, classicalPicker, { enough: 1, statedOnly: true });
      expect(outcomes.length).toBeGreaterThan(0);
      const score = scoreOf(fault, outcomes, bases);
      expect(score.detection).toBeGreaterThanOrEqual(REACHED[fault.name] ?? BAR);
      const found = outcomes.filter((outcome) => outcome.found);
      const misnamed = found.filter(({ named }) => !named).length;
      // Of so few one is more than a tenth.
      expect(misnamed).toBeLessThanOrEqual(Math.max(1, 0.1 * found.length));
      // Of so few shots one is more than 2 %, which `npm run qc-table` holds over all of them.
      expect(score.alarms.length, score.alarms.map(({ set, file }) => `${set} ${file}`).join('; ')).toBeLessThan(2);
    },
    PATIENCE,
  );
});

describe('a shot of hundreds of channels', () => {
  const { shot, onsets } = syntheticShot({
    ffid: 1,
    source: metres(-10),
    channels: 400,
    spacing: metres(0.25),
    sampleInterval: ms(0.5),
    firstSample: ms(-100),
    length: ms(400),
    groundRoll: 2,
  });
  const picks = onsets.map((time): Pick => ({ kind: 'picked', time: time!, confidence: 0.9 }));
  const found = (one: number, other: number) => {
    const amplitudes = shot.amplitudes.slice();
    const changed = { ...shot, amplitudes };
    row(changed, one).set(row(shot, other));
    row(changed, other).set(row(shot, one));
    return judgeShot(changed, picks).findings.find(({ code }) => code === 'swapped-traces')?.traces ?? [];
  };

  it('exchanged channels are found within 240 of each other, which is one cable or box, and no further', () => {
    expect(found(100, 339)).toEqual([100, 339]);
    expect(found(100, 345)).toEqual([]);
  });
});
