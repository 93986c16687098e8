/** What is written as SEG-Y reads back the same, and lies in the file where the standard says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toIbm, WRITABLE_FORMATS } from '#shared/formats/segy/encode.ts';
import { segy } from '#shared/formats/segy/segy.ts';
import { type SegyOptions, writeSegy } from '#shared/formats/segy/write.ts';
import { row, type Shot, type Trace } from '#shared/gather.ts';
import { memorySource } from '#shared/source.ts';
import { metres, ms, samples } from '#shared/units.ts';
import { all, joined } from './segy-bytes.ts';

const write = async (shots: readonly Shot[], options: SegyOptions = {}) => joined(await all(writeSegy(shots, options)));

async function back(bytes: Uint8Array) {
  const source = memorySource('written.sgy', bytes);
  expect(segy.recognises(bytes.subarray(0, 8192), source)).toBe(true);
  const recording = await segy.open(source, {});
  expect(recording.problems).toEqual([]);
  return { recording, shots: await all(recording.shots()) };
}

function shotOf(
  values: readonly (readonly number[])[],
  more: Partial<Shot> = {},
  trace: (i: number) => Partial<Trace> = () => ({}),
): Shot {
  const width = Math.max(...values.map((one) => one.length));
  const amplitudes = new Float32Array(values.length * width);
  values.forEach((one, i) => {
    amplitudes.set(one, i * width);
  });
  return {
    ffid: 12,
    amplitudes,
    samples: samples(width),
    sampleInterval: ms(0.25),
    firstSample: { time: ms(0), from: 'test' },
    traces: values.map((one, i) => ({
      index: i,
      channel: i + 1,
      kind: 'seismic',
      start: samples(0),
      count: samples(one.length),
      ...trace(i),
    })),
    problems: [],
    ...more,
  };
}

describe('writeSegy', () => {
  it('lies in the file as revision 1 has it', async () => {
    const shot = shotOf(
      [
        [1, -2],
        [3, 4],
      ],
      { firstSample: { time: ms(-12.5), from: 'test' } },
      (i) => ({
        offset: metres(-7 * i),
        receiver: { x: metres(100.5 + i), y: metres(0), z: metres(0) },
      }),
    );
    const bytes = await write([shot], { text: ['AREA: SOMEWHERE'] });
    const view = new DataView(bytes.buffer);
    expect(bytes).toHaveLength(3600 + 2 * (240 + 8));
    expect([bytes[0], bytes[1], bytes[2]]).toEqual([0xc3, 0x40, 0xf1]); // "C 1" in EBCDIC
    const binary = (at: number) => view.getInt16(at - 1);
    expect([3217, 3221, 3225, 3255, 3501, 3503, 3505].map(binary)).toEqual([250, 2, 5, 1, 0x0100, 0, 0]);
    const second = (at: number) => 3600 + 248 + at - 1;
    expect(view.getInt32(second(9))).toBe(12);
    expect(view.getInt32(second(13))).toBe(2);
    expect(view.getInt32(second(37))).toBe(-7);
    expect([29, 71, 109, 115, 117, 215].map((at) => view.getInt16(second(at)))).toEqual([1, -10, -125, 2, 250, -10]);
    expect(view.getInt32(second(81))).toBe(1015);
    expect(view.getFloat32(second(241))).toBe(3);
  });

  it.each([
    [1, {}],
    [1, { sampleFormat: 1, textCode: 'ascii' }],
    [2, {}],
    [2, { byteOrder: 'little' }],
  ] as const)('revision %i %j keeps shots, geometry, delays, kinds and lengths', async (revision, options) => {
    const shots = [7, 8].map((ffid) =>
      shotOf(
        [
          [1, 2, 3, 4],
          [5, 6, 7],
          [8, 9, 10, 11],
        ],
        {
          ffid,
          sourcePoint: 100 + ffid,
          firstSample: { time: ms(-0.5), from: 'test' },
          source: { x: metres(512345.25), y: metres(-20.5), z: metres(3.125) },
          recorder: 'Maker 24',
          recordedAt: '2023-12-31T22:59:58Z',
        },
        (i) => ({
          kind: (['seismic', 'dead', 'auxiliary'] as const)[i],
          receiver: { x: metres(512345.25 + 3 * i), y: metres(-16.5), z: metres(-1.5) },
          offset: metres([-4, 5, Math.hypot(6, 4)][i]),
          ...(i === 0 && { descale: { factor: 2 ** -7, unit: 'V' } }),
        }),
      ),
    );
    const { recording, shots: found } = await back(await write(shots, { revision, ...options }));
    expect(recording).toMatchObject({
      revision: `${revision}.0`,
      byteOrder: 'byteOrder' in options ? 'little' : 'big',
    });
    const expected = shots.map((shot, s) => ({
      ...shot,
      firstSample: { time: -0.5, from: expect.any(String) },
      traces: shot.traces.map((trace) => ({ ...trace, index: 3 * s + trace.index })),
    }));
    expect(found).toEqual(expected);
  });

  it('keeps 62.5 µs and coordinates to the last bit in revision 2; revision 1 rounds and says so', async () => {
    const shot = shotOf([[1, 2]], {
      sampleInterval: ms(0.0625),
      source: { x: metres(1 / 3), y: metres(5e6 + 1 / 7), z: metres(0) },
    });
    const two = await back(await write([shot], { revision: 2 }));
    expect(two.shots[0].sampleInterval).toBe(0.0625);
    expect(two.shots[0].source).toEqual(shot.source);
    const one = await back(await write([shot], { revision: 1 }));
    expect(one.shots[0].sampleInterval).toBe(0.063);
    expect(one.recording.text[1]).toContain('ROUNDED, IS 62.5 US');
    expect(one.shots[0].source?.x).toBeCloseTo(1 / 3, 2);
  });

  it('gives each trace its own delay and leaves padding out', async () => {
    const shot = shotOf(
      [
        [0, 0, 1, 2],
        [3, 4, 5, 6],
      ],
      { firstSample: { time: ms(-1), from: 'test' } },
      (i) => (i === 0 ? { start: samples(2), count: samples(2) } : {}),
    );
    const bytes = await write([shot]);
    expect(bytes).toHaveLength(3600 + 240 + 8 + 240 + 16);
    const [found] = (await back(bytes)).shots;
    expect(found).toMatchObject({ samples: 4, firstSample: { time: -1 } });
    expect([...row(found, 0)]).toEqual([0, 0, 1, 2]);
    expect(found.traces[0]).toMatchObject({ start: 2, count: 2 });
  });

  it.each(WRITABLE_FORMATS)('code %i keeps what it can hold, rounds and limits the rest', async (sampleFormat) => {
    const values = [0, 1, -1, 100, -128, 0.4, -3e9, Number.NaN];
    const { recording, shots } = await back(await write([shotOf([values])], { sampleFormat }));
    expect(recording.sampleFormat).toBe(sampleFormat);
    const found = [...shots[0].amplitudes];
    expect(found.slice(0, 5)).toEqual(values.slice(0, 5));
    const bits = { 2: 31, 3: 15, 7: 23, 8: 7 }[sampleFormat as number];
    if (bits) expect(found.slice(5)).toEqual([0, Math.max(-3e9, -(2 ** bits)), 0]);
    else {
      expect(found[5]).toBeCloseTo(0.4, 6);
      expect(found[6]).toBe(-3e9);
      expect(found[7]).toBe(sampleFormat === 1 ? 0 : Number.NaN);
    }
  });

  it('delays to a tenth of a microsecond', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -32767, max: 32767 }),
        fc.constantFrom(1, 10, 100, 1000, 10000),
        async (delay, scale) => {
          const shot = shotOf([[1]], { firstSample: { time: ms(delay / scale), from: 'test' } });
          const { shots } = await back(await write([shot]));
          expect(shots[0].firstSample.time).toBeCloseTo(delay / scale, 9);
        },
      ),
      { numRuns: 100, examples: [[-32767, 1000]] },
    );
  });

  it('any float32 within IBM range survives to 21 bits', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: Math.fround(-1e38), max: Math.fround(1e38) }), (value) => {
        const word = toIbm(value);
        const decoded = (word & 0xffffff) * 16 ** (((word >>> 24) & 0x7f) - 64) * 2 ** -24 * (word >>> 31 ? -1 : 1);
        expect(Math.abs(decoded - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -21);
        if (value !== 0) expect((word >>> 20) & 15).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses what it cannot write', async () => {
    const long = shotOf([new Array(65536).fill(1)]);
    await expect(write([long], { name: 'out.sgy' })).rejects.toMatchObject({ code: 'unsupported', file: 'out.sgy' });
    expect((await back(await write([long], { revision: 2 }))).shots[0].samples).toBe(65536);
    await expect(write([{ ...long, amplitudes: new Float32Array(0) }])).rejects.toMatchObject({ code: 'unsupported' });
  });
});
