/** Seismic Unix and PASSCAL traces without file headers, from bytes put together by hand. */
import { describe, expect, it } from 'vitest';
import { segy } from '#shared/formats/segy/segy.ts';
import { su } from '#shared/formats/segy/su.ts';
import { row } from '#shared/gather.ts';
import { memorySource } from '#shared/source.ts';
import { all, ascii, floats, hex, type Order, suBytes, type TraceBytes, type Word } from './segy-bytes.ts';

const words = (ffid: number, channel: number, count: number): Word[] => [
  [9, 'i32', ffid],
  [13, 'i32', channel],
  [29, 'i16', 1],
  [109, 'i16', -5],
  [115, 'u16', count],
  [117, 'u16', 500],
];
const trace = (ffid: number, channel: number, values: readonly number[], order: Order): TraceBytes => ({
  words: words(ffid, channel, values.length),
  samples: floats(values, order),
});

async function read(bytes: Uint8Array) {
  const source = memorySource('line.su', bytes);
  expect(segy.recognises(bytes.subarray(0, 8192), source)).toBe(false);
  expect(su.recognises(bytes.subarray(0, 8192), source)).toBe(true);
  const recording = await su.open(source, {});
  return { recording, shots: await all(recording.shots()) };
}

describe.each(['big', 'little'] as const)('SU, %s-endian', (order) => {
  it('reads shots by field record', async () => {
    const { recording, shots } = await read(
      suBytes([trace(4, 1, [1, -2, 3], order), trace(4, 2, [4, 5, 6], order), trace(5, 1, [7, 8, 9], order)], order),
    );
    expect(recording).toMatchObject({ format: 'su', byteOrder: order, sampleFormat: 5, problems: [] });
    expect(shots.map(({ ffid, traces }) => [ffid, traces.length])).toEqual([
      [4, 2],
      [5, 1],
    ]);
    expect(shots[0]).toMatchObject({ sampleInterval: 0.5, firstSample: { time: -5 } });
    expect([...shots[0].amplitudes]).toEqual([1, -2, 3, 4, 5, 6]);
  });

  it('reads traces of different lengths', async () => {
    const { shots } = await read(
      suBytes([trace(4, 1, [1, 2, 3], order), trace(4, 2, [4, 5], order), trace(4, 3, [6, 7, 8, 9], order)], order),
    );
    expect(shots[0].traces.map(({ count }) => count)).toEqual([3, 2, 4]);
    expect([...row(shots[0], 1)]).toEqual([4, 5, 0, 0]);
  });

  it('gives the whole traces of a cut file', async () => {
    const bytes = suBytes(
      [1, 2, 3].map((channel) => trace(4, channel, [1, 2, 3], order)),
      order,
    );
    const { shots } = await read(bytes.subarray(0, bytes.length - 7));
    expect(shots[0].traces).toHaveLength(2);
    expect(shots[0].problems).toMatchObject([{ code: 'truncated-tail' }]);
  });

  it('reads PASSCAL integers by their data form', async () => {
    const passcal: Word[] = [
      ...words(1, 1, 32767),
      [117, 'u16', 1],
      [201, 'i32', 4000],
      [229, 'i32', 4],
      [221, 'f32', 0.5],
    ];
    const sixteen = {
      words: [...passcal, [205, 'i16', 0] as Word, [115, 'u16', 4] as Word],
      samples: new Uint8Array(8),
    };
    const samples = hex('0001 FFFE 0003 7FFF');
    if (order === 'little') for (let at = 0; at < 8; at += 2) samples.subarray(at, at + 2).reverse();
    const { recording, shots } = await read(suBytes([{ ...sixteen, samples }], order));
    expect(recording.sampleFormat).toBe(3);
    expect(shots[0]).toMatchObject({ sampleInterval: 4 });
    expect([...shots[0].amplitudes]).toEqual([1, -2, 3, 32767]);
    expect(shots[0].traces[0].descale).toEqual({ factor: 0.5, unit: 'V' });
  });
});

describe('SU recognition', () => {
  const is = (bytes: Uint8Array) => su.recognises(bytes.subarray(0, 8192), memorySource('x', bytes));

  it('passes over what is no SU file', () => {
    for (let seed = 1; seed <= 300; seed++) {
      let state = seed;
      const noise = Uint8Array.from({ length: 9000 }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state >>> 24;
      });
      expect(is(noise)).toBe(false);
    }
    expect(is(new Uint8Array(9000))).toBe(false);
    expect(is(ascii('1 0.034\n'.repeat(1000), 8000))).toBe(false);
    expect(is(new Uint8Array(0))).toBe(false);
    // A sample count of 1 fits every multiple of 244 bytes: the other fields must be within their ranges.
    const fits = new Uint8Array(2440).fill(200);
    new DataView(fits.buffer).setUint16(114, 1);
    expect(is(fits)).toBe(false);
  });
});
