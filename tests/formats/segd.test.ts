/** SEG-D records built byte by byte by an independent encoder, read by the product. */
import { describe, expect, it } from 'vitest';
import { RecordError } from '#shared/errors.ts';
import { HEAD_BYTES } from '#shared/formats/format.ts';
import { rg16 } from '#shared/formats/segd/rg16.ts';
import { segd } from '#shared/formats/segd/segd.ts';
import type { OpenOptions, Shot, ShotOptions } from '#shared/gather.ts';
import { row } from '#shared/gather.ts';
import { bytesAt, memorySource } from '#shared/source.ts';
import { ms } from '#shared/units.ts';
import {
  encodeRecord,
  type OracleRecord,
  type OracleTrace,
  positionBlock,
  sercelExtendedHeader,
  sercelExtension2,
  sourceBlock,
  tapeImageOf,
  textBlock,
  timestampBlock,
} from './segd-oracle.ts';

async function openBytes(bytes: Uint8Array, options: OpenOptions = {}) {
  const source = memorySource('shot.segd', bytes);
  const head = await bytesAt(source, 0, HEAD_BYTES);
  expect(rg16.recognises(head, source)).toBe(false);
  expect(segd.recognises(head, source)).toBe(true);
  return segd.open(source, options);
}

async function read(bytes: Uint8Array, options: OpenOptions = {}, shotOptions?: ShotOptions) {
  const recording = await openBytes(bytes, options);
  const shots: Shot[] = [];
  for await (const shot of recording.shots(shotOptions)) shots.push(shot);
  return { recording, shots };
}

const values = (shot: Shot): number[][] => shot.traces.map((_, i) => [...row(shot, i)]);
const codes = (shot: Shot) => shot.problems.map(({ code }) => code);
const concat = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Traces of `samples` values that tell trace, sample and set apart. */
const traces = (count: number, samples: number, seed = 1): OracleTrace[] =>
  Array.from({ length: count }, (_, t) => ({
    values: Array.from({ length: samples }, (_, s) => seed * 1000 + t * 100 + s),
  }));
const expected = (list: readonly OracleTrace[]) => list.map((trace) => [...trace.values]);

