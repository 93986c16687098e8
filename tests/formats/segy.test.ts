/** SEG-Y read from bytes put together by hand: encodings, orders, lengths, shots, geometry, and the ways in which headers lie. */
import { describe, expect, it } from 'vitest';
import { HEAD_BYTES } from '#shared/formats/format.ts';
import { segy } from '#shared/formats/segy/segy.ts';
import { type OpenOptions, row, type Shot } from '#shared/gather.ts';
import { memorySource } from '#shared/source.ts';
import { metres, ms } from '#shared/units.ts';
import {
  all,
  ascii,
  floats,
  hex,
  joined,
  type Order,
  pairsSwapped,
  segyBytes,
  type TraceBytes,
  type Word,
} from './segy-bytes.ts';

async function read(bytes: Uint8Array, options: OpenOptions = {}) {
  const source = memorySource('line.sgy', bytes);
  expect(segy.recognises(bytes.subarray(0, HEAD_BYTES), source)).toBe(true);
  const recording = await segy.open(source, options);
  const shots: Shot[] = await all(recording.shots());
  const headers: Shot[] = await all(recording.shots({ amplitudes: false }));
  // Headers alone tell the same, but for the amplitudes.
  expect(headers).toEqual(shots.map((shot) => ({ ...shot, amplitudes: new Float32Array(0) })));
  return { recording, shots };
}

const binary = (format: number, samples: number, intervalUs = 1000): Word[] => [
  [3217, 'u16', intervalUs],
  [3221, 'u16', samples],
  [3225, 'i16', format],
];

/** A trace of IEEE floats with the words every recorder fills in. */
const trace = (
  ffid: number,
  channel: number,
  values: readonly number[],
  words: readonly Word[] = [],
  order: Order = 'big',
): TraceBytes => ({
  words: [
    [9, 'i32', ffid],
    [13, 'i32', channel],
    [29, 'i16', 1],
    [115, 'u16', values.length],
    [117, 'u16', 1000],
    ...words,
  ],
  samples: floats(values, order),
});

const ramp = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i);
const codes = (shot: Shot) => shot.problems.map(({ code }) => code);

