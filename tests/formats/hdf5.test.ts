import * as h5 from 'h5wasm';
import { describe, expect, test } from 'vitest';
import { hardpicksLabels, hdf5 } from '#shared/formats/hdf5/hardpicks.ts';
import { open } from '#shared/formats/open.ts';
import type { Shot } from '#shared/gather.ts';
import { type ByteSource, memorySource } from '#shared/source.ts';
import { ms } from '#shared/units.ts';

/** Two shots whose traces alternate, as in a file sorted by receiver. */
const SHOTS = [901, 902, 901, 902, 901, 902];
const SAMPLES = 50;
const amplitude = (trace: number, sample: number) => trace * 1000 + sample;

type Fields = Record<string, { data: Int32Array | Float32Array | Uint32Array; shape?: number[] }>;

async function arrayFrom<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const column = (data: number[]) => ({ data: Int32Array.from(data), shape: [data.length, 1] });
const all = (value: number) => column(SHOTS.map(() => value));

const FIELDS: Fields = {
  SAMP_RATE: all(2000),
  SAMP_NUM: all(SAMPLES),
  SHOTID: column(SHOTS),
  SHOT_PEG: column(SHOTS.map((shot) => shot + 10_000)),
  REC_PEG: column(SHOTS.map((_, i) => 21_001 + i)),
  SOURCE_X: column(SHOTS.map((shot) => (shot === 901 ? 50_000 : 60_000))),
  SOURCE_Y: all(10_000),
  SOURCE_HT: all(3_000),
  REC_X: column(SHOTS.map((_, i) => 50_000 + 400 * i)),
  REC_Y: all(10_300),
  REC_HT: all(3_000),
  COORD_SCALE: all(-100),
  HT_SCALE: all(-10),
  SPARE1: { data: Float32Array.from([12.5, 0, 20, -1, 0, 31]) },
};

let files = 0;

async function hardpicksFile(change: Fields = {}, { compress = false, group = 'TRACE_DATA/DEFAULT' } = {}) {
  await h5.ready;
  const path = `/made-${files++}.h5`;
  const file = new h5.File(path, 'w');
  for (const [i] of group.split('/').entries())
    file.create_group(
      group
        .split('/')
        .slice(0, i + 1)
        .join('/'),
    );
  const data = Float32Array.from({ length: SHOTS.length * SAMPLES }, (_, i) =>
    amplitude(Math.floor(i / SAMPLES), i % SAMPLES),
  );
  const fields: Fields = { ...FIELDS, data_array: { data, shape: [SHOTS.length, SAMPLES] }, ...change };
  for (const [name, { data: values, shape }] of Object.entries(fields))
    file.create_dataset({
      name: `${group}/${name}`,
      data: values,
      shape: shape ?? [values.length],
      ...(compress && name === 'data_array' && { chunks: [2, SAMPLES], compression: 5 }),
    });
  file.close();
  const fs = h5.FS as unknown as { readFile(path: string): Uint8Array; unlink(path: string): void };
  const bytes = fs.readFile(path);
  fs.unlink(path);
  return memorySource('survey.hdf5', bytes);
}

async function shotsOf(source: ByteSource, options = {}): Promise<Shot[]> {
  return arrayFrom((await open(source, options)).shots());
}

