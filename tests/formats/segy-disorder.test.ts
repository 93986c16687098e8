/** SEG-Y files whose traces are out of order, half written, or interrupted by bytes that are no traces; and coordinates that cannot be meant. */
import { describe, expect, test } from 'vitest';
import { open } from '#shared/formats/open.ts';
import { readPickWords } from '#shared/formats/segy/pick-words.ts';
import { row, type Shot } from '#shared/gather.ts';
import { memorySource } from '#shared/source.ts';
import { all, floats, joined, segyBytes, type TraceBytes, type Word } from './segy-bytes.ts';

const SAMPLES = 40;
const STEP = 240 + 4 * SAMPLES;

/** A trace whose samples all hold `value`. */
const trace = (ffid: number, channel: number, value: number, words: readonly Word[] = []): TraceBytes => ({
  words: [[9, 'i32', ffid], [13, 'i32', channel], [29, 'i16', 1], [115, 'u16', SAMPLES], [117, 'u16', 250], ...words],
  samples: floats(new Array<number>(SAMPLES).fill(value), 'big'),
});

const file = (traces: readonly TraceBytes[]) =>
  segyBytes({
    words: [
      [3217, 'u16', 250],
      [3221, 'u16', SAMPLES],
      [3225, 'i16', 5],
    ],
    traces,
  });

async function read(bytes: Uint8Array) {
  const recording = await open(memorySource('line.sgy', bytes));
  const shots = await all(recording.shots());
  const headers = await all(recording.shots({ amplitudes: false }));
  expect(headers).toEqual(shots.map((shot) => ({ ...shot, amplitudes: new Float32Array(0) })));
  return { shots, problems: [...recording.problems, ...shots.flatMap(({ problems }) => problems)] };
}

const brief = (shots: readonly Shot[]) =>
  shots.map((shot) => [shot.ffid, shot.traces.map(({ index }) => index), shot.traces.map((_, i) => row(shot, i)[0])]);
const codes = (problems: readonly { readonly code: string }[]) => problems.map(({ code }) => code);

describe('traces of a shot that do not follow each other', () => {
  test('two records in turn', async () => {
    const traces = [1, 2, 3].flatMap((channel) => [trace(7, channel, 10 + channel), trace(8, channel, 20 + channel)]);
    const { shots, problems } = await read(file(traces));
    expect(brief(shots)).toEqual([
      [7, [0, 2, 4], [11, 12, 13]],
      [8, [1, 3, 5], [21, 22, 23]],
    ]);
    expect(codes(problems)).toEqual(['shots-interleaved']);
    const cut = await read(file(traces).slice(0, -100));
    expect(brief(cut.shots)).toEqual([
      [7, [0, 2, 4], [11, 12, 13]],
      [8, [1, 3], [21, 22]],
    ]);
    expect(codes(cut.problems)).toEqual(['shots-interleaved', 'truncated-tail']);
  });

  test('records that come back line by line', async () => {
    const { shots } = await read(file([7, 7, 8, 8, 7, 7, 8, 8].map((ffid, i) => trace(ffid, i, i))));
    expect(brief(shots)).toEqual([
      [7, [0, 1, 4, 5], [0, 1, 4, 5]],
      [8, [2, 3, 6, 7], [2, 3, 6, 7]],
    ]);
  });

  test('not where shots end at the very places that are looked at', async () => {
    const traces = Array.from({ length: 480 }, (_, i) => trace(1 + Math.floor(i / 10), 1 + (i % 10), i));
    const { shots, problems } = await read(file(traces));
    expect(shots).toHaveLength(48);
    expect(codes(problems)).toEqual([]);
  });

  test('a source that can only be awaited', async () => {
    const { name, size, read: later } = memorySource('a', file([1, 2, 1, 2].map((ffid, i) => trace(ffid, i, i))));
    const shots = await all((await open({ name, size, read: later })).shots());
    expect(brief(shots)).toEqual([
      [1, [0, 2], [0, 2]],
      [2, [1, 3], [1, 3]],
    ]);
  });

  test('records of one trace each stay in the order of the file', async () => {
    const { shots, problems } = await read(file([5, 9, 7].map((ffid) => trace(ffid, 1, ffid))));
    expect(brief(shots)).toEqual([
      [5, [0], [5]],
      [9, [1], [9]],
      [7, [2], [7]],
    ]);
    expect(problems).toEqual([]);
  });

  test('a record number that counts the traces tells no shots apart, one of a single channel does', async () => {
    const counted = await read(file([1, 2, 3, 4].map((i) => trace(i, i, i))));
    expect(brief(counted.shots)).toEqual([[1, [0, 1, 2, 3], [1, 2, 3, 4]]]);
    expect(codes(counted.problems)).toEqual(['ffid-counts-traces']);
    const single = await read(file([1, 2, 3, 4].map((i) => trace(i, 1, i))));
    expect(single.shots).toHaveLength(4);
  });
});