describe('sample formats', () => {
  const encoded: [number, string, number, number[]][] = [
    [1, '41100000 C276A000 40800000', 4, [1, -118.625, 0.5]],
    [2, '00000001 FFFFFFFE 00010000', 4, [1, -2, 65536]],
    [3, '0001 FFFE 7FFF', 2, [1, -2, 32767]],
    // Gain code: 8 bits unused, exponent 0, 1, 3; sign and 15 bits: 5, -6/2, 16/8
    [4, '00000005 00018006 00030010', 4, [5, -3, 2]],
    [5, '3F800000 C0000000 40490FDB', 4, [1, -2, Math.fround(Math.PI)]],
    [6, '3FF0000000000000 C000000000000000 3FE0000000000000', 8, [1, -2, 0.5]],
    [7, '000001 FFFFFE 010000', 3, [1, -2, 65536]],
    [8, '01 FE 7F', 1, [1, -2, 127]],
    [9, '0000000000000001 FFFFFFFFFFFFFFFE 0000000000010000', 8, [1, -2, 65536]],
    [10, '00000001 80000000 00010000', 4, [1, 2147483648, 65536]],
    [11, '0001 FFFE 7FFF', 2, [1, 65534, 32767]],
    [12, '0000000000000001 8000000000000000 0000000000010000', 8, [1, 2 ** 63, 65536]],
    [15, '000001 FFFFFE 010000', 3, [1, 16777214, 65536]],
    [16, '01 FE 7F', 1, [1, 254, 127]],
  ];

  it.each(encoded)('code %i', async (format, digits, width, values) => {
    for (const order of ['big', 'little'] as const) {
      const samples = hex(digits);
      if (order === 'little')
        for (let at = 0; at < samples.length; at += width) samples.subarray(at, at + width).reverse();
      const one = { ...trace(1, 1, [0, 0, 0]), samples };
      const { recording, shots } = await read(
        segyBytes({
          order,
          words: binary(format, 3),
          traces: [one, { ...one, words: [...one.words!, [13, 'i32', 2]] }],
        }),
      );
      expect(recording).toMatchObject({ format: 'segy', byteOrder: order, sampleFormat: format, problems: [] });
      expect([...shots[0].amplitudes]).toEqual([...values, ...values]);
      expect(shots[0].traces.map(({ channel }) => channel)).toEqual([1, 2]);
    }
  });

  /** Decaying noise over many octaves, as a seismic trace has it. */
  const noise = (seed: number) =>
    Array.from({ length: 500 }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const sign = seed & 0x10000 ? 1 : -1;
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.fround(sign * 10 ** (4 * (seed / 2 ** 32)));
    });
  const traces = [1, 2, 3].map((channel) => noise(channel));

  it('takes IEEE floats for what they are where IBM is announced', async () => {
    const bytes = segyBytes({ words: binary(1, 500), traces: traces.map((values, i) => trace(1, i + 1, values)) });
    const { recording, shots } = await read(bytes);
    expect(recording.sampleFormat).toBe(1);
    expect(recording.problems).toMatchObject([{ code: 'sample-format' }]);
    expect([...row(shots[0], 1)]).toEqual(traces[1]);
    const asked = await read(bytes, { sampleFormat: 1 });
    expect(row(asked.shots[0], 1)[0]).not.toBe(traces[1][0]);
  });

  it('takes IBM floats for what they are where IEEE is announced, and believes a true announcement', async () => {
    const ibm = (value: number): number => {
      const exponent = Math.floor(Math.log2(Math.abs(value)) / 4) + 1;
      const fraction = Math.floor(Math.abs(value) * 16 ** -exponent * 2 ** 24);
      return ((value < 0 ? 0x80000000 : 0) | ((exponent + 64) << 24) | fraction) >>> 0;
    };
    const samples = traces.map((values) => {
      const view = new DataView(new ArrayBuffer(4 * values.length));
      values.forEach((value, i) => {
        view.setUint32(4 * i, ibm(value));
      });
      return new Uint8Array(view.buffer);
    });
    for (const announced of [5, 1]) {
      const { recording, shots } = await read(
        segyBytes({
          words: binary(announced, 500),
          traces: samples.map((bytes, i) => ({ ...trace(1, i + 1, traces[i]), samples: bytes })),
        }),
      );
      expect(recording.problems.map(({ code }) => code)).toEqual(announced === 5 ? ['sample-format'] : []);
      row(shots[0], 2).forEach((value, i) => {
        expect(Math.abs(value / traces[2][i] - 1)).toBeLessThan(1e-5);
      });
    }
  });

  it.each([
    ['big', 'little'],
    ['little', 'big'],
  ] as const)('finds samples in %s-endian headers to be %s-endian', async (order, sampleOrder) => {
    const { recording, shots } = await read(
      segyBytes({
        order,
        words: binary(5, 500),
        traces: traces.map((values, i) => trace(1, i + 1, values, [], sampleOrder)),
      }),
    );
    expect(recording.problems).toMatchObject([{ code: 'sample-byte-order' }]);
    expect([...row(shots[0], 0)]).toEqual(traces[0]);
  });

  it.each([ascii(), new Uint8Array(3200)])('refuses codes that no revision knows, naming them', async (text) => {
    for (const format of [0, 13, 99]) {
      const bytes = segyBytes({ text, words: binary(format, 3), traces: [trace(1, 1, [1, 2, 3])] });
      const source = memorySource('line.sgy', bytes);
      expect(segy.recognises(bytes, source)).toBe(true);
      await expect(segy.open(source, {})).rejects.toMatchObject({
        code: 'malformed',
        message: expect.stringContaining(
          `SEG-Y sample format code of 1–12, 15 or 16 in bytes 3225–3226, found ${format}`,
        ),
      });
    }
  });
});