describe('SEG-D revisions', () => {
  it('reads revision 1.0 and 2.1 with extension 1', async () => {
    for (const revision of ['1.0', '2.1'] as const) {
      const list = traces(3, 5);
      const bytes = encodeRecord({
        revision,
        file: 217,
        base: 8,
        maker: 13,
        point: 1042.5,
        line: 7,
        date: { year: 19, day: 305, hour: 13, minute: 4, second: 59 },
        sets: [{ traces: list, end: 2, mp: 0x6db7 }],
      });
      const { recording, shots } = await read(bytes);
      expect(recording).toMatchObject({ format: 'segd', revision, byteOrder: 'big', sampleFormat: 8058, problems: [] });
      expect(shots).toHaveLength(1);
      const [shot] = shots;
      expect(values(shot)).toEqual(expected(list));
      expect(shot).toMatchObject({
        ffid: 217,
        sourcePoint: 1042.5,
        samples: 5,
        sampleInterval: 0.5,
        firstSample: { time: 0 },
        recorder: 'Sercel',
        recordedAt: '2019-11-01T13:04:59.000Z', // day 305 of 2019
        problems: [],
      });
      expect(shot.traces.map(({ index, channel, kind, start, count }) => [index, channel, kind, start, count])).toEqual(
        [
          [0, 1, 'seismic', 0, 5],
          [1, 2, 'seismic', 0, 5],
          [2, 3, 'seismic', 0, 5],
        ],
      );
      // 6D B7 is B76D in little-endian order: −(0x376D / 1024) = −13.8564…, 2^−13.8564… = 6.742e−5.
      expect(shot.traces[0].descale?.factor).toBeCloseTo(6.742086616486083e-5, 12);
      expect(shot.traces[0].descale?.unit).toBe('mV');
    }
  });

  it('reads revision 0: no general header 2, samples from the times of the set', async () => {
    const list = traces(2, 9);
    const { recording, shots } = await read(
      encodeRecord({ revision: '0', base: 0x20, sets: [{ traces: list, start: 4, end: 20 }] }),
    );
    // Base interval 0x20/16 = 2 ms; 4 … 20 ms with both ends: 9 samples.
    expect(recording.revision).toBe('0.0');
    expect(shots[0]).toMatchObject({ samples: 9, sampleInterval: 2, firstSample: { time: 4 }, problems: [] });
    expect(values(shots[0])).toEqual(expected(list));
    // A single trace: its length alone tells 8 samples from 9.
    for (const samples of [8, 9]) {
      const single = traces(1, samples);
      const bytes = encodeRecord({ revision: '0', base: 0x20, sets: [{ traces: single, start: 4, end: 20 }] });
      expect(values((await read(bytes)).shots[0])).toEqual(expected(single));
    }
  });

  it('reads revision 3.0 and 3.1: 96-byte descriptors, microseconds, blocks in any order, positions', async () => {
    for (const revision of ['3.0', '3.1'] as const) {
      const [a, b] = traces(2, 6);
      // 2024-02-29T10:20:30.500Z is 16,125 days, 10:20:30.5 after 1980-01-06; GPS is 18 s ahead of UTC.
      const timeZero = BigInt((16_125 * 86_400 + 37_230) * 1e6 + 500_000 + 18e6);
      const bytes = encodeRecord({
        revision,
        base: 0xff,
        extendedFile: 123_456,
        timeZero,
        elsewhere: true,
        blocks: [
          textBlock(0x12, 'Client Ltd'),
          sourceBlock(12, 3456.25),
          positionBlock(500_000.5, 4_000_000.25, 321),
          textBlock(0x10, 'ABCCrew 7'),
        ],
        skew: 1,
        extended: new Array(64).fill(7),
        external: [...Buffer.from('SP 3456 OK')],
        sets: [
          {
            interval: 31,
            samples: 6,
            start: -1.5,
            descale: 0.25,
            traces: [
              { ...a, extensions: [timestampBlock(timeZero), positionBlock(500_010, 4_000_000, 320)] },
              { ...b, number: 12_345, extensions: [timestampBlock(timeZero), positionBlock(0, 0, 0, 0)] },
            ],
          },
        ],
      });
      const { recording, shots } = await read(bytes);
      expect(recording.revision).toBe(revision);
      expect(recording.problems).toEqual([]);
      expect(recording.text).toEqual(['client: Client Ltd', 'crew: ABCCrew 7', 'SP 3456 OK']);
      const [shot] = shots;
      expect(shot).toMatchObject({
        ffid: 123_456,
        sourcePoint: 3456.25,
        source: { x: 500_000.5, y: 4_000_000.25, z: 321 },
        sampleInterval: 0.031,
        firstSample: { time: -1.5 },
        recordedAt: '2024-02-29T10:20:30.500Z',
        problems: [],
      });
      expect(values(shot)).toEqual(expected([a, b]));
      expect(shot.traces.map(({ channel, receiver, descale }) => [channel, receiver, descale])).toEqual([
        [1, { x: 500_010, y: 4_000_000, z: 320 }, { factor: 0.25, unit: 'mV' }],
        [12_345, undefined, { factor: 0.25, unit: 'mV' }],
      ]);
    }
  });

  it('reads the samples of revision 3 from the descriptor when the extensions do not say', async () => {
    const list = traces(3, 4).map((trace) => ({ ...trace, statedSamples: 0 }));
    const { shots } = await read(
      encodeRecord({ revision: '3.0', sets: [{ traces: list, samples: 4, interval: 2000 }] }),
    );
    expect(values(shots[0])).toEqual(expected(list));
    expect(shots[0].problems).toEqual([]);
  });
});

describe('SEG-D sample formats', () => {
  it.each([8015, 8022, 8024, 8036, 8038, 8042, 8044, 8048, 8058, 8080, 9036, 9038, 9058, 9080])(
    'reads %i',
    async (code) => {
      // 1, −2, 8, −8, 0, 4, −1 are exact in every code (8022 and 8042 have four and five bits of fraction).
      const list = [{ values: [1, -2, 8, -8, 0, 4, -1, 2] }, { values: [0, 0, 1, 1, -1, -1, 8, 8] }];
      const { recording, shots } = await read(encodeRecord({ revision: '2.1', code, sets: [{ traces: list }] }));
      expect(recording).toMatchObject({ sampleFormat: code, byteOrder: code > 9000 ? 'little' : 'big' });
      expect(values(shots[0])).toEqual(expected(list));
    },
  );

  it('refuses multiplexed records by name', async () => {
    const bytes = encodeRecord({ revision: '1.0', sets: [{ traces: traces(1, 4) }] });
    bytes.set([0x00, 0x58], 2);
    await expect(openBytes(bytes)).rejects.toThrow(
      'shot.segd: expected demultiplexed SEG-D (format 80xx or 90xx), found multiplexed format 0058',
    );
  });

  it('believes the user about format, interval and shot instant', async () => {
    const bytes = encodeRecord({
      revision: '2.1',
      code: 8038,
      sets: [{ traces: [{ values: [0x3f800000] }], start: 10 }],
    });
    const options = { sampleFormat: 8058, sampleInterval: ms(0.125), timeZero: ms(20) };
    const { recording, shots } = await read(bytes, options);
    expect(recording.sampleFormat).toBe(8058);
    expect(values(shots[0])).toEqual([[1]]);
    expect(shots[0]).toMatchObject({ sampleInterval: 0.125, firstSample: { time: -20, from: 'given by the user' } });
  });
});

