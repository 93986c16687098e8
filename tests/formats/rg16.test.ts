/** RG 1.6 node files, built here byte by byte. */
import { describe, expect, it } from 'vitest';
import { RecordError } from '#shared/errors.ts';
import { rg16 } from '#shared/formats/segd/rg16.ts';
import { segd } from '#shared/formats/segd/segd.ts';
import type { Shot } from '#shared/gather.ts';
import { memorySource } from '#shared/source.ts';

interface NodeTrace {
  readonly start: bigint; // µs since 1970
  readonly code: number;
  readonly values: readonly number[];
  readonly place?: { planned: readonly [number, number]; final: readonly [number, number, number] };
}

function nodeFile(traces: readonly NodeTrace[], { channelSets = 3 } = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const add = (size: number, fill: (view: DataView, bytes: Uint8Array) => void) => {
    const bytes = new Uint8Array(size);
    fill(new DataView(bytes.buffer), bytes);
    parts.push(bytes);
  };
  add(32, (_, bytes) => {
    bytes.set([0, 1, 0x80, 0x58], 0);
    bytes.set([0x17, 0x12, 0x63, 0x17, 0, 0, 0x20], 10); // 2017, one more block, day 263, 17 h, maker 20
    bytes[22] = 0x20; // 2 ms
    bytes.set([1, channelSets, 0, 0xff, 0xff], 27);
  });
  add(32, (_, bytes) => bytes.set([0, 0, 1, 0, channelSets, 0, 2, 0, 0, 1, 1, 6], 0)); // 2 extended, 1 external block
  for (let i = 0; i < channelSets + 3; i++) add(32, (_, bytes) => bytes.set([1, i + 1, 0xff, 0xff], 0));
  traces.forEach(({ start, code, values, place }, n) => {
    add(20 + 160 + 4 * values.length, (view, bytes) => {
      bytes.set([0, 1, 1, (code % 3) + 1, 0, n % 10, 0, 0, 0, 5], 0);
      view.setUint16(20 + 8, values.length); // extension 1, bytes 9–10 of 8–10
      bytes[20 + 20] = code;
      view.setBigInt64(20 + 64, start);
      view.setInt32(20 + 128 + 9, Math.round((place?.planned[0] ?? 0) * 10));
      view.setInt32(20 + 128 + 13, Math.round((place?.planned[1] ?? 0) * 10));
      (place?.final ?? [0, 0, 0]).forEach((value, i) => {
        view.setInt32(20 + 128 + 17 + 4 * i, Math.round(value * 10));
      });
      values.forEach((value, i) => {
        view.setFloat32(180 + 4 * i, value);
      });
    });
  });
  return new Uint8Array(Buffer.concat(parts));
}

async function read(bytes: Uint8Array, amplitudes = true) {
  const source = memorySource('node.fcnt', bytes);
  expect(rg16.recognises(bytes.subarray(0, 8192), source)).toBe(true);
  const recording = await rg16.open(source, {});
  const shots: Shot[] = [];
  for await (const shot of recording.shots({ amplitudes })) shots.push(shot);
  return { recording, shots };
}

const T = 1_505_926_800_000_000n; // 2017-09-20T17:00:00Z
const three = [3, 4, 2].flatMap((code) =>
  [T, T + 1_500_000n].map((start, i) => ({ start, code, values: [code, code + 10 * i, -code] })),
);