describe('byte orders', () => {
  const words = (order: Order): Word[] => [[1, 'i32', 1], [5, 'i32', 1], ...(order ? [] : [])];
  const file = (constant: Word[]) =>
    segyBytes({
      words: [...binary(5, 4), ...constant],
      traces: [trace(300, 1, [1, -2, 3, -4], words('big')), trace(300, 2, [5, -6, 7, -8], [[1, 'i32', 2]])],
    });

  it('reads pairs exchanged, announced by the constant of revision 2, text left alone', async () => {
    const { recording, shots } = await read(
      pairsSwapped(
        file([
          [3297, 'u32', 0x01020304],
          [3501, 'u8', 2],
        ]),
        3200,
      ),
    );
    expect(recording).toMatchObject({ byteOrder: 'pair-swapped', revision: '2.0' });
    expect(recording.text[0]).toBe('C 1 TEST');
    expect(shots[0].ffid).toBe(300);
    expect([...shots[0].amplitudes]).toEqual([1, -2, 3, -4, 5, -6, 7, -8]);
  });

  it('reads pairs exchanged throughout, with nothing to announce it', async () => {
    const { recording, shots } = await read(pairsSwapped(file([]), 0));
    expect(recording.byteOrder).toBe('pair-swapped');
    expect(shots[0].ffid).toBe(300);
    expect([...shots[0].amplitudes]).toEqual([1, -2, 3, -4, 5, -6, 7, -8]);
  });
});

describe('where traces begin', () => {
  const traces = [trace(7, 1, [1, 2, 3]), trace(7, 2, [4, 5, 6])];
  const values = [1, 2, 3, 4, 5, 6];

  it('after extended texts, counted', async () => {
    const { recording, shots } = await read(
      segyBytes({
        words: [...binary(5, 3), [3501, 'u8', 1], [3505, 'i16', 2]],
        after: [ascii('first'), ascii('second')],
        traces,
      }),
    );
    expect(recording.text).toContain('second');
    expect([...shots[0].amplitudes]).toEqual(values);
  });

  it.each(['((SEG: EndText))', '((  SEG:  EndText  ))'])('after extended texts until %s', async (stanza) => {
    const { shots } = await read(
      segyBytes({
        words: [...binary(5, 3), [3501, 'u8', 1], [3505, 'i16', -1]],
        after: [ascii('((JP: x))'), ascii('y'), ascii(stanza)],
        traces,
      }),
    );
    expect([...shots[0].amplitudes]).toEqual(values);
  });

  it('right away where extended texts are announced but missing', async () => {
    const { recording, shots } = await read(
      segyBytes({
        words: [...binary(5, 3), [3501, 'u8', 1], [3505, 'i16', 1]],
        traces: [...traces, ...Array(20).fill(traces[1])],
      }),
    );
    expect(recording.problems).toMatchObject([{ code: 'text-header-count' }]);
    expect([...shots[0].amplitudes.subarray(0, 6)]).toEqual(values);
  });

  it('after a tape label of 128 bytes', async () => {
    const label = ascii('   1SY1.0RECORD  7200', 128);
    const { recording, shots } = await read(
      joined([label, segyBytes({ words: [...binary(5, 3), [3501, 'u8', 1]], traces })]),
    );
    expect(recording.text[0]).toBe('C 1 TEST');
    expect([...shots[0].amplitudes]).toEqual(values);
  });

  it('where revision 2 says, and before its trailers', async () => {
    const rev2: Word[] = [...binary(5, 3), [3501, 'u8', 2], [3521 + 4, 'u32', 3700], [3529, 'i32', 2]];
    const { shots } = await read(
      segyBytes({
        words: rev2,
        after: [new Uint8Array(100)],
        traces: [...traces, { samples: new Uint8Array(6400 - 240) }],
      }),
    );
    expect(shots).toHaveLength(1);
    expect([...shots[0].amplitudes]).toEqual(values);
  });

  it('with the revision written as a number of the other order', async () => {
    const { recording } = await read(segyBytes({ words: [...binary(5, 3), [3502, 'u8', 1]], traces }));
    expect(recording.revision).toBe('1.0');
  });

  it('with a text header of nothing but zeros', async () => {
    const { recording, shots } = await read(segyBytes({ text: new Uint8Array(3200), words: binary(5, 3), traces }));
    expect(recording.text).toEqual([]);
    expect([...shots[0].amplitudes]).toEqual(values);
  });

  it('decodes EBCDIC', async () => {
    // "C 1 CLIENT: Abc-9" and blanks
    const text = new Uint8Array(3200).fill(0x40);
    text.set(hex('C340F140C3D3C9C5D5E37A40C1828360F9'));
    const { recording } = await read(segyBytes({ text, words: binary(5, 3), traces }));
    expect(recording.text).toEqual(['C 1 CLIENT: Abc-9']);
  });
});

