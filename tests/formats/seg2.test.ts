import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { open } from '#shared/formats/open.ts';
import { seg2 } from '#shared/formats/seg2/seg2.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import type { OpenOptions, Shot, Trace } from '#shared/gather.ts';
import { memorySource } from '#shared/source.ts';
import { metres, ms, samples } from '#shared/units.ts';
import { concatenated, type FileBytes, floats, seg2Bytes } from './seg2-bytes.ts';

async function read(bytes: Uint8Array, options: OpenOptions = {}, name = 'shot.dat'): Promise<Shot[]> {
  const shots: Shot[] = [];
  for await (const shot of (await open(memorySource(name, bytes), options)).shots()) shots.push(shot);
  return shots;
}

const only = async (bytes: Uint8Array, options: OpenOptions = {}, name?: string): Promise<Shot> => {
  const shots = await read(bytes, options, name);
  expect(shots).toHaveLength(1);
  return shots[0];
};

/** One trace of four samples at 0.25 ms with these strings. */
const withStrings = (trace: readonly string[], file: readonly string[] = []) =>
  seg2Bytes({ strings: file, traces: [{ strings: ['SAMPLE_INTERVAL 0.00025', ...trace], ...floats([1, 2, 3, 4]) }] });

const codes = (shot: Shot) => shot.problems.map(({ code }) => code);