describe('SEG-D channel sets', () => {
  it('gives auxiliary and seismic sets of different length as two shots, of the same as one', async () => {
    const record: OracleRecord = {
      revision: '2.1',
      sets: [{ traces: traces(2, 3, 1), type: 6 }, { traces: traces(4, 5, 2) }, { traces: traces(1, 5, 3), type: 2 }],
    };
    const { shots } = await read(encodeRecord(record));
    expect(shots.map(({ samples, traces }) => [samples, traces.map(({ index, kind }) => [index, kind])])).toEqual([
      [3, [[0, 'auxiliary'], [1, 'auxiliary']]],
      [5, [[2, 'seismic'], [3, 'seismic'], [4, 'seismic'], [5, 'seismic'], [6, 'auxiliary']]],
    ]); // biome-ignore format: a row a shot
    expect(values(shots[1]).at(-1)).toEqual([3000, 3001, 3002, 3003, 3004]);
  });

  it('numbers channels on where seismic sets begin again at 1, and leaves recorded numbers alone', async () => {
    const restart = { revision: '2.1', sets: [{ traces: traces(3, 2) }, { traces: traces(2, 2) }] } as const;
    expect((await read(encodeRecord(restart))).shots[0].traces.map(({ channel }) => channel)).toEqual([1, 2, 3, 4, 5]);
    const numbered = (first: number) => traces(2, 2).map((trace, i) => ({ ...trace, number: first + i }));
    const running = { revision: '2.1', sets: [{ traces: numbered(101) }, { traces: numbered(205) }] } as const;
    expect((await read(encodeRecord(running))).shots[0].traces.map(({ channel }) => channel)).toEqual([
      101, 102, 205, 206,
    ]);
  });

  it('halves the base interval by the subscan exponent, set by set, over two scan types with skew blocks', async () => {
    const bytes = encodeRecord({
      revision: '1.0',
      base: 0x20,
      scanTypes: 2,
      skew: 2,
      sets: [
        { scanType: 1, number: 1, traces: traces(1, 3, 1), power: 1 },
        { scanType: 1, number: 2, traces: traces(1, 3, 2) },
        { scanType: 2, number: 1, traces: traces(1, 3, 3), power: 3, start: 2000 },
        { scanType: 2, number: 2, traces: [] },
      ],
    });
    const { shots } = await read(bytes);
    expect(
      shots.map(({ sampleInterval, firstSample, traces }) => [sampleInterval, firstSample.time, traces[0].channel]),
    ).toEqual([
      [1, 0, 1],
      [2, 0, 2],
      [0.25, 2000, 1],
    ]);
  });

  it('reads more than 99 sets, counted in general header 2 and numbered in the extended fields', async () => {
    const sets = Array.from({ length: 120 }, (_, i) => ({ traces: traces(1, 2, i) }));
    const { shots } = await read(
      encodeRecord({ revision: '2.1', elsewhere: true, extended: [1], external: [2], extendedFile: 54_321, sets }),
    );
    expect(shots[0]).toMatchObject({ ffid: 54_321, problems: [] });
    expect(values(shots[0])).toEqual(sets.flatMap(({ traces }) => expected(traces)));
  });

  it('calls traces zeroed by the recorder dead and says why', async () => {
    const list = traces(4, 2).map((trace, i) => ({ ...trace, edit: i }));
    const [shot] = (await read(encodeRecord({ revision: '2.1', sets: [{ traces: list }] }))).shots;
    expect(shot.traces.map(({ kind }) => kind)).toEqual(['seismic', 'dead', 'dead', 'seismic']);
    expect(shot.problems).toEqual([
      { code: 'dead-traces', message: 'dead or rolled off, zeroed before recording (trace edit 1), channels: 2' },
      { code: 'dead-traces', message: 'zeroed on purpose by the recorder (trace edit 2), channels: 3' },
      { code: 'flagged-traces', message: 'flagged for editing by the recorder (trace edit 3), channels: 4' },
    ]);
  });

  it('says that sample skew is not corrected', async () => {
    const list = traces(3, 2).map((trace, i) => ({ ...trace, skew: 8 * i }));
    const [shot] = (await read(encodeRecord({ revision: '1.0', sets: [{ traces: list }] }))).shots;
    expect(shot.problems).toEqual([
      {
        code: 'sample-skew',
        message: 'sampled late by a part of the interval (sample skew), not corrected, channels: 2, 3',
      },
    ]);
  });

  it('takes sets without a type as seismic when no set has one', async () => {
    const [shot] = (await read(encodeRecord({ revision: '2.1', sets: [{ traces: traces(2, 2), type: 0 }] }))).shots;
    expect(shot.traces.map(({ kind }) => kind)).toEqual(['seismic', 'seismic']);
  });

  it('takes the sub-millisecond start from the timing word, and only when it agrees with the set', async () => {
    const one = (timing: number) =>
      encodeRecord({ revision: '2.1', sets: [{ start: 500, traces: [{ values: [1], timing: timing * 256 }] }] });
    expect((await read(one(501.25))).shots[0].firstSample).toEqual({
      time: 501.25,
      from: 'timing word of the trace header',
    });
    expect((await read(one(17))).shots[0].firstSample).toEqual({ time: 500, from: 'start time of the channel set' });
  });

  it('keeps sets with starts of their own apart', async () => {
    const sets = [
      { traces: traces(1, 2), start: 0 },
      { traces: traces(1, 2), start: 100 },
    ];
    const { shots } = await read(encodeRecord({ revision: '2.1', sets }));
    expect(shots.map(({ firstSample }) => firstSample.time)).toEqual([0, 100]);
  });

  it('moves traces by their own time stamps in revision 3', async () => {
    const at = 1_000_000_000_000_000n;
    const set = { interval: 1000, samples: 2 };
    const late = (lag: bigint) => traces(1, 2).map((trace) => ({ ...trace, extensions: [timestampBlock(at + lag)] }));
    const sets = [0n, 3n, 250_000n, 7_200_000_000n].map((lag) => ({ ...set, traces: late(lag) }));
    const { shots } = await read(encodeRecord({ revision: '3.0', timeZero: at, sets }));
    expect(shots.map(({ firstSample, traces }) => [firstSample.time, traces.length])).toEqual([
      [0, 2],
      [250, 1],
      [0, 1],
    ]);
    expect(codes(shots[2])).toEqual(['continuous-record']);
    expect(Date.parse(shots[2].recordedAt ?? '') - Date.parse(shots[0].recordedAt ?? '')).toBe(7_200_000);
  });
});