describe('hardpicks HDF5', () => {
  test.each([false, true])('reads shots whose traces lie apart (compressed: %s)', async (compress) => {
    const source = await hardpicksFile({}, { compress });
    const recording = await open(source);
    expect(recording.format).toBe('hdf5');
    const [first, second, ...rest] = await arrayFrom(recording.shots());
    expect(rest).toEqual([]);
    expect([first.ffid, first.sourcePoint, second.ffid]).toEqual([901, 10_901, 902]);
    expect(first.traces.map(({ index }) => index)).toEqual([0, 2, 4]);
    expect(second.traces.map(({ channel }) => channel)).toEqual([21_002, 21_004, 21_006]);
    expect([first.samples, first.sampleInterval, first.firstSample.time]).toEqual([SAMPLES, 2, 0]);
    for (const shot of [first, second])
      for (const [i, { index }] of shot.traces.entries())
        for (let s = 0; s < SAMPLES; s++) expect(shot.amplitudes[i * SAMPLES + s]).toBe(amplitude(index, s));
  });

  test('divides coordinates by the size of their scale', async () => {
    const [first] = await shotsOf(await hardpicksFile());
    expect(first.source).toEqual({ x: 500, y: 100, z: 300 });
    expect(first.traces[1].receiver).toEqual({ x: 508, y: 103, z: 300 });
    expect(first.traces[1].offset).toBeCloseTo(Math.hypot(8, 3), 10);
  });

  test('without stations of the sources SHOTID tells the shots apart', async () => {
    const [first, second] = await shotsOf(await hardpicksFile({ SHOT_PEG: all(1) }));
    expect([first.ffid, second.ffid, first.sourcePoint]).toEqual([901, 902, undefined]);
  });

  test('headers only', async () => {
    const recording = await hdf5.open(await hardpicksFile(), {});
    const [first] = await arrayFrom(recording.shots({ amplitudes: false }));
    expect([first.amplitudes.length, first.traces.length]).toEqual([0, 3]);
  });

  test('gives the human first breaks; zero and negative are no picks', async () => {
    const labels = await hardpicksLabels(await hardpicksFile());
    expect(labels.map(({ time }) => time)).toEqual([12.5, undefined, 20, undefined, undefined, 31]);
    expect(labels[2]).toEqual({ file: 'survey.hdf5', trace: 2, ffid: 901, channel: 21_003, time: 20 });
  });

  test('first breaks of another field, and the first field that holds any', async () => {
    const source = await hardpicksFile({ SPARE1: all(0), SPARE2: { data: Float32Array.from([1, 2, 3, 4, 5, 6]) } });
    expect((await hardpicksLabels(source)).map(({ time }) => time)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await hardpicksLabels(source, { field: 'SPARE1' })).some(({ time }) => time !== undefined)).toBe(false);
    await expect(hardpicksLabels(source, { field: 'SPARE4' })).rejects.toThrow(/expected first breaks in SPARE4/);
  });

  test('a source that can only be awaited is read as well, and reads are only of what is needed', async () => {
    const { readSync, ...rest } = await hardpicksFile();
    expect(await shotsOf(rest)).toHaveLength(2);
    let most = 0;
    const counting = {
      ...rest,
      readSync: (at: number, into: Uint8Array) => {
        most = Math.max(most, into.length);
        return readSync!(at, into);
      },
    };
    await hdf5.open(counting, {});
    expect(most).toBeLessThan(rest.size);
  });

  test('options override interval and shot instant', async () => {
    const [shot] = await shotsOf(await hardpicksFile(), { sampleInterval: ms(4), timeZero: ms(100) });
    expect([shot.sampleInterval, shot.firstSample.time]).toEqual([4, -100]);
  });

  test.each([
    ['another layout', {}, 'Traces/All', 'unsupported', /TRACE_DATA\/DEFAULT.*found Traces/],
    ['a field too short', { REC_X: column([1, 2]) }, undefined, 'malformed', /6 values of REC_X, found 2/],
    [
      'amplitudes of one dimension',
      { data_array: { data: Int32Array.from([1]) } },
      undefined,
      'malformed',
      /\[trace, sample\], found \[1\]/,
    ],
    ['words for numbers', { SHOTID: { data: ['a'] as never } }, undefined, 'malformed', /SHOTID/],
  ])('refuses %s', async (_, change, group, code, message) => {
    const source = await hardpicksFile(change as Fields, group ? { group } : {});
    await expect(open(source)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('a file that declares more than it can hold allocates nothing', async () => {
    await h5.ready;
    const path = `/sparse-${files++}.h5`;
    const file = new h5.File(path, 'w');
    file.create_group('TRACE_DATA');
    file.create_group('TRACE_DATA/DEFAULT');
    const made = file.create_dataset({
      name: 'TRACE_DATA/DEFAULT/data_array',
      data: new Float32Array(16),
      shape: [4, 4],
      maxshape: [null, null],
      chunks: [4, 4],
    });
    made.resize([1 << 20, 1 << 11]);
    file.close();
    const bytes = (h5.FS as unknown as { readFile(path: string): Uint8Array }).readFile(path);
    await expect(open(memorySource('claims.h5', bytes))).rejects.toMatchObject({ code: 'malformed' });
  });

  test('a signature before other bytes is a damaged file', async () => {
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 0xff);
    bytes.set([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
    await expect(open(memorySource('a.h5', bytes))).rejects.toMatchObject({ code: 'malformed', file: 'a.h5' });
  });

  test('cut short or damaged anywhere it ends in a result or a clear error', async () => {
    const whole = await hardpicksFile();
    const bytes = new Uint8Array(whole.size);
    await whole.read(0, bytes);
    for (let length = 512; length < bytes.length; length += 977)
      await expect(shotsOf(memorySource('cut.h5', bytes.slice(0, length)))).rejects.toMatchObject({
        _tag: 'RecordError',
      });
    for (let at = 0; at < bytes.length; at += 61) {
      const damaged = bytes.slice();
      damaged[at] ^= 0xff;
      await shotsOf(memorySource('damaged.h5', damaged)).catch((error) => expect(error._tag).toBe('RecordError'));
    }
  });
});
