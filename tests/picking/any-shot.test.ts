/** Every picker on any shot whatever: one answer a trace, within what was recorded, always the same. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelFolder } from '#edge/models.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { PICKERS, type PickerName } from '#shared/picking/pickers.ts';
import { madeModel } from '../model/made-model.ts';
import { madeShot } from '../signal/made-shot.ts';

const sample = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -1, max: 1, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -1, 1e-30, 1e30) },
  { weight: 1, arbitrary: fc.float() },
);

const shots = fc
  .record({
    length: fc.integer({ min: 1, max: 150 }),
    interval: fc.constantFrom(0.03125, 0.25, 1, 4),
    firstSample: fc.constantFrom(-500, -7.3, 0, 12),
    traces: fc.array(
      fc.record({
        values: fc.array(sample, { minLength: 150, maxLength: 150 }),
        kind: fc.constantFrom(
          'seismic' as const,
          'seismic' as const,
          'seismic' as const,
          'dead' as const,
          'auxiliary' as const,
        ),
        start: fc.double({ min: 0, max: 0.9, noNaN: true }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ length, interval, firstSample, traces }) => {
    const starts = traces.map(({ start }) => Math.floor(start * length));
    return madeShot(
      traces.map(({ values }) => values.slice(0, length)),
      {
        interval,
        firstSample,
        kinds: traces.map(({ kind }) => kind),
        starts,
        counts: traces.map(({ share }, i) => Math.floor(share * (length - starts[i]))),
      },
    );
  });

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-any-shot-'));
beforeAll(() => madeModel(scratch, 'random'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.each(Object.keys(PICKERS) as PickerName[])('%s', (name) => {
  let picker: Picker;
  beforeAll(async () => {
    picker = await PICKERS[name]({ model: () => openModelFolder(scratch) });
  });

  it('answers for every trace, within what was recorded', async () => {
    await fc.assert(
      fc.asyncProperty(shots, async (shot) => {
        const before = shot.amplitudes.slice();
        const picks = await picker.pick(shot);
        expect(picks).toHaveLength(shot.traces.length);
        picks.forEach((pick, i) => {
          const { kind, start, count } = shot.traces[i];
          if (kind === 'auxiliary') expect(pick).toEqual({ kind: 'skipped', reason: 'auxiliary' });
          if (kind === 'dead') expect(pick).toEqual({ kind: 'skipped', reason: 'dead' });
          if (pick.kind === 'skipped') return;
          const at = (pick.time - shot.firstSample.time) / shot.sampleInterval;
          expect(at).toBeGreaterThanOrEqual(start - 1e-6);
          expect(at).toBeLessThanOrEqual(start + count - 1 + 1e-6);
          expect(pick.confidence).toBeGreaterThanOrEqual(0);
          expect(pick.confidence).toBeLessThanOrEqual(1);
        });
        expect(await picker.pick(shot)).toEqual(picks);
        expect(shot.amplitudes).toEqual(before);
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});