describe('how long traces are', () => {
  it('each as its own header says', async () => {
    const { shots } = await read(
      segyBytes({ words: binary(5, 4), traces: [trace(1, 1, ramp(4)), trace(1, 2, ramp(6)), trace(1, 3, ramp(3))] }),
    );
    expect(shots).toHaveLength(1);
    expect(shots[0].samples).toBe(6);
    expect(shots[0].traces.map(({ start, count }) => [start, count])).toEqual([
      [0, 4],
      [0, 6],
      [0, 3],
    ]);
    expect([...row(shots[0], 2)]).toEqual([1, 2, 3, 0, 0, 0]);
  });

  it('as the binary header says where its flag is set, whatever the traces say', async () => {
    const lying = ramp(3).map((channel) => trace(1, channel, ramp(5), [[115, 'u16', 77]]));
    const { shots } = await read(
      segyBytes({ words: [...binary(5, 5), [3501, 'u8', 1], [3503, 'i16', 1]], traces: lying }),
    );
    expect(shots[0].traces.map(({ count }) => count)).toEqual([5, 5, 5]);
  });

  it('as fits the file where flag and binary header are wrong', async () => {
    const { shots } = await read(
      segyBytes({
        words: [...binary(5, 9), [3501, 'u8', 1], [3503, 'i16', 1]],
        traces: ramp(4).map((c) => trace(1, c, ramp(5))),
      }),
    );
    expect(shots[0].traces.map(({ count }) => count)).toEqual([5, 5, 5, 5]);
  });

  it('more than 32767 samples', async () => {
    const { shots } = await read(segyBytes({ words: binary(5, 40000), traces: [trace(1, 1, ramp(40000))] }));
    expect(shots[0].samples).toBe(40000);
    expect(shots[0].amplitudes[39999]).toBe(40000);
  });

  it('ignores what revision 0 has where revision 2 keeps a sample count', async () => {
    const { shots } = await read(
      segyBytes({ words: [...binary(5, 3), [3269, 'i32', 51488]], traces: [trace(1, 1, [1, 2, 3])] }),
    );
    expect(shots[0].samples).toBe(3);
  });

  it('70000 samples at 62.5 µs, by the extension of revision 2', async () => {
    const extension: Word[] = [
      [21, 'u32', 4_000_000_000 % 2 ** 31],
      [97, 'f64', 512345.678],
      [105, 'f64', 5412345.125],
      [113, 'f64', 512350.678],
      [121, 'f64', 5412345.125],
      [129, 'f64', 5.0],
      [137, 'u32', 70000],
      [145, 'f64', 62.5],
      ...[...'SEG00001'].map((letter, i): Word => [233 + i, 'u8', letter.charCodeAt(0)]),
    ];
    const one: TraceBytes = {
      ...trace(1, 1, ramp(70000), [
        [115, 'u16', 0],
        [117, 'u16', 63],
      ]),
      more: [extension],
    };
    const { shots } = await read(
      segyBytes({ words: [...binary(5, 0, 63), [3501, 'u8', 2], [3507, 'u16', 1]], traces: [one, one] }),
    );
    expect(shots[0]).toMatchObject({
      ffid: 4_000_000_000 % 2 ** 31,
      samples: 70000,
      sampleInterval: 0.0625,
      source: { x: 512345.678, y: 5412345.125 },
    });
    expect(shots[0].traces[1]).toMatchObject({ index: 1, offset: 5, receiver: { x: 512350.678 } });
    expect(shots[0].amplitudes[139999]).toBe(70000);
  });

  it('as PASSCAL says where 16 bits do not suffice', async () => {
    const words: Word[] = [
      [115, 'u16', 32767],
      [229, 'i32', 33000],
      [117, 'u16', 1],
      [201, 'i32', 50],
    ];
    const { shots } = await read(
      segyBytes({
        words: binary(5, 32767, 1),
        traces: [trace(1, 1, ramp(33000), words), trace(1, 2, ramp(33000), words)],
      }),
    );
    expect(shots[0]).toMatchObject({ samples: 33000, sampleInterval: 0.05 });
  });
});

