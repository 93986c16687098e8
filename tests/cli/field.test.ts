/** The command line on real shots with human picks; `FIRSTBREAK_FIELD_DATA` names the folder that holds them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPicksCsv } from '#shared/report/csv.ts';
import { firstbreak, scratch } from './run.ts';

const data = process.env.FIRSTBREAK_FIELD_DATA;

/** Reference picks of the first person in each file; files and traces counted in the tables themselves. */
const SETS = [
  { set: 'refrapy-field-01', files: 5, picks: 120 },
  { set: 'graphseg2-fieldcamps', files: 7, picks: 150 },
  { set: 'geostack-48ch', files: 11, picks: 528 },
  { set: 'flinchum-sh-line', files: 24, picks: 1376 },
  { set: 'deepfb-obs', files: 21, picks: 648 },
] as const;

describe.skipIf(data === undefined)('on field data (skipped unless FIRSTBREAK_FIELD_DATA names a folder)', () => {
  const folder = scratch();
  afterAll(() => folder.remove());

  it.each(SETS)('$set: every file of the reference is found among the picks', async ({ set, files, picks }) => {
    const out = join(folder.path, `${set}.csv`);
    const run = await firstbreak(['pick', join(data!, set), '--out', out, '--quiet']);
    expect(run.code, run.err).toBe(0);
    const scored = await firstbreak(['score', '--json', out, join(data!, set, 'picks.csv')]);
    expect(scored.code, scored.err).toBe(0);
    const result = JSON.parse(scored.out);
    expect(result.missing).toEqual([]);
    expect(result.files).toHaveLength(files);
    expect(result.all.referencePicks).toBe(picks);
    expect(result.all.hardpicks.labelled).toBe(picks);
    expect(result.all.hitRateSamples['9']).not.toBeNull();
  });

  it('a reference scored against itself is right everywhere', async () => {
    for (const { set, picks } of SETS) {
      const table = join(data!, set, 'picks.csv');
      const { all } = JSON.parse((await firstbreak(['score', '--json', table, table])).out);
      expect(all).toMatchObject({
        referencePicks: picks,
        picked: picks,
        hitRateMs: { 1: 1 },
        hitRateSamples: { 1: 1 },
        rmse: 0,
      });
    }
  });

  it('two people agree as far as they are known to', async () => {
    const rows = readPicksCsv(readFileSync(join(data!, 'refrapy-field-01', 'picks.csv'), 'utf8'));
    expect(new Set(rows.map(({ picker }) => picker))).toEqual(new Set(['A', 'B']));
    const table = join(data!, 'refrapy-field-01', 'picks.csv');
    const { all } = JSON.parse((await firstbreak(['score', '--json', '--picker', 'B', table, table])).out);
    // 68 % within 1 ms, 94 % within 3 ms, 98 % within 5 ms; mean absolute difference 1.0 ms.
    expect(all.hitRateMs['1']).toBeCloseTo(0.68, 1);
    expect(all.hitRateMs['3']).toBeCloseTo(0.94, 1);
    expect(all.hitRateMs['5']).toBeCloseTo(0.98, 1);
    expect(all.meanAbsolute).toBeCloseTo(1, 0);
  });

  it('draws a shot with the picks of a person', async () => {
    const out = join(folder.path, 'person.png');
    const run = await firstbreak([
      'plot',
      join(data!, 'refrapy-field-01', 'data', '2003.dat'),
      '--picks',
      join(data!, 'refrapy-field-01', 'picks.csv'),
      '--out',
      out,
    ]);
    expect(run.code, run.err).toBe(0);
    expect(existsSync(out)).toBe(true);
  });
});