describe('the blocks', () => {
  const STRINGS: FileBytes = {
    strings: ['INSTRUMENT GEOMETRICS', 'NOTE \n BASE_INTERVAL 4.00\n AGC_WINDOW 0'],
    traces: [
      { strings: ['CHANNEL_NUMBER 7', 'SAMPLE_INTERVAL 0.000125'], ...floats([1, -2, 3.5]) },
      { strings: ['CHANNEL_NUMBER 8', 'SAMPLE_INTERVAL 0.000125'], ...floats([4, 5, 6]) },
    ],
  };

  test.each<[string, Partial<FileBytes>]>([
    ['NUL', {}],
    ['CR LF', { terminator: [13, 10], lineEnd: [13, 10] }],
    ['blank and no line end', { terminator: [32], lineEnd: [] }],
    ['two NULs', { terminator: [0, 0] }],
    ['traces in another order than their pointers', { layout: [1, 0] }],
    ['a pointer block larger than needed', { pointerBytes: 96 }],
  ])('strings and samples with %s', async (_, change) => {
    const bytes = seg2Bytes({ ...STRINGS, ...change });
    const shot = await only(bytes);
    expect(shot.traces.map(({ channel, index }) => [index, channel])).toEqual([
      [0, 7],
      [1, 8],
    ]);
    expect(shot.sampleInterval).toBe(0.125);
    expect([...shot.amplitudes]).toEqual([1, -2, 3.5, 4, 5, 6]);
    const { text } = await seg2.open(memorySource('a', bytes), {});
    expect(text.slice(0, 2)).toEqual(['INSTRUMENT GEOMETRICS', 'NOTE BASE_INTERVAL 4.00']);
  });

  test('big-endian', async () => {
    const bytes = seg2Bytes({
      order: 'big',
      traces: [{ strings: ['SAMPLE_INTERVAL 0.001'], ...floats([1, -2, 3.5], 'big') }],
    });
    const recording = await seg2.open(memorySource('a', bytes), {});
    expect(recording.byteOrder).toBe('big');
    const shot = await only(bytes);
    expect([...shot.amplitudes, shot.sampleInterval]).toEqual([1, -2, 3.5, 1]);
  });

  // Written out by hand from the standard's table of data formats.
  test.each<[number, number[], number[]]>([
    [1, [0x01, 0x00, 0xff, 0xff, 0x00, 0x80, 0xff, 0x7f], [1, -1, -32768, 32767]],
    [2, [0x01, 0x00, 0x00, 0x00, 0xfe, 0xff, 0xff, 0xff], [1, -2]],
    [4, [0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x20, 0xc0], [1, -2.5]],
    [5, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0x04, 0xc0], [1, -2.5]],
    // Exponents 1, 2, 0, 15 from the lowest nibble up; one's-complement mantissas 3, -1 (fffe), -0 (ffff), 1.
    [3, [0x21, 0xf0, 3, 0, 0xfe, 0xff, 0xff, 0xff, 1, 0], [6, -4, 0, 32768]],
  ])('sample format code %i', async (code, data, expected) => {
    // Code 3: word 0xf021 has nibbles f, 0, 2, 1, the lowest for the first sample.
    const trace = { strings: ['SAMPLE_INTERVAL 0.001'], code, samples: expected.length, data: Uint8Array.from(data) };
    const shot = await only(seg2Bytes({ traces: [trace] }));
    expect([...shot.amplitudes].map((value) => value + 0)).toEqual(expected);
    const swapped = Uint8Array.from(data);
    const width = { 1: 2, 2: 4, 3: 2, 4: 4, 5: 8 }[code] as number;
    for (let at = 0; at < swapped.length; at += width) swapped.subarray(at, at + width).reverse();
    const big = await only(seg2Bytes({ order: 'big', traces: [{ ...trace, data: swapped }] }));
    expect(big.amplitudes).toEqual(shot.amplitudes);
  });

  test('a count of 0 samples before a data block gives way to the size of the block', async () => {
    const { data } = floats([1, 2, 3]);
    const shot = await only(seg2Bytes({ traces: [{ strings: ['SAMPLE_INTERVAL 0.001'], data, samples: 0 }] }));
    expect([...shot.amplitudes]).toEqual([1, 2, 3]);
    expect(codes(shot)).toEqual(['sample-count']);
  });

  test('locations of different origins are no geometry', async () => {
    const strings = (source: string, i: number) => [
      'SAMPLE_INTERVAL 0.001',
      `RECEIVER_LOCATION ${500000 + i} 6000000 12`,
      `SOURCE_LOCATION ${source}`,
    ];
    const shoot = (source: string) =>
      only(seg2Bytes({ traces: [0, 1, 2].map((i) => ({ strings: strings(source, i), ...floats([1, 2, 3]) })) }));
    const unknown = await shoot('0 0 0');
    expect(unknown.source).toBeUndefined();
    expect(unknown.traces.map(({ receiver, offset }) => [receiver?.x, offset])).toEqual([
      [500000, undefined],
      [500001, undefined],
      [500002, undefined],
    ]);
    const other = await shoot('10 0 0');
    expect(other.traces.map(({ receiver }) => receiver)).toEqual([undefined, undefined, undefined]);
    expect([codes(unknown), codes(other)]).toEqual([['positions-out-of-reach'], ['positions-out-of-reach']]);
  });

  test('a sample format can be given, and only a known one', async () => {
    const bytes = seg2Bytes({ traces: [{ code: 4, samples: 2, data: Uint8Array.from([1, 0, 0, 0, 2, 0, 0, 0]) }] });
    expect([...(await only(bytes, { sampleFormat: 2 })).amplitudes]).toEqual([1, 2]);
    await expect(read(bytes, { sampleFormat: 8 })).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('several records in one file are several shots, with padding between them or not', async () => {
    const one = withStrings(['SHOT_SEQUENCE_NUMBER 11']);
    const two = withStrings(['SHOT_SEQUENCE_NUMBER 12', 'CHANNEL_NUMBER 5']);
    for (const between of [0, 3, 512]) {
      const shots = await read(concatenated(one, new Uint8Array(between), two, new Uint8Array(100)));
      expect(shots.map(({ ffid }) => ffid)).toEqual([11, 12]);
      expect(shots.map(({ traces }) => traces[0].index)).toEqual([0, 1]);
      expect(shots.flatMap(codes)).toEqual([]);
    }
  });

  test.each([0, 17 * 2 ** 20])('a source that can only be awaited, %i bytes longer than the record', async (more) => {
    const bytes = concatenated(
      seg2Bytes({
        traces: [
          { strings: ['SAMPLE_INTERVAL 0.001'], ...floats([1, 2, 3]) },
          { strings: ['SAMPLE_INTERVAL 0.001'], code: 1, samples: 3, data: Uint8Array.from([4, 0, 5, 0, 6, 0]) },
        ],
      }),
      new Uint8Array(more),
    );
    const { name, size, read: later } = memorySource('a', bytes);
    const recording = await open({ name, size, read: later });
    for await (const shot of recording.shots()) expect([...shot.amplitudes]).toEqual([1, 2, 3, 4, 5, 6]);
    for await (const shot of recording.shots({ amplitudes: false })) expect(shot.amplitudes).toHaveLength(0);
  });

  test('what follows the last trace is told and not read', async () => {
    const shot = await only(
      concatenated(withStrings([]), new TextEncoder().encode('U:\u0001\u0000 not a record at all')),
    );
    expect(codes(shot)).toEqual(['trailing-bytes']);
  });
});

describe('the time of the first sample', () => {
  const SUMMIT = ['INSTRUMENT DMT_SUMMIT'];
  const GEOMETRICS = ['INSTRUMENT GEOMETRICS SEISMODULES CONTROLLER 0000'];

  test.each<[string, string[], string[], number, string[]]>([
    ['Geometrics pre-trigger', GEOMETRICS, ['DELAY -0.500'], -500, []],
    ['Geometrics late start', GEOMETRICS, ['DELAY 0.1'], 100, ['delay-sign']],
    ['no delay', GEOMETRICS, ['DELAY 0.000'], 0, []],
    ['SUMMIT pre-trigger, positive', SUMMIT, ['DELAY 0.2'], -200, []],
    ['SUMMIT named by its program', ['ACQUISITION_SOFTWARE Summit_Acquisition_Tool'], ['DELAY 0.2'], -200, []],
    ['SUMMIT 2, which kept to the standard', SUMMIT, ['DELAY -0.2'], -200, []],
    ['SUMMIT X by its own keyword', ['INSTRUMENT X1'], ['UNIT_UNIQUE_ID 3', 'DELAY 0.05'], -50, []],
    ['SUMMIT X that begins late', ['INSTRUMENT X1'], ['UNIT_UNIQUE_ID 3', 'DELAY -0.05'], 50, ['delay-sign']],
    ['a crew of that name is no recorder', [...GEOMETRICS, 'COMPANY Summit Ltd'], ['DELAY 0.2'], 200, ['delay-sign']],
    ['decimal comma', GEOMETRICS, ['DELAY -0,01'], -10, []],
    ['in the file strings', [...GEOMETRICS, 'DELAY -0.25'], [], -250, []],
    ['words', GEOMETRICS, ['DELAY none'], 0, []],
    ['nothing', GEOMETRICS, [], 0, []],
    ['nonsense', GEOMETRICS, ['DELAY 1e300'], 0, []],
  ])('%s', async (_, file, trace, time, problems) => {
    const shot = await only(withStrings(trace, file));
    expect(shot.firstSample.time).toBe(time);
    expect(codes(shot)).toEqual(problems);
  });

  test('says what was assumed', async () => {
    const shot = await only(withStrings(['DELAY 0.2'], SUMMIT));
    expect(shot.firstSample.from).toBe('SEG-2 DELAY 0.2 s, taken as pre-trigger because the recorder is DMT SUMMIT');
  });

  test('is overridden by the user', async () => {
    const shot = await only(withStrings(['DELAY 0.2'], GEOMETRICS), { timeZero: ms(200) });
    expect([shot.firstSample.time, codes(shot)]).toEqual([-200, []]);
  });

  test('traces that begin at different times share an axis', async () => {
    const trace = (delay: string, values: number[]) => ({
      strings: ['SAMPLE_INTERVAL 0.001', `DELAY ${delay}`],
      ...floats(values),
    });
    const shot = await only(seg2Bytes({ traces: [trace('0', [1, 2, 3]), trace('-0.002', [4, 5, 6, 7])] }));
    expect([shot.firstSample.time, shot.samples]).toEqual([-2, 5]);
    expect(shot.traces.map(({ start, count }) => [start, count])).toEqual([
      [2, 3],
      [0, 4],
    ]);
    expect([...shot.amplitudes]).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7, 0]);
  });

  test('traces far apart in time, and of different intervals, are shots of their own', async () => {
    const trace = (interval: string, delay: string) => ({
      strings: [`SAMPLE_INTERVAL ${interval}`, `DELAY ${delay}`, 'SHOT_SEQUENCE_NUMBER 3'],
      ...floats([1, 2, 3, 4]),
    });
    const shots = await read(
      seg2Bytes({ traces: [trace('0.001', '0'), trace('0.002', '0'), trace('0.001', '-100'), trace('0.001', '0')] }),
    );
    expect(shots.map(({ sampleInterval, firstSample }) => [sampleInterval, firstSample.time])).toEqual([
      [1, 0],
      [1, -100000],
      [2, 0],
    ]);
    expect(shots.map(({ ffid, traces }) => [ffid, traces.map(({ index }) => index)])).toEqual([
      [3, [0, 3]],
      [3, [2]],
      [3, [1]],
    ]);
  });
});