describe('damage', () => {
  const whole = segyBytes({
    words: binary(5, 3),
    traces: ramp(4).map((channel) => trace(9, channel, ramp(3, channel))),
  });
  const step = 240 + 12;

  it.each([
    ['in the samples', 3600 + 3 * step + 244, 3],
    ['in a header', 3600 + 2 * step + 100, 2],
    ['after one byte', 3600 + step + 1, 1],
  ])('a tail cut %s costs that trace alone', async (_where, length, traces) => {
    const { shots } = await read(whole.subarray(0, length));
    expect(shots).toHaveLength(1);
    expect(shots[0].traces).toHaveLength(traces);
    expect(shots[0].problems).toMatchObject([
      { code: 'truncated-tail', message: expect.stringContaining(`trace ${traces} at byte ${3600 + traces * step}`) },
    ]);
    expect(shots[0].amplitudes[0]).toBe(1);
  });

  it.each([
    ['text alone', 3200, 'truncated', 'expected 3600 bytes of SEG-Y file header, found 3200'],
    ['headers alone', 3600, 'empty', 'expected SEG-Y traces from byte 3600 on'],
    [
      'less than a trace',
      3600 + 250,
      'truncated',
      'expected a SEG-Y trace of 252 bytes (3 samples) at byte 3600, found 250',
    ],
  ] as const)('%s is refused with a line that says so', async (_what, length, code, message) => {
    const bytes = whole.subarray(0, length);
    expect(segy.recognises(bytes, memorySource('cut.sgy', bytes))).toBe(true);
    await expect(segy.open(memorySource('cut.sgy', bytes), {})).rejects.toMatchObject({
      code,
      file: 'cut.sgy',
      message: expect.stringContaining(message),
    });
  });

  it('a sample count of zero everywhere is named', async () => {
    const bytes = segyBytes({ words: binary(5, 0), traces: [trace(1, 1, [1, 2, 3], [[115, 'u16', 0]])] });
    await expect(segy.open(memorySource('zero.sgy', bytes), {})).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('sample count'),
    });
  });

  it('a count of 2³¹ samples in a small file allocates nothing', async () => {
    const bytes = segyBytes({
      words: [...binary(5, 0), [3269, 'u32', 2 ** 31], [3501, 'u8', 2]],
      traces: [trace(1, 1, [1, 2, 3], [[115, 'u16', 0]])],
    });
    await expect(segy.open(memorySource('huge.sgy', bytes), {})).rejects.toMatchObject({ code: 'truncated' });
  });

  it('a corrupted count in one header is passed over by the count of the others', async () => {
    const bytes = Uint8Array.from(whole);
    new DataView(bytes.buffer).setUint16(3600 + 2 * step + 114, 60000);
    const { shots } = await read(bytes);
    expect(shots[0].traces).toHaveLength(4);
    expect([...row(shots[0], 3)]).toEqual([4, 5, 6]);
  });

  it('no interval anywhere: traces come, the interval is unknown', async () => {
    const { shots } = await read(
      segyBytes({ words: binary(5, 3, 0), traces: [trace(1, 1, [1, 2, 3], [[117, 'u16', 0]])] }),
    );
    expect(shots[0].sampleInterval).toBeUndefined();
    expect(codes(shots[0])).toEqual(['no-sample-interval']);
    const given = await read(
      segyBytes({ words: binary(5, 3, 0), traces: [trace(1, 1, [1, 2, 3], [[117, 'u16', 0]])] }),
      {
        sampleInterval: ms(0.5),
      },
    );
    expect(given.shots[0].sampleInterval).toBe(0.5);
  });

  it.each([
    ['trace over binary header', 2000, 500, 0.5],
    ['binary header where the trace has none', 2000, 0, 2],
    ['binary header where the trace has a negative one', 2000, 40536, 2],
    ['trace where the binary header has a negative one', 63536, 4000, 4],
  ])('interval: %s', async (_which, inFile, inTrace, interval) => {
    const { shots } = await read(
      segyBytes({ words: binary(5, 3, inFile), traces: [trace(1, 1, [1, 2, 3], [[117, 'u16', inTrace]])] }),
    );
    expect(shots[0].sampleInterval).toBe(interval);
  });
});