describe('SEG-D of Sercel recorders', () => {
  it('reads places, refraction delay and what the standard fields leave out', async () => {
    const list = traces(2, 3).map((trace, i) => ({
      ...trace,
      extensions: [sercelExtension2(600_000 + i, 5_000_000, 42)],
    }));
    const bytes = encodeRecord({
      revision: '2.1',
      maker: 13,
      base: 0,
      extended: sercelExtendedHeader({ intervalUs: 500, samples: 3, delay: 800, x: 599_000, y: 4_999_000 }),
      sets: [{ traces: list }],
    });
    const [shot] = (await read(bytes)).shots;
    expect(shot).toMatchObject({
      sampleInterval: 0.5,
      firstSample: { time: 800, from: 'refraction delay of the extended header' },
      source: { x: 599_000, y: 4_999_000, z: 0 },
    });
    expect(shot.traces.map(({ receiver }) => receiver)).toEqual([
      { x: 600_000, y: 5_000_000, z: 42 },
      { x: 600_001, y: 5_000_000, z: 42 },
    ]);
    expect(shot.traces[0].offset).toBeCloseTo(Math.hypot(1000, 1000), 9);
  });

  it('reads places and the start of the record of Geospace recorders', async () => {
    const header = new DataView(new ArrayBuffer(96));
    for (const block of [0, 32, 64]) header.setUint8(block, 9);
    header.setInt16(26, -100);
    header.setFloat64(40, 600_003);
    header.setFloat64(48, 5_000_004);
    header.setFloat32(56, 7);
    const bytes = encodeRecord({
      revision: '2.1',
      maker: 9,
      extended: [...new Uint8Array(header.buffer)],
      sets: [{ traces: [{ values: [1, 2, 3], extensions: [sercelExtension2(600_000, 5_000_000, 42)] }] }],
    });
    const [shot] = (await read(bytes)).shots;
    expect(shot).toMatchObject({
      recorder: 'Geospace',
      firstSample: { time: -100, from: 'start of the record in the extended header' },
      source: { x: 600_003, y: 5_000_004, z: 7 },
    });
    expect(shot.traces[0]).toMatchObject({ receiver: { x: 600_000, y: 5_000_000, z: 42 }, offset: 5 });
  });

  it('does not take degrees for metres', async () => {
    const list = traces(1, 3).map((trace) => ({ ...trace, extensions: [sercelExtension2(13.4, 52.5, 40)] }));
    const [shot] = (await read(encodeRecord({ revision: '2.1', maker: 13, sets: [{ traces: list }] }))).shots;
    expect(shot.traces[0].receiver).toBeUndefined();
    expect(codes(shot)).toEqual(['positions-in-degrees']);
    const local = traces(3, 3).map((trace, i) => ({ ...trace, extensions: [sercelExtension2(5 * i, 2, 40)] }));
    const [small] = (await read(encodeRecord({ revision: '2.1', maker: 13, sets: [{ traces: local }] }))).shots;
    expect(small.traces.map(({ receiver }) => receiver?.x)).toEqual([0, 5, 10]);
  });
});