describe('what the strings say', () => {
  test('a line in feet is told in metres', async () => {
    const shot = await only(withStrings(['RECEIVER_LOCATION 10', 'SOURCE_LOCATION -5'], ['UNITS FEET']));
    expect(shot.traces[0].receiver?.x).toBeCloseTo(3.048, 10);
    expect(shot.source?.x).toBeCloseTo(-1.524, 10);
    expect(shot.traces[0].offset).toBeCloseTo(4.572, 10);
    expect(codes(shot)).toEqual(['units-feet']);
  });

  test.each([
    ['METERS', 10, []],
    ['CENTIMETERS', 0.1, ['units-centimetres']],
    ['inches', 0.254, ['units-inches']],
    ['Ellen', 10, ['units-unknown']],
  ])('UNITS %s', async (units, x, problems) => {
    const shot = await only(withStrings(['RECEIVER_LOCATION 10 0 0', 'SOURCE_LOCATION 2 0 0'], [`UNITS ${units}`]));
    expect(shot.traces[0].receiver?.x).toBeCloseTo(x, 10);
    expect(codes(shot)).toEqual(problems);
  });

  test('two and three numbers, and the offset between them', async () => {
    const shot = await only(withStrings(['RECEIVER_LOCATION 3 4 100.5', 'SOURCE_LOCATION 0, 0, 100.5']));
    expect(shot.traces[0].receiver).toEqual({ x: 3, y: 4, z: 100.5 });
    expect(shot.traces[0].offset).toBe(5);
    const decimalComma = await only(withStrings(['RECEIVER_LOCATION 3,5 4,25', 'SOURCE_LOCATION 1']));
    expect(decimalComma.traces[0].receiver).toEqual({ x: 3.5, y: 4.25, z: 0 });
  });

  test('zeros everywhere are no geometry; a shot at zero on a surveyed line is one', async () => {
    const trace = (x: number) => ({ strings: [`RECEIVER_LOCATION ${x} 0 0`, 'SOURCE_LOCATION 0 0 0'], ...floats([1]) });
    const nothing = await only(seg2Bytes({ traces: [trace(0), trace(0)] }));
    expect([nothing.source, nothing.traces[0].receiver, nothing.traces[0].offset]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const line = await only(seg2Bytes({ traces: [trace(0), trace(-2)] }));
    expect([line.source?.x, line.traces[0].offset, line.traces[1].offset]).toEqual([0, 0, -2]);
  });

  test('kinds, scale, date, recorder and source point', async () => {
    const shot = await only(
      seg2Bytes({
        strings: ['ACQUISITION_DATE 7/MAR/2018', 'ACQUISITION_TIME  3:12:45', 'INSTRUMENT OYO McSEIS', 'NOTE Müller'],
        traces: ['SEISMIC_DATA', 'UPHOLE', 'DEAD', 'VERTICAL'].map((type) => ({
          strings: [`TRACE_TYPE ${type}`, 'DESCALING_FACTOR 1.698500E-004', 'SOURCE_STATION_NUMBER 24'],
          ...floats([1]),
        })),
      }),
    );
    expect(shot.traces.map(({ kind }) => kind)).toEqual(['seismic', 'auxiliary', 'dead', 'seismic']);
    expect(shot.traces[0].descale).toEqual({ factor: 1.6985e-4, unit: 'mV' });
    expect([shot.recordedAt, shot.recorder, shot.sourcePoint]).toEqual(['2018-03-07T03:12:45', 'OYO McSEIS', 24]);
  });

  test.each([
    ['24/11/2024', '2024-11-24'],
    ['11/24/2024', '2024-11-24'],
    ['2024-11-24', '2024-11-24'],
    ['08.Okt.99', '1999-10-08'],
    ['yesterday', undefined],
    ['32/01/2020', undefined],
  ])('the date %s', async (date, expected) => {
    expect((await only(withStrings([], [`ACQUISITION_DATE ${date}`]))).recordedAt).toBe(expected);
  });

  test.each([
    ['2001.dat', 2001],
    ['line 3/Shot_00012.sg2', 12],
    ['C:\\data\\107.DAT', 107],
    ['20180307_031245000.0.seg2', undefined],
    ['shot.dat', undefined],
  ])('without SHOT_SEQUENCE_NUMBER the name %s says the shot number', async (name, ffid) => {
    expect((await only(withStrings([]), {}, name)).ffid).toBe(ffid);
    expect((await only(withStrings(['SHOT_SEQUENCE_NUMBER 99']), {}, name)).ffid).toBe(99);
  });

  test('no interval, an absurd one, and one from the user', async () => {
    const bytes = (text: string) => seg2Bytes({ traces: [{ strings: [text], ...floats([1, 2]) }] });
    for (const text of [
      'STACK 1',
      'SAMPLE_INTERVAL 0',
      'SAMPLE_INTERVAL -1',
      'SAMPLE_INTERVAL fast',
      'SAMPLE_INTERVAL 1e99',
    ])
      expect((await only(bytes(text))).sampleInterval).toBeUndefined();
    expect(codes(await only(bytes('SAMPLE_INTERVAL 0.25')))).toEqual(['sample-interval-suspect']);
    expect((await only(bytes('STACK 1'), { sampleInterval: ms(0.5) })).sampleInterval).toBe(0.5);
  });
});

describe('damaged files', () => {
  const trace = (n: number) => ({ strings: ['SAMPLE_INTERVAL 0.001', `CHANNEL_NUMBER ${n}`], ...floats([n, n, n, n]) });
  const whole = seg2Bytes({ traces: [trace(1), trace(2), trace(3)] });

  test('cut short: whole traces are read and the loss is told', async () => {
    const shot = await only(whole.slice(0, whole.length - 1));
    expect(shot.traces.map(({ channel }) => channel)).toEqual([1, 2]);
    expect(shot.problems).toEqual([
      {
        code: 'truncated',
        message: `1 of 3 traces (from the 3rd) are cut off by the end of the file at byte ${whole.length - 1}; they are left out`,
      },
    ]);
  });

  test('at every length it ends in whole traces or a clear error', async () => {
    for (let length = 0; length < whole.length; length++) {
      const bytes = whole.slice(0, length);
      try {
        for (const shot of await read(bytes))
          for (const [i, { channel }] of shot.traces.entries()) expect(shot.amplitudes[i * 4 + 3]).toBe(channel);
      } catch (error) {
        expect(error).toMatchObject({ _tag: 'RecordError' });
        expect((error as Error).message).not.toContain('\n');
      }
    }
  });

  test('a kilobyte that claims 2^31 samples allocates nothing', async () => {
    const bytes = seg2Bytes({
      traces: [{ ...floats(new Array(200).fill(1)), samples: 2 ** 31, dataBytes: 2 ** 32 - 1 }],
    });
    await expect(read(bytes)).rejects.toMatchObject({ code: 'truncated' });
  });

  test('a trace too long for memory is refused before it is read, and costs the others nothing', async () => {
    const giant = 2 ** 27;
    const head = seg2Bytes({ traces: [{ ...trace(1), samples: giant, dataBytes: 4 * giant }] });
    let read = 0;
    const source = {
      name: 'giant.dat',
      size: head.length + 4 * giant,
      readSync(at: number, into: Uint8Array) {
        read += into.length;
        into.fill(0).set(head.subarray(at, at + into.length));
        return into.length;
      },
      read: async (at: number, into: Uint8Array) => source.readSync(at, into),
    };
    await expect(seg2.open(source, {})).rejects.toMatchObject({ code: 'too-large' });
    expect(read).toBeLessThan(10_000);
  });

  test('65535 traces claimed in a small file', async () => {
    await expect(read(seg2Bytes({ traces: [trace(1)], declaredTraces: 65535 }))).rejects.toMatchObject({
      code: 'truncated',
    });
  });

  test('no traces', async () => {
    await expect(read(seg2Bytes({ traces: [] }))).rejects.toMatchObject({ code: 'empty' });
  });

  test('one broken descriptor costs one trace', async () => {
    const shot = await only(
      seg2Bytes({ traces: [trace(1), { ...trace(2), id: 0x1111 }, { ...trace(3), code: 9 }, trace(4)] }),
    );
    expect(shot.traces.map(({ channel, index }) => [channel, index])).toEqual([
      [1, 0],
      [4, 3],
    ]);
    expect(codes(shot)).toEqual(['malformed-trace', 'malformed-trace']);
  });

  test('a trace that claims the samples of the next one is read up to it', async () => {
    const shot = await only(seg2Bytes({ traces: [{ ...trace(1), samples: 400 }, trace(2)] }));
    expect(shot.traces.map(({ count }) => count)).toEqual([4, 4]);
    expect(codes(shot)).toEqual(['sample-count']);
    expect([...shot.amplitudes]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  });

  test('pointers to the same trace count once', async () => {
    const bytes = seg2Bytes({ traces: [trace(1), trace(2)] });
    bytes.copyWithin(36, 32, 36);
    const shot = await only(bytes);
    expect([shot.traces.length, codes(shot)]).toEqual([1, ['malformed-trace', 'trailing-bytes']]);
  });

  test('any bytes changed: a result or a clear error, in bounded time and memory', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 12 }),
        async (changes) => {
          const bytes = whole.slice();
          for (const [at, value] of changes) bytes[at] = value;
          bytes.set([0x55, 0x3a, 1, 0]);
          try {
            for await (const shot of (await seg2.open(memorySource('mutated', bytes), {})).shots())
              expect(shot.amplitudes.length).toBeLessThanOrEqual(bytes.length);
          } catch (error) {
            expect(error).toMatchObject({ _tag: 'RecordError' });
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('the writer', () => {
  const shotWith = (values: number[][], change: Partial<Shot> = {}): Shot => ({
    ffid: 2001,
    sourcePoint: 7,
    amplitudes: Float32Array.from(values.flat()),
    samples: samples(values[0].length),
    sampleInterval: ms(0.125),
    firstSample: { time: ms(-10), from: 'test' },
    source: { x: metres(-4), y: metres(0), z: metres(0) },
    recorder: 'GEOMETRICS SmartSeis',
    recordedAt: '2018-03-07T03:12:45',
    problems: [],
    traces: values.map(
      (row, i): Trace => ({
        index: i,
        channel: i + 1,
        kind: 'seismic',
        receiver: { x: metres(2.5 * i), y: metres(0), z: metres(0) },
        offset: metres(2.5 * i + 4),
        start: samples(0),
        count: samples(row.length),
        descale: { factor: 0.0011999, unit: 'mV' },
      }),
    ),
    ...change,
  });

  test('what is written is read back', async () => {
    const shot = shotWith([
      [1, -2.25, 3e-6],
      [4, 5, -6e9],
    ]);
    const back = await only(writeSeg2(shot));
    expect(back).toEqual({ ...shot, firstSample: { time: -10, from: 'SEG-2 DELAY -0.01 s: pre-trigger' } });
  });

  test.each([1, 2, 4, 5] as const)('sample format %i keeps whole numbers', async (sampleFormat) => {
    const shot = shotWith([[1, -2, 32767, -32768, 0]]);
    expect([...(await only(writeSeg2(shot, { sampleFormat }))).amplitudes]).toEqual([...shot.amplitudes]);
  });

  test('packed samples keep 15 bits of each value', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -(2 ** 29), max: 2 ** 29 }), { minLength: 1, maxLength: 9 }),
        async (values) => {
          const back = await only(writeSeg2(shotWith([values]), { sampleFormat: 3 }));
          for (const [i, value] of values.entries())
            expect(Math.abs(back.amplitudes[i] - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -14);
        },
      ),
    );
  });

  test('integers are clipped, and what is no number becomes zero', async () => {
    const back = await only(writeSeg2(shotWith([[1e9, -1e9, Number.NaN, 1.4]]), { sampleFormat: 1 }));
    expect([...back.amplitudes]).toEqual([32767, -32768, 0, 1]);
  });

  test('traces of different start keep their own times, and a SUMMIT is not taken for one that turns the sign', async () => {
    const shot = shotWith([[0, 0, 3, 4]], { recorder: 'DMT_SUMMIT', firstSample: { time: ms(20), from: 'test' } });
    const [trace] = shot.traces;
    const back = await only(writeSeg2({ ...shot, traces: [{ ...trace, start: samples(2), count: samples(2) }] }));
    expect([back.firstSample.time, [...back.amplitudes]]).toEqual([20.25, [3, 4]]);
  });
});