describe('time', () => {
  const shotWith = async (words: Word[], file: Word[] = [], options: OpenOptions = {}) =>
    (await read(segyBytes({ words: [...binary(5, 3), ...file], traces: [trace(1, 1, [1, 2, 3], words)] }), options))
      .shots[0];
  const rev1: Word[] = [[3501, 'u8', 1]];

  it.each([
    ['plain', [[109, 'i16', -100]], [], -100, 'bytes 109–110'],
    [
      'scaled down',
      [
        [109, 'i16', 10000],
        [215, 'i16', -10],
      ],
      rev1,
      1000,
      'divided by 10',
    ],
    [
      'below a millisecond',
      [
        [109, 'i16', -625],
        [215, 'i16', -10000],
      ],
      rev1,
      -0.0625,
      'divided by 10000',
    ],
    [
      'scaled up',
      [
        [109, 'i16', 5],
        [215, 'i16', 10],
      ],
      rev1,
      50,
      'times 10',
    ],
    [
      'a scalar that is none',
      [
        [109, 'i16', 7],
        [215, 'i16', 20],
      ],
      rev1,
      7,
      'delay 7 ms',
    ],
    [
      'a scalar before revision 1',
      [
        [109, 'i16', 7],
        [215, 'i16', 10],
      ],
      [],
      7,
      'delay 7 ms',
    ],
  ] as [string, Word[], Word[], number, string][])('delay: %s', async (_which, words, file, time, from) => {
    const { firstSample } = await shotWith(words, file);
    expect(firstSample.time).toBe(time);
    expect(firstSample.from).toContain(from);
  });

  it('the time of the shot as given overrides', async () => {
    const { firstSample } = await shotWith([[109, 'i16', -100]], [], { timeZero: ms(50) });
    expect(firstSample).toEqual({ time: -50, from: 'given: shot 50 ms after the first sample' });
  });

  it.each([
    [[2024, 60, 13, 14, 15, 2], '2024-02-29T13:14:15Z'],
    [[99, 365, 23, 59, 58, 1], '1999-12-31T23:59:58'],
    [[5, 1, 0, 0, 0, 4], '2005-01-01T00:00:00Z'],
    [[0, 0, 0, 0, 0, 0], undefined],
    [[2024, 400, 0, 0, 0, 1], undefined],
  ])('date %j', async (values, iso) => {
    const shot = await shotWith(values.map((value, i): Word => [157 + 2 * i, 'i16', value]));
    expect(shot.recordedAt).toBe(iso);
  });

  it('traces that begin at different times share an axis', async () => {
    const { shots } = await read(
      segyBytes({
        words: binary(5, 4),
        traces: [
          trace(1, 1, ramp(4), [[109, 'i16', 10]]),
          trace(1, 2, ramp(4), [[109, 'i16', 8]]),
          trace(1, 3, ramp(4), [[109, 'i16', 9]]),
        ],
      }),
    );
    expect(shots).toHaveLength(1);
    expect(shots[0]).toMatchObject({ samples: 6, firstSample: { time: 8 } });
    expect(shots[0].traces.map(({ start, count }) => [start, count])).toEqual([
      [2, 4],
      [0, 4],
      [1, 4],
    ]);
    expect([0, 1, 2].map((i) => [...row(shots[0], i)])).toEqual([
      [0, 0, 1, 2, 3, 4],
      [1, 2, 3, 4, 0, 0],
      [0, 1, 2, 3, 4, 0],
    ]);
  });

  it('traces that lie too far apart, or between samples, become shots of their own', async () => {
    const { shots } = await read(
      segyBytes({
        words: [...binary(5, 4), ...rev1],
        traces: [
          trace(1, 1, ramp(4)),
          trace(1, 2, ramp(4), [[109, 'i16', 3000]]),
          trace(1, 3, ramp(4), [
            [109, 'i16', 30005],
            [215, 'i16', -10],
          ]),
        ],
      }),
    );
    expect(shots.map(({ firstSample, traces }) => [firstSample.time, traces[0].index])).toEqual([
      [0, 0],
      [3000, 1],
      [3000.5, 2],
    ]);
  });
});

