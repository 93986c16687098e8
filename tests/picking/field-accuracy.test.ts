/** How well the classical picker agrees with people on real shots, with its one setting: floors below which it must not fall. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFile } from '#edge/files.ts';
import { open } from '#shared/formats/open.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import type { Convention } from '#shared/picking/convention.ts';
import { pickShot } from '#shared/picking/pick-shot.ts';
import { csvHeader, csvRows, readPicksCsv } from '#shared/report/csv.ts';
import { score } from '#shared/report/score.ts';

const data = process.env.FIRSTBREAK_FIELD_DATA;

/** Percent of the reference picks that must be hit, by tolerance in ms. */
const FLOORS: readonly [set: string, convention: Convention, floors: Readonly<Record<number, number>>][] = [
  ['refrapy-field-01', 'onset', { 3: 90, 5: 95 }],
  ['graphseg2-fieldcamps', 'onset', { 3: 83, 5: 92 }],
  ['geostack-48ch', 'onset', { 3: 60, 5: 80 }],
  ['flinchum-sh-line', 'onset', { 3: 32, 5: 43 }],
  ['flinchum-sh-line', 'dominant', { 3: 58, 5: 63 }],
  ['deepfb-obs', 'onset', { 20: 60 }],
];

async function picksOf(set: string, files: readonly string[], convention: Convention): Promise<string> {
  let table = csvHeader;
  for (const file of files) {
    const source = openFile([join(data!, set, 'data', file), join(data!, set, file)].find(existsSync)!);
    try {
      for await (const shot of (await open(source)).shots())
        table += csvRows(await pickShot(file, shot, classicalPicker, { convention }));
    } finally {
      source.close();
    }
  }
  return table;
}

describe.skipIf(data === undefined)(
  'accuracy on field data (skipped unless FIRSTBREAK_FIELD_DATA names a folder)',
  () => {
    it.each(FLOORS)('%s, %s: %j', async (set, convention, floors) => {
      const reference = readPicksCsv(readFileSync(join(data!, set, 'picks.csv'), 'utf8'));
      const files = [...new Set(reference.flatMap(({ file }) => file ?? []))];
      const { all, missing } = score(readPicksCsv(await picksOf(set, files, convention)), reference);
      expect(missing).toEqual([]);
      for (const [tolerance, floor] of Object.entries(floors))
        expect(100 * all.hitRateMs[Number(tolerance)]!, `within ${tolerance} ms`).toBeGreaterThanOrEqual(floor);
    });
  },
);
