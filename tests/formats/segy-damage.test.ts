/** Whatever the bytes, a SEG-Y or SU reader ends in shots that hold together or in one typed error; never in a crash, a hang or gigabytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordError } from '#shared/errors.ts';
import type { FormatReader } from '#shared/formats/format.ts';
import { segy } from '#shared/formats/segy/segy.ts';
import { su } from '#shared/formats/segy/su.ts';
import { memorySource } from '#shared/source.ts';
import { ascii, floats, type Order, segyBytes, suBytes, type TraceBytes, type Word } from './segy-bytes.ts';

const trace = (channel: number, count: number, order: Order): TraceBytes => ({
  words: [
    [9, 'i32', 1],
    [13, 'i32', channel],
    [29, 'i16', 1],
    [115, 'u16', count],
    [117, 'u16', 500],
  ],
  samples: floats(
    Array.from({ length: count }, (_, i) => Math.sin(i)),
    order,
  ),
});
const traces = (order: Order) => [20, 20, 30, 20].map((count, i) => trace(i, count, order));
const file = (order: Order, words: readonly Word[], after: readonly Uint8Array[] = []) =>
  segyBytes({
    order,
    words: [[3217, 'u16', 500], [3221, 'u16', 20], [3225, 'i16', 5], ...words],
    after,
    traces: traces(order),
  });

const SEEDS: readonly [FormatReader, Uint8Array][] = [
  [segy, file('big', [])],
  [
    segy,
    file('little', [
      [3501, 'u8', 1],
      [3503, 'i16', 1],
    ]),
  ],
  [
    segy,
    file(
      'big',
      [
        [3501, 'u8', 2],
        [3505, 'i16', -1],
        [3507, 'u16', 1],
        [3529, 'i32', -1],
      ],
      [ascii('((SEG: EndText))')],
    ),
  ],
  [su, suBytes(traces('big'), 'big')],
  [su, suBytes(traces('little'), 'little')],
];

/** Reads all of it; whether it read or was refused. */
async function survives(reader: FormatReader, bytes: Uint8Array): Promise<'read' | 'refused'> {
  const source = memorySource('damaged', bytes);
  try {
    reader.recognises(bytes.subarray(0, 8192), source);
    const recording = await reader.open(source, {});
    const seen = new Set<number>();
    for await (const shot of recording.shots()) {
      expect(shot.amplitudes).toHaveLength(shot.traces.length * shot.samples);
      expect(shot.amplitudes.length).toBeLessThanOrEqual(2 * bytes.length);
      for (const { index, start, count } of shot.traces) {
        expect(seen.has(index)).toBe(false);
        seen.add(index);
        expect(start + count).toBeLessThanOrEqual(shot.samples);
      }
    }
    expect(seen.size).toBeGreaterThan(0);
    return 'read';
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    expect(error.message).toMatch(/^damaged: [^\n]+$/);
    return 'refused';
  }
}

/** Where numbers that steer the reading stand, and bytes anywhere. */
const mutation = (length: number) =>
  fc.oneof(
    fc.record({ at: fc.integer({ min: 3200, max: 3600 + 250 }), value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff) }),
    fc.record({ at: fc.integer({ min: 0, max: length - 1 }), value: fc.integer({ min: 0, max: 255 }) }),
  );

describe.each(SEEDS.map(([reader, bytes], i) => [`${reader.format} ${i}`, reader, bytes] as const))(
  '%s',
  (_name, reader, bytes) => {
    it('reads undamaged', async () => expect(await survives(reader, bytes)).toBe('read'));

    it('survives mutated bytes and cut ends', async () => {
      const outcomes = { read: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(
          fc.array(mutation(bytes.length), { minLength: 1, maxLength: 12 }),
          fc.integer({ min: 0, max: 2 * bytes.length }),
          async (changes, length) => {
            const damaged = Uint8Array.from(bytes.subarray(0, length));
            for (const { at, value } of changes) if (at < damaged.length) damaged[at] = value;
            outcomes[await survives(reader, damaged)]++;
          },
        ),
        { numRuns: 800 },
      );
      expect(outcomes.read).toBeGreaterThan(0);
      expect(outcomes.refused).toBeGreaterThan(0);
    });
  },
);