describe('shots', () => {
  const split = async (traces: TraceBytes[]) =>
    (await read(segyBytes({ words: binary(5, 3), traces }))).shots.map((shot) => [
      shot.ffid,
      shot.sourcePoint,
      shot.traces.map(({ index }) => index),
    ]);
  const at = (words: Word[]) => trace(0, 1, [1, 2, 3], words);

  it('by field record, in file order', async () =>
    expect(await split([3, 3, 5, 5, 5, 4].map((ffid) => trace(ffid, 1, [1, 2, 3])))).toEqual([
      [3, undefined, [0, 1]],
      [5, undefined, [2, 3, 4]],
      [4, undefined, [5]],
    ]));

  it('by source point where the field record is constant', async () =>
    expect(await split([10, 10, 10, 11, 11, 11].map((point) => at([[17, 'i32', point]])))).toEqual([
      [0, 10, [0, 1, 2]],
      [0, 11, [3, 4, 5]],
    ]));

  it('by source position where that alone changes', async () =>
    expect(
      await split(
        [0, 0, 0, 50, 50, 50].map((x) =>
          at([
            [73, 'i32', x],
            [81, 'i32', 7],
          ]),
        ),
      ),
    ).toEqual([
      [0, undefined, [0, 1, 2]],
      [0, undefined, [3, 4, 5]],
    ]));

  it('not by source points that count traces', async () =>
    expect(await split(ramp(6).map((point) => at([[17, 'i32', point]])))).toEqual([[0, 1, [0, 1, 2, 3, 4, 5]]]));

  it('apart where the interval differs', async () =>
    expect(await split([1000, 1000, 500].map((us, i) => trace(2, i, [1, 2, 3], [[117, 'u16', us]])))).toEqual([
      [2, undefined, [0, 1]],
      [2, undefined, [2]],
    ]));

  it('kinds of traces', async () => {
    const ids = [0, 1, 2, 3, 4, 6, 10, 11, 12, 14, 18, 21, 16385, 16386];
    const { shots } = await read(
      segyBytes({ words: binary(5, 3), traces: ids.map((id, i) => trace(1, i, [1, 2, 3], [[29, 'i16', id]])) }),
    );
    const [s, d, a] = ['seismic', 'dead', 'auxiliary'];
    expect(shots[0].traces.map(({ kind }) => kind)).toEqual([s, s, d, d, a, a, a, s, s, s, a, a, s, d]);
  });

  it('weighting is kept beside the amplitudes, not applied', async () => {
    const { shots } = await read(
      segyBytes({
        words: [...binary(5, 3), [3501, 'u8', 1]],
        traces: [
          trace(
            1,
            1,
            [1, 2, 3],
            [
              [169, 'i16', 10],
              [203, 'i16', 3],
            ],
          ),
        ],
      }),
    );
    expect(shots[0].traces[0].descale).toEqual({ factor: 2 ** -10, unit: 'mV' });
    expect([...shots[0].amplitudes]).toEqual([1, 2, 3]);
  });
});