describe('SEG-D files', () => {
  const record = (file: number, more: Partial<OracleRecord> = {}) =>
    encodeRecord({ revision: '2.1', file, sets: [{ traces: traces(2, 3, file) }], ...more });

  it('skips a storage label in its variants', async () => {
    for (const label of ['SD1.0', 'SD2.1', 'SD3.0']) {
      const { shots } = await read(record(5, { label }));
      expect(shots[0].ffid).toBe(5);
    }
    const padded = concat(record(5, { label: 'SD2.1' }).subarray(0, 128), new Uint8Array(384), record(5));
    expect((await read(padded)).shots[0].ffid).toBe(5);
  });

  it('reads record after record, with trailers, labels and zeros between', async () => {
    const bytes = concat(
      record(1, { trailer: new Array(96).fill(0x5a), padding: 100 }),
      record(2, { label: 'SD2.1' }),
      record(3),
      record(4, { revision: '1.0', code: 8036, padding: 4096 }),
    );
    const { shots } = await read(bytes);
    expect(shots.map(({ ffid, problems }) => [ffid, problems])).toEqual([
      [1, []],
      [2, []],
      [3, []],
      [4, []],
    ]);
    expect(shots.flatMap(({ traces }) => traces.map(({ index }) => index))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(values(shots[3])).toEqual(expected(traces(2, 3, 4)));
  });

  it('says when bytes between or after records are neither', async () => {
    const junk = new Uint8Array(200).fill(0x77);
    const { shots } = await read(concat(record(1), junk, record(2), junk));
    expect(shots.map(({ ffid }) => ffid)).toEqual([1, 2]);
    expect(shots.map(codes)).toEqual([['unknown-bytes'], ['unknown-bytes']]);
  });

  it('looks through a tape image', async () => {
    const first = record(1);
    const label = record(1, { label: 'SD2.1' }).subarray(0, 128);
    const blocks = [first.subarray(0, 128), first.subarray(128, 150), first.subarray(150)];
    const image = tapeImageOf([[label], blocks, [record(2)]]);
    const { shots } = await read(image);
    expect(shots.map(({ ffid, problems }) => [ffid, problems])).toEqual([
      [1, []],
      [2, []],
    ]);
    expect(values(shots[0])).toEqual(expected(traces(2, 3, 1)));
    const cut = await read(image.subarray(0, image.length - 60));
    expect(cut.shots.map(codes)).toEqual([[], ['trace-cut', 'fewer-traces']]);
  });

  it('gives headers alone when asked', async () => {
    const bytes = concat(record(1), encodeRecord({ revision: '2.1', file: 2, sets: [{ traces: traces(3, 9000) }] }));
    const { shots } = await read(bytes, {}, { amplitudes: false });
    expect(
      shots.map(({ ffid, traces, samples, amplitudes }) => [ffid, traces.length, samples, amplitudes.length]),
    ).toEqual([
      [1, 2, 3, 0],
      [2, 3, 9000, 0],
    ]);
  });

  it('is not confused by other formats', () => {
    const seg2 = new Uint8Array(512);
    seg2.set([0x55, 0x3a, 1, 0]);
    const segy = new Uint8Array(4000).fill(0x40);
    const tiff = new Uint8Array(512);
    tiff.set([0x49, 0x49, 0x2a, 0, 8, 0, 0, 0]);
    for (const bytes of [seg2, segy, tiff, new Uint8Array(512), new Uint8Array(3), new Uint8Array(512).fill(0xff)]) {
      const source = memorySource('x', bytes);
      expect(segd.recognises(bytes, source)).toBe(false);
      expect(rg16.recognises(bytes, source)).toBe(false);
    }
  });

  it('keeps a shot larger than memory in parts', async () => {
    // 30 traces of 3 Mi samples in a sparse source: 360 MB that are never there at once.
    const samples = 3 * 1024 * 1024;
    const count = 30;
    const head = encodeRecord({
      revision: '2.1',
      sets: [{ traces: [{ values: [], statedSamples: samples }], statedChannels: count }],
    });
    const traceHeader = head.subarray(head.length - 52);
    const start = head.length - 52;
    const each = 52 + 4 * samples;
    const source = {
      name: 'large.segd',
      size: start + count * each,
      async read(at: number, into: Uint8Array) {
        const length = Math.min(into.length, this.size - at);
        into.fill(0, 0, length);
        if (at < start) into.set(head.subarray(at, Math.min(start, at + length)));
        for (let t = Math.max(0, Math.floor((at - start) / each)); start + t * each < at + length; t++)
          for (let i = 0; i < 52; i++) {
            const where = start + t * each + i - at;
            if (where >= 0 && where < length) into[where] = traceHeader[i];
          }
        return length;
      },
    };
    const recording = await segd.open(source, {});
    const parts: number[] = [];
    for await (const shot of recording.shots()) {
      expect(shot.amplitudes.length).toBeLessThanOrEqual(64 * 1024 * 1024);
      expect(codes(shot)).toContain('shot-in-parts');
      parts.push(shot.traces.length);
    }
    expect(parts).toEqual([21, 9]);
  });
});

describe('SEG-D headers that contradict each other', () => {
  it('finds the samples by what follows when extension 1 does not say', async () => {
    const list = traces(4, 7).map((trace) => ({ ...trace, bare: true }));
    const bytes = encodeRecord({ revision: '2.1', sets: [{ traces: list }] });
    const [shot] = (await read(bytes)).shots;
    expect(values(shot)).toEqual(expected(list));
    const single = encodeRecord({ revision: '2.1', sets: [{ traces: list.slice(0, 1) }] });
    expect(values((await read(single)).shots[0])).toEqual(expected(list.slice(0, 1)));
  });

  it('finds the samples by what follows when extension 1 is wrong, and says so', async () => {
    for (const statedSamples of [6, 8, 0xffffff]) {
      const list = traces(4, 7).map((trace) => ({ ...trace, statedSamples }));
      const [shot] = (await read(encodeRecord({ revision: '2.1', sets: [{ traces: list }] }))).shots;
      expect(values(shot)).toEqual(expected(list));
      expect(codes(shot)).toEqual(['sample-count-disagrees']);
    }
  });

  it('reads traces whose lengths differ within a set', async () => {
    const list = [...traces(2, 4), ...traces(1, 6, 2), ...traces(2, 4, 3)].map((trace, i) => ({
      ...trace,
      number: i + 1,
    }));
    const { shots } = await read(encodeRecord({ revision: '2.1', sets: [{ traces: list }] }));
    expect(shots.map(({ samples, traces }) => [samples, traces.map(({ channel }) => channel)])).toEqual([
      [4, [1, 2, 4, 5]],
      [6, [3]],
    ]);
    expect(values(shots[1])).toEqual(expected([list[2]]));
  });

  it('steps over padding between traces', async () => {
    for (const gap of [1, 12]) {
      const list = traces(4, 7).map((trace) => ({ ...trace, gap }));
      const [shot] = (await read(encodeRecord({ revision: '2.1', code: 8036, sets: [{ traces: list }] }))).shots;
      expect(values(shot)).toEqual(expected(list));
      expect(codes(shot)).toContain('padded-traces');
    }
  });

  it('trusts the trace header for the number of extensions, and the file when that is wrong too', async () => {
    const extra = traces(3, 4).map((trace) => ({ ...trace, extensions: [new Array(32).fill(0)] }));
    const bytes = encodeRecord({ revision: '2.1', sets: [{ traces: extra }] });
    bytes[96 + 28] = 0; // the descriptor forgets them
    expect(values((await read(bytes)).shots[0])).toEqual(expected(extra));
    const lying = traces(3, 4).map((trace) => ({ ...trace, statedExtensions: 0 }));
    const [shot] = (await read(encodeRecord({ revision: '2.1', sets: [{ traces: lying, end: 4 }] }))).shots;
    expect(values(shot)).toEqual(expected(lying));
    expect(codes(shot)).toEqual(['extension-count-disagrees']);
  });

  it('finds the first trace when the counts of header blocks are wrong', async () => {
    const list = traces(3, 4);
    for (const [at, value] of [
      [30, 0x05],
      [31, 0x44],
      [30, 0xaa],
    ] as const) {
      const bytes = encodeRecord({ revision: '2.1', extended: [1], external: [2], sets: [{ traces: list }] });
      bytes[at] = value;
      const [shot] = (await read(bytes)).shots;
      expect(values(shot)).toEqual(expected(list));
      expect(codes(shot)).toContain('header-size-disagrees');
    }
    const modern = encodeRecord({ revision: '3.0', headerBytes: 4000, sets: [{ traces: list, samples: 4 }] });
    expect(values((await read(modern)).shots[0])).toEqual(expected(list));
  });

  it('counts the channel sets when the header does not', async () => {
    const list = traces(3, 4);
    const bytes = encodeRecord({ revision: '2.1', statedSets: 0, sets: [{ traces: list }] });
    const { recording, shots } = await read(bytes);
    expect(recording.problems.map(({ code }) => code)).toEqual(['channel-sets-not-stated']);
    expect(values(shots[0])).toEqual(expected(list));
  });

  it('reads more and fewer traces than the descriptors announce', async () => {
    const list = traces(5, 4);
    const more = (await read(encodeRecord({ revision: '2.1', sets: [{ traces: list, statedChannels: 3 }] }))).shots[0];
    expect(values(more)).toEqual(expected(list));
    expect(codes(more)).toEqual(['more-traces']);
    const fewer = (await read(encodeRecord({ revision: '2.1', sets: [{ traces: list, statedChannels: 9 }] }))).shots[0];
    expect(values(fewer)).toEqual(expected(list));
    expect(codes(fewer)).toEqual(['fewer-traces']);
  });

  it('goes on after a damaged stretch', async () => {
    const list = traces(6, 50);
    const bytes = encodeRecord({ revision: '2.1', sets: [{ traces: list }] });
    const start = 128 + 2 * 252; // the third trace
    bytes.fill(0xee, start - 20, start + 90);
    const [shot] = (await read(bytes)).shots;
    expect(shot.traces.map(({ channel }) => channel)).toEqual([1, 2, 4, 5, 6]);
    expect(codes(shot)).toEqual(['bytes-skipped', 'fewer-traces']);
    expect(values(shot).at(-1)).toEqual([...list[5].values]);
  });

  it('bears with a start without a date and with binary file and trace numbers', async () => {
    const list = traces(30, 3);
    const bytes = encodeRecord({ revision: '2.1', sets: [{ traces: list }] });
    bytes.set([0x01, 0xab], 0);
    bytes.fill(0xff, 12, 16);
    for (let t = 0; t < 30; t++) bytes.set([0x01, 0xab, 1, 1, 0, t + 1], 128 + t * 64);
    const [shot] = (await read(bytes)).shots;
    expect(values(shot)).toEqual(expected(list));
    expect(shot).toMatchObject({ ffid: 0x01ab, problems: [] });
    expect(shot.recordedAt).toBeUndefined();
  });

  it('reads trace headers that name neither their set nor the file', async () => {
    const list = traces(4, 5);
    const bytes = encodeRecord({ revision: '2.1', file: 77, sets: [{ traces: list }] });
    for (let t = 0; t < 4; t++) bytes.set([0, 0, 0, 0], 128 + t * 72);
    const [shot] = (await read(bytes)).shots;
    expect(values(shot)).toEqual(expected(list));
    expect(shot.ffid).toBe(77);
  });
});

describe('bad SEG-D', () => {
  const whole = (revision: OracleRecord['revision']) =>
    encodeRecord({
      revision,
      extended: [1],
      external: [2],
      skew: 1,
      sets: [{ traces: traces(3, 40), samples: 40, end: 40 }],
    });

  it.each(['0', '1.0', '2.1', '3.0'] as const)(
    'delivers the whole traces of a file cut anywhere (revision %s)',
    async (revision) => {
      const bytes = whole(revision);
      const each = revision === '0' ? 180 : 212;
      for (let length = 0; length < bytes.length; length += length < 700 ? 1 : 7) {
        const source = memorySource('cut.segd', bytes.subarray(0, length));
        const left = Math.max(0, 3 - Math.ceil((bytes.length - length) / each));
        try {
          const { shots } = await collect(source);
          expect(shots.reduce((sum, shot) => sum + shot.traces.length, 0)).toBe(left);
          if (length % each !== bytes.length % each) expect(shots.flatMap(codes)).toContain('trace-cut');
          expect(shots.flatMap(codes)).toContain('fewer-traces');
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError);
          expect((error as Error).message).toMatch(/^cut\.segd: expected [^\n]*, found [^\n]*|file ends after \d+/);
          expect(left).toBe(0);
        }
      }
    },
  );

  it('refuses absurd counts without allocating', async () => {
    for (const poison of [
      (bytes: Uint8Array) => bytes.fill(0xff, 4, 10),
      (bytes: Uint8Array) => bytes.fill(0xff, 28, 32), // counts elsewhere
      (bytes: Uint8Array) => bytes.fill(0xff, 32, 64), // … which are absurd
      (bytes: Uint8Array) => bytes.fill(0x99, 27, 32),
      (bytes: Uint8Array) => bytes.fill(0xff, 96, 128), // descriptor
      (bytes: Uint8Array) => bytes.fill(0x99, 96, 128),
      (bytes: Uint8Array) => bytes.fill(0xff, 128 + 160, 128 + 160 + 52), // trace header
      (bytes: Uint8Array) => bytes.fill(0, 96, 128),
      (bytes: Uint8Array) => bytes.fill(0, 27, 32),
    ]) {
      const bytes = whole('2.1');
      poison(bytes);
      const modern = whole('3.0');
      poison(modern);
      for (const spoilt of [bytes, modern])
        try {
          const { shots } = await collect(memorySource('absurd.segd', spoilt));
          for (const shot of shots) expect(shot.amplitudes.length).toBeLessThan(spoilt.length);
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError);
        }
    }
  });

  it('says what is wrong with a record that has no traces, no sets, no bytes', async () => {
    const none = encodeRecord({ revision: '2.1', sets: [{ traces: [] }] });
    await expect(collect(memorySource('a', none))).rejects.toThrow(/^a: expected/);
    await expect(collect(memorySource('b', new Uint8Array(0)))).rejects.toThrow(
      'b: expected a SEG-D general header, found 0 bytes',
    );
    const unset = encodeRecord({ revision: '2.1', sets: [{ traces: traces(1, 3) }] });
    unset.fill(0, 96);
    await expect(collect(memorySource('c', unset))).rejects.toThrow(/^c: expected/);
  });

  it('keeps the records before a broken one', async () => {
    const good = encodeRecord({ revision: '2.1', file: 8, sets: [{ traces: traces(2, 6) }] });
    const { shots } = await collect(memorySource('d', concat(good, good.subarray(0, 150))));
    expect(shots.map(({ ffid }) => ffid)).toEqual([8]);
    expect(codes(shots[0])).toEqual(['damaged-record']);
    expect(shots[0].problems[0].message).toMatch(/^expected a whole trace in the record at byte 280/);
  });

  it('survives any change of its headers', async () => {
    let seed = 12345;
    const random = (below: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
    for (let n = 0; n < 2000; n++) {
      const bytes = whole((['0', '1.0', '2.1', '3.0'] as const)[n % 4]);
      for (let i = random(6); i >= 0; i--)
        bytes[random(n % 3 ? 400 : bytes.length)] = [0, 0xff, 0x80, random(256)][random(4)];
      try {
        const { shots } = await collect(
          memorySource('e', bytes.subarray(0, random(3) ? bytes.length : random(bytes.length))),
        );
        expect(shots.reduce((sum, { amplitudes }) => sum + amplitudes.length, 0)).toBeLessThanOrEqual(4 * bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(RecordError);
        expect((error as Error).message).not.toContain('\n');
      }
    }
  });

  async function collect(source: ReturnType<typeof memorySource>) {
    const recording = await segd.open(source, {});
    const shots: Shot[] = [];
    for await (const shot of recording.shots()) shots.push(shot);
    return { recording, shots };
  }
});
