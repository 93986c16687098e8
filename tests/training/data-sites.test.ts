/** Sites on disk: folders with picks.csv or .sgt, hardpicks surveys, and what is wrong with them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as h5 from 'h5wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordError } from '#shared/errors.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSgt } from '#shared/report/sgt.ts';
import { readBadGathers } from '../../training/data/hardpicks.ts';
import type { LabelledShot } from '../../training/data/labelled.ts';
import { readSite, type SiteOptions } from '../../training/data/site.ts';
import { asPick } from '../../training/pictures.ts';
import { syntheticGather } from '../../training/synthetic/gather.ts';
import { scratch } from '../cli/run.ts';

const FIELD_DATA = process.env.FIRSTBREAK_FIELD_DATA;
const folder = scratch();
afterAll(() => folder.remove());
const at = (...parts: string[]) => join(folder.path, ...parts);

async function all(path: string, options?: SiteOptions): Promise<LabelledShot[]> {
  const found: LabelledShot[] = [];
  for await (const labelled of readSite(path, options)) found.push(labelled);
  return found;
}

const made = [7, 8].map((seed) =>
  syntheticGather(seed, {
    settings: { 'near-surface': 1, 'hard-rock': 0, 'ocean-bottom': 0 },
    mostSamples: 30_000,
    signalToNoise: [20, 30],
  }),
);
const onsets = (labelled: LabelledShot) =>
  labelled.labels.map((label) => (label.kind === 'onset' ? label.time : label.kind));
const known = made.map(({ labels }) => labels.map((label) => (label.kind === 'onset' ? label.time : label.kind)));

beforeAll(() => {
  for (const site of ['csv', 'sgt', 'bare', 'foreign', 'cut']) mkdirSync(at(site, 'data'), { recursive: true });
  const rows = made.flatMap(({ labels }, n) =>
    labels.flatMap((label, i) =>
      label.kind === 'onset' ? [`${n}.sg2,${i},${label.time},A`, `${n}.sg2,${i},${label.time + 2},B`] : [],
    ),
  );
  const table = `file,trace,time_ms,picker\n${rows.join('\n')}\n`;
  for (const site of ['csv', 'sgt', 'bare', 'cut'])
    made.forEach(({ shot }, n) => {
      const bytes = writeSeg2(shot);
      writeFileSync(at(site, 'data', `${n}.sg2`), site === 'cut' && n === 0 ? bytes.subarray(0, 300) : bytes);
    });
  for (const site of ['csv', 'cut']) writeFileSync(at(site, 'picks.csv'), table);
  writeFileSync(at('csv', 'README.md'), 'Picked on a Tuesday.\n');
  writeFileSync(at('foreign', 'picks.csv'), table);
  writeFileSync(at('foreign', 'data', 'other.sg2'), writeSeg2(made[0].shot));
  writeFileSync(
    at('sgt', 'line.sgt'),
    writeSgt(made.slice(0, 1).map(({ shot, labels }) => ({ file: 'x', shot, picks: labels.map(asPick), model: 'x' }))),
  );
});

describe('folders with picks.csv', () => {
  it('give each shot its labels; traces without a row are unknown', async () => {
    const read = await all(at('csv'));
    expect(read.map(({ site, file }) => [site, file])).toEqual([
      ['csv', 'data/0.sg2'],
      ['csv', 'data/1.sg2'],
    ]);
    read.forEach((labelled, n) => {
      expect(labelled.shot.amplitudes).toEqual(made[n].shot.amplitudes);
      expect(onsets(labelled)).toEqual(known[n].map((value) => (value === 'dead' ? 'unknown' : value)));
    });
  });

  it('take the passes of one picker', async () => {
    const [first] = await all(at('csv'), { picker: 'B', site: 'other' });
    expect(first.site).toBe('other');
    const moved = onsets(first).filter((value) => typeof value === 'number');
    const usual = known[0].filter((value) => typeof value === 'number');
    moved.forEach((time, i) => {
      expect(time).toBeCloseTo(usual[i] + 2, 9);
    });
    await expect(all(at('csv'), { picker: 'C' })).rejects.toThrow(/expected picks of C, found none/);
  });

  it('deliver the good files of a damaged site, and say which one is not', async () => {
    const failed: RecordError[] = [];
    const read = await all(at('cut'), { failed: (error) => failed.push(error) });
    expect(read.map(({ file }) => file)).toEqual(['data/1.sg2']);
    expect(failed.map(({ file }) => file)).toEqual([at('cut', 'data', '0.sg2')]);
    await expect(all(at('cut'))).rejects.toThrow(/0\.sg2: /);
  });

  it('say what is missing', async () => {
    await expect(all(at('bare'))).rejects.toThrow(/bare: expected picks\.csv or one \.csv or \.sgt, found none/);
    await expect(all(at('foreign'))).rejects.toThrow(/expected the files of picks\.csv \(0\.sg2, …\), found none of 2/);
    await expect(all(at('nowhere'))).rejects.toThrow(/nowhere: expected a readable file, found no such file/);
    await expect(all(at('csv', 'README.md'))).rejects.toThrow(/expected a folder or a hardpicks HDF5 file/);
  });
});

describe('folders with .sgt', () => {
  it('find traces by positions', async () => {
    const read = await all(at('sgt'));
    expect(read.map(({ file }) => file)).toEqual(['data/0.sg2']);
    let [hits, labelled] = [0, 0];
    onsets(read[0]).forEach((value, i) => {
      if (typeof value !== 'number') return;
      labelled++;
      // Positions are those of the file, to the centimetre; times to 0.1 µs.
      if (Math.abs(value - (known[0][i] as number)) < 1e-3) hits++;
    });
    expect(labelled).toBeGreaterThan(10);
    expect(hits).toBe(labelled);
  });
});

describe('hardpicks surveys', () => {
  // Shots 902 and 901 on lines 21 and 22, in the order of an acquisition; 4 receivers a line.
  const shots = [902, 901].flatMap((shot) => Array.from({ length: 8 }, () => shot));
  const receivers = [0, 1].flatMap(() => [21, 22].flatMap((line) => [1, 2, 3, 4].map((place) => line * 1000 + place)));
  const picks = [10, 0, 12, -1, 14, 15, 16, 17, 0, 0, 0, -1, 20, 21, 22, 23];
  const SAMPLES = 40;

  beforeAll(async () => {
    await h5.ready;
    const file = new h5.File('/survey.h5', 'w');
    file.create_group('TRACE_DATA');
    file.create_group('TRACE_DATA/DEFAULT');
    const column = (name: string, values: readonly number[]) =>
      file.create_dataset({
        name: `TRACE_DATA/DEFAULT/${name}`,
        data: Int32Array.from(values),
        shape: [values.length, 1],
      });
    const constants = {
      SAMP_RATE: 2000,
      SAMP_NUM: SAMPLES,
      SOURCE_X: 0,
      SOURCE_Y: 0,
      SOURCE_HT: 0,
      REC_Y: 0,
      REC_HT: 0,
      COORD_SCALE: 1,
      HT_SCALE: 1,
    };
    for (const [name, value] of Object.entries(constants))
      column(
        name,
        shots.map(() => value),
      );
    column('SHOTID', shots);
    column(
      'SHOT_PEG',
      shots.map((shot) => shot + 10_000),
    );
    column('REC_PEG', receivers);
    column(
      'REC_X',
      receivers.map((peg) => peg % 1000),
    );
    file.create_dataset({ name: 'TRACE_DATA/DEFAULT/SPARE1', data: Float32Array.from(picks) });
    const data = Float32Array.from({ length: shots.length * SAMPLES }, (_, i) =>
      Math.floor(i / SAMPLES) === 2 ? 1e-9 : Math.floor(i / SAMPLES) + 1,
    );
    file.create_dataset({ name: 'TRACE_DATA/DEFAULT/data_array', data, shape: [shots.length, SAMPLES] });
    file.close();
    writeFileSync(
      at('Halfmile3D_small.hdf5'),
      (h5.FS as unknown as { readFile(path: string): Uint8Array }).readFile('/survey.h5'),
    );
  });

  it('make a gather of each shot and line, numbered as the benchmark does, without those that have no pick', async () => {
    const read = await all(at('Halfmile3D_small.hdf5'));
    // Sorted: 901 on 21 (no pick), 901 on 22, 902 on 21, 902 on 22.
    expect(read.map(({ file }) => file.split('#')[1])).toEqual(['2', '3', '1']);
    expect(read.map(({ site }) => site)).toEqual(Array(3).fill('Halfmile3D_small'));
    // 0 and negative are no picks; a trace of nothing is dead even with one.
    expect(onsets(read[0])).toEqual([10, 'unknown', 'dead', 'unknown']);
    expect(onsets(read[2])).toEqual([20, 21, 22, 23]);
    expect(read[2].shot.traces.map(({ channel }) => channel)).toEqual([22_001, 22_002, 22_003, 22_004]);
    expect(Array.from(read[2].shot.amplitudes.subarray(0, 2))).toEqual([13, 13]);
  });

  it('leave out bad gathers, and take other digits for the line', async () => {
    const without = await all(at('Halfmile3D_small.hdf5'), { badGathers: new Set([3, 1]) });
    expect(without.map(({ file }) => file.split('#')[1])).toEqual(['2']);
    const oneLine = await all(at('Halfmile3D_small.hdf5'), { receiverDigits: 4 });
    expect(oneLine.map(({ shot }) => shot.traces.length)).toEqual([8, 8]);
  });

  it('read lists of bad gathers in either form', () => {
    const text =
      '# checked by eye\nHalfmile:\n  12: {ReceiverId: 3, ShotId: 4}\n  7:\n    ReceiverId: 1\n    ShotId: 2\n"Lalor":\n  0: {}\n';
    expect(readBadGathers(text, 'bad.yaml')).toEqual(
      new Map([
        ['Halfmile', new Set([12, 7])],
        ['Lalor', new Set([0])],
      ]),
    );
    expect(readBadGathers('', 'bad.yaml').size).toBe(0);
    expect(() => readBadGathers('Halfmile:\n  twelve: {}\n', 'bad.yaml')).toThrow(
      'bad.yaml: expected the number of a gather, found "twelve" in line 2',
    );
    expect(() => readBadGathers('  12: {}\n', 'bad.yaml')).toThrow(/expected a site first, found "12: \{\}" in line 1/);
    expect(() => readBadGathers('- 12\n', 'bad.yaml')).toThrow(
      /expected "site:" or "number: …", found "- 12" in line 1/,
    );
  });
});

describe.skipIf(!FIELD_DATA)('field sites (skipped unless FIRSTBREAK_FIELD_DATA names the folder)', () => {
  it.each([
    ['refrapy-field-01', 5, 120, 0],
    ['graphseg2-fieldcamps', 7, 150, 18],
    ['geostack-48ch', 11, 528, 0],
    ['flinchum-sh-line', 24, 1376, 928],
    ['deepfb-obs', 21, 648, 24],
  ])('%s: %d shots, %d labelled traces, %d left unpicked', async (site, shots, labelled, unpicked) => {
    const read = await all(join(FIELD_DATA ?? '', site));
    const labels = read.flatMap((one) => one.labels);
    expect([
      read.length,
      labels.filter(({ kind }) => kind === 'onset').length,
      labels.filter(({ kind }) => kind === 'unknown').length,
    ]).toEqual([shots, labelled, unpicked]);
  });
});