describe('geometry', () => {
  const shoot = async (words: (i: number) => Word[], file: Word[] = []) => {
    const { recording, shots } = await read(
      segyBytes({
        words: [...binary(5, 3), ...file],
        traces: [0, 1, 2, 3].map((i) => trace(1, i + 1, [1, 2, 3], words(i))),
      }),
    );
    return { problems: [...recording.problems, ...shots[0].problems].map(({ code }) => code), shot: shots[0] };
  };
  const offsets = (shot: Shot) => shot.traces.map(({ offset }) => offset);

  it('coordinates under their scalar', async () => {
    const { shot, problems } = await shoot((i) => [
      [41, 'i32', 12345],
      [45, 'i32', 12000],
      [49, 'i32', 500],
      [69, 'i16', -100],
      [71, 'i16', -10],
      [73, 'i32', 5000],
      [77, 'i32', 70],
      [81, 'i32', 5030 + 40 * i],
      [85, 'i32', 30],
    ]);
    expect(shot.source).toEqual({ x: 500, y: 7, z: 115 });
    expect(shot.traces[1].receiver).toEqual({ x: 507, y: 3, z: 123.45 });
    expect(offsets(shot)[0]).toBe(5);
    expect(problems).toEqual([]);
  });

  it('a scalar of 0 means 1', async () => {
    const { shot } = await shoot((i) => [
      [73, 'i32', 10],
      [81, 'i32', 12 + i],
    ]);
    expect(offsets(shot)).toEqual([2, 3, 4, 5]);
  });

  it('feet become metres, and it is said', async () => {
    const { shot, problems } = await shoot(
      (i) => [
        [37, 'i32', -100 * (i + 1)],
        [73, 'i32', 100],
        [81, 'i32', 200 + 100 * i],
      ],
      [[3255, 'i16', 2]],
    );
    expect(problems).toEqual(['units-feet']);
    expect(shot.source?.x).toBeCloseTo(30.48, 9);
    expect(offsets(shot)[3]).toBeCloseTo(-121.92, 9);
  });

  it('degrees are no metres', async () => {
    const { shot, problems } = await shoot((i) => [
      [73, 'i32', 100],
      [81, 'i32', 200 + i],
      [89, 'i16', 2],
    ]);
    expect(problems).toEqual(['coordinates-not-metres']);
    expect(shot.source).toBeUndefined();
    expect(offsets(shot)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('all zeros are unknown, not zero', async () => {
    const { shot } = await shoot(() => []);
    expect(shot.source).toBeUndefined();
    expect(shot.traces[0]).not.toHaveProperty('receiver');
    expect(shot.traces[0]).not.toHaveProperty('offset');
  });

  it('a source at the origin of a local line is one, far from it it is missing', async () => {
    const local = await shoot((i) => [[81, 'i32', 5 * i]]);
    expect(local.shot.source).toEqual({ x: 0, y: 0, z: 0 });
    expect(offsets(local.shot)).toEqual([0, 5, 10, 15]);
    const map = await shoot((i) => [
      [81, 'i32', 500000 + 5 * i],
      [85, 'i32', 5000000],
    ]);
    expect(map.shot.source).toBeUndefined();
    expect(offsets(map.shot)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('offsets are as the header has them, zero among others', async () =>
    expect(offsets((await shoot((i) => [[37, 'i32', 10 * (i - 1)]])).shot)).toEqual([-10, 0, 10, 20]));

  it('offsets rounded to metres take the rest from the coordinates, offsets in decimetres are put right', async () => {
    const place = (i: number): Word[] => [
      [71, 'i16', -10],
      [81, 'i32', 25 * (i + 1)],
    ];
    const rounded = await shoot((i) => [...place(i), [37, 'i32', -Math.round(2.5 * (i + 1))]]);
    expect(offsets(rounded.shot)).toEqual([-2.5, -5, -7.5, -10]);
    const decimetres = await shoot((i) => [...place(i), [37, 'i32', 25 * (i + 1)]]);
    expect(offsets(decimetres.shot)).toEqual([2.5, 5, 7.5, 10].map(metres));
    expect(decimetres.problems).toEqual(['offset-scale']);
  });
});

describe('recognition', () => {
  const is = (bytes: Uint8Array) => segy.recognises(bytes.subarray(0, HEAD_BYTES), memorySource('x', bytes));
  const noise = (seed: number) =>
    Uint8Array.from({ length: 20000 }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed >>> 24;
    });

  it('passes over what is not SEG-Y', () => {
    for (let seed = 1; seed <= 300; seed++) expect(is(noise(seed))).toBe(false);
    expect(is(new Uint8Array(20000))).toBe(false);
    expect(is(ascii('time,amplitude\n'.repeat(1000), 12000))).toBe(false);
    expect(is(ascii('C 1 a letter to the client\n'.repeat(1000), 12000))).toBe(false);
    expect(is(joined([hex('553A 0100'), noise(1)]))).toBe(false);
    expect(is(new Uint8Array(0))).toBe(false);
    expect(is(hex('1F8B0800'))).toBe(false);
  });
});