describe('RG 1.6', () => {
  it('gathers the components of one start, and reads until the end of the file', async () => {
    const { recording, shots } = await read(nodeFile(three));
    expect(recording).toMatchObject({ format: 'rg16', revision: '1.6', byteOrder: 'big', sampleFormat: 8058 });
    expect(shots.map(({ traces }) => traces.map(({ index, channel }) => [index, channel]))).toEqual([
      [
        [0, 3],
        [2, 4],
        [4, 2],
      ],
      [
        [1, 3],
        [3, 4],
        [5, 2],
      ],
    ]);
    expect(shots.map(({ recordedAt }) => recordedAt)).toEqual(['2017-09-20T17:00:00.000Z', '2017-09-20T17:00:01.500Z']);
    expect(shots[0]).toMatchObject({ ffid: undefined, samples: 3, sampleInterval: 2, firstSample: { time: 0 } });
    expect([...shots[0].amplitudes]).toEqual([3, 3, -3, 4, 4, -4, 2, 2, -2]);
    expect([...shots[1].amplitudes]).toEqual([3, 13, -3, 4, 14, -4, 2, 12, -2]);
  });

  it('knows the place of the node: surveyed, else planned, in tenths of a metre', async () => {
    const planned = [402_376.1, 4_482_526.8] as const;
    const { shots } = await read(
      nodeFile([
        { start: T, code: 2, values: [1], place: { planned, final: [402_380.7, 4_482_537.8, 12.5] } },
        { start: T, code: 3, values: [1], place: { planned, final: [0, 0, 0] } },
        { start: T, code: 4, values: [1] },
      ]),
    );
    expect(shots[0].traces.map(({ receiver }) => receiver)).toEqual([
      { x: 402_380.7, y: 4_482_537.8, z: 12.5 },
      { x: 402_376.1, y: 4_482_526.8, z: 0 },
      undefined,
    ]);
  });

  it('gives headers alone when asked', async () => {
    const { shots } = await read(nodeFile(three), false);
    expect(shots.map(({ traces, amplitudes }) => [traces.length, amplitudes.length])).toEqual([
      [3, 0],
      [3, 0],
    ]);
  });

  it('is neither taken for SEG-D nor the other way round', () => {
    const bytes = nodeFile(three);
    bytes[16] = 0x13;
    expect(rg16.recognises(bytes, memorySource('x', bytes))).toBe(false);
    expect(segd.recognises(bytes, memorySource('x', bytes))).toBe(true);
    expect(rg16.recognises(bytes.subarray(0, 40), memorySource('x', bytes))).toBe(false);
  });

  it('leaves out a last trace that is cut, and says so', async () => {
    const bytes = nodeFile(three);
    const each = 192;
    for (let length = bytes.length - 1; length > bytes.length - each; length -= 5) {
      const { shots } = await read(bytes.subarray(0, length));
      expect(shots.flatMap(({ traces }) => traces.map(({ index }) => index))).toEqual([0, 2, 4, 1, 3]);
      expect(shots.flatMap(({ problems }) => problems.map(({ code }) => code))).toEqual(['trace-cut']);
    }
  });

  it('takes zeros at the end for padding, other bytes for a loss', async () => {
    const bytes = nodeFile(three);
    const zeros = await read(new Uint8Array(Buffer.concat([bytes, new Uint8Array(777)])));
    expect(zeros.shots.flatMap(({ problems }) => problems)).toEqual([]);
    const junk = await read(new Uint8Array(Buffer.concat([bytes, new Uint8Array(777).fill(0xab)])));
    expect(junk.shots.flatMap(({ problems }) => problems.map(({ code }) => code))).toEqual(['unknown-bytes']);
  });

  it('refuses files without a whole trace, and absurd lengths, in one line', async () => {
    const bytes = nodeFile(three);
    for (let length = 64; length < 448; length += 3)
      await expect(read(bytes.subarray(0, length))).rejects.toThrow(/^node\.fcnt: expected [^\n]+$/);
    const absurd = bytes.slice();
    absurd.fill(0xff, 256 + 20 + 7, 256 + 20 + 10);
    await expect(read(absurd)).rejects.toThrow(RecordError);
    const none = bytes.slice();
    none.fill(0, 256 + 20 + 7, 256 + 20 + 10);
    await expect(read(none)).rejects.toThrow('expected samples in trace 1 at byte 256, found 0');
  });
});