describe('traces that are none', () => {
  const line = [1, 2, 3, 4, 5, 6].map((channel) => trace(3, channel, channel));
  const whole = file(line);
  const at = (n: number) => 3600 + n * STEP;

  test('room at the end that was not written yet', async () => {
    const { shots, problems } = await read(joined([whole, new Uint8Array(3 * STEP)]));
    expect(brief(shots)).toEqual([[3, [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]]]);
    expect(problems).toEqual([
      {
        code: 'unwritten-traces',
        message: 'expected written traces, found 3 of zeros alone, header and samples (from trace 6 on): left out',
      },
    ]);
  });

  test('zeros in the midst, and a header of zeros over samples, which is a trace', async () => {
    const bytes = Uint8Array.from(whole);
    bytes.fill(0, at(2), at(3));
    expect(brief((await read(bytes)).shots)).toEqual([[3, [0, 1, 3, 4, 5], [1, 2, 4, 5, 6]]]);
    const nameless = Uint8Array.from(whole);
    for (let n = 0; n < 6; n++) nameless.fill(0, at(n), at(n) + 240);
    expect(brief((await read(nameless)).shots)).toEqual([[0, [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]]]);
  });

  test('a header without samples', async () => {
    const empty: TraceBytes = {
      words: [
        [9, 'i32', 3],
        [13, 'i32', 9],
        [117, 'u16', 250],
      ],
      samples: new Uint8Array(0),
    };
    const { shots, problems } = await read(file([...line.slice(0, 2), empty, ...line.slice(2)]));
    expect(brief(shots)).toEqual([[3, [0, 1, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]]]);
    expect(codes(problems)).toEqual(['empty-traces']);
  });

  const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) | 0x80);

  test.each([
    ['bytes lost', joined([whole.subarray(0, at(2) + 50), whole.subarray(at(2) + 163)]), [1, 2, 4, 5, 6]],
    ['bytes slipped in', joined([whole.subarray(0, at(2)), noise(777), whole.subarray(at(2))]), [1, 2, 3, 4, 5, 6]],
  ])('%s', async (_, bytes, channels) => {
    const { shots, problems } = await read(bytes);
    expect(shots.flatMap(({ traces }) => traces.map(({ channel }) => channel))).toEqual(channels);
    expect(shots.flatMap((shot) => shot.traces.map((_, i) => row(shot, i)[0]))).toEqual(channels);
    expect(codes(problems)).toEqual(['bytes-skipped']);
  });

  test('picks in headers are found where their traces stand', async () => {
    const picked = line.map(({ words = [], samples }, i) => ({
      words: [...words, [237, 'u32', 1000 * (i + 1)] as const],
      samples,
    }));
    const bytes = joined([file(picked.slice(0, 2)), noise(777), file(picked.slice(2)).subarray(3600)]);
    const words = { at: 237, as: 'u32', unit: 'us', noPick: 0 } as const;
    const picks = await readPickWords(memorySource('a.sgy', bytes), words);
    expect([...picks.values()]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('coordinates that cannot be meant', () => {
  const placed = (source: number, receiver: (i: number) => number, more: (i: number) => readonly Word[] = () => []) =>
    file(
      [0, 1, 2, 3].map((i) =>
        trace(1, i + 1, 1, [[73, 'i32', source], [81, 'i32', receiver(i)], [85, 'i32', 1], ...more(i)]),
      ),
    );

  test('source and receivers of different origins: positions and offsets are unknown', async () => {
    const { shots, problems } = await read(placed(2_380_000, (i) => 10 * i));
    expect(shots[0].source).toBeUndefined();
    for (const one of shots[0].traces) expect([one.receiver, one.offset]).toEqual([undefined, undefined]);
    expect(problems).toEqual([
      {
        code: 'positions-out-of-reach',
        message:
          'expected traces within 20000 m of the source, the most a wave covers within the record, found about 2000000 m for half of the traces: source and receivers counted from other origins or in other units, positions and offsets left out',
      },
    ]);
  });

  test('offsets of the header are kept where they can be right, and replaced where the coordinates can', async () => {
    const kept = await read(
      placed(
        2_380_000,
        (i) => 10 * i,
        (i) => [[37, 'i32', 5 * i + 5]],
      ),
    );
    expect(kept.shots[0].traces.map(({ offset }) => offset)).toEqual([5, 10, 15, 20]);
    expect(kept.shots[0].source).toBeUndefined();
    const replaced = await read(
      placed(
        100,
        (i) => 100 + 10 * i,
        () => [[37, 'i32', 1_000_000_000]],
      ),
    );
    expect(replaced.shots[0].traces.map(({ offset }) => Math.round(offset ?? -1))).toEqual([1, 10, 20, 30]);
    expect(codes(replaced.problems)).toEqual(['offsets-out-of-reach']);
  });

  test('centimetres without a scalar', async () => {
    const { shots, problems } = await read(
      placed(
        50_000_000,
        (i) => 50_000_000 + 1000 * (i + 1),
        (i) => [[37, 'i32', 10 * (i + 1)]],
      ),
    );
    expect(shots[0].source).toEqual({ x: 500_000, y: 0, z: 0 });
    expect(shots[0].traces.map(({ receiver }) => receiver?.x)).toEqual([500_010, 500_020, 500_030, 500_040]);
    expect(shots[0].traces.map(({ offset }) => Math.round(offset ?? 0))).toEqual([10, 20, 30, 40]);
    expect(codes(problems)).toEqual(['coordinate-scale']);
  });

  test('far offsets of a long record are right', async () => {
    const delayed = (i: number): readonly Word[] => [
      [109, 'i16', 10_000],
      [37, 'i32', 90_000 + i],
    ];
    const { shots, problems } = await read(placed(0, () => 0, delayed));
    expect(shots[0].traces[0].offset).toBe(90_000);
    expect(problems).toEqual([]);
  });
});

test('a binary header that was rewritten in the other byte order', async () => {
  const bytes = file([1, 2, 3].map((channel) => trace(5, channel, channel)));
  for (let at = 3200; at < 3600; at += 2) bytes.subarray(at, at + 2).reverse();
  const recording = await open(memorySource('a.sgy', bytes));
  expect(recording.byteOrder).toBe('big');
  expect(brief(await all(recording.shots()))).toEqual([[5, [0, 1, 2], [1, 2, 3]]]);
});

test('a text header that ends too early is a file cut short', async () => {
  const bytes = file([trace(1, 1, 1)]).subarray(0, 1024);
  await expect(open(memorySource('a.sgy', bytes))).rejects.toMatchObject({ code: 'truncated', file: 'a.sgy' });
});
