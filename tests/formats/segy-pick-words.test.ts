/** Picks in header words of a copy: the words change, nothing else does, and they read back. */
import { describe, expect, it } from 'vitest';
import { PICK_KINDS, PICK_UNITS, type PickWords, readPickWords, withPicks } from '#shared/formats/segy/pick-words.ts';
import { type ByteSource, memorySource } from '#shared/source.ts';
import { type Milliseconds, ms } from '#shared/units.ts';
import { all, floats, joined, type Order, segyBytes, suBytes, type TraceBytes, type Word } from './segy-bytes.ts';

const trace = (channel: number, count: number, order: Order): TraceBytes => ({
  words: [
    [9, 'i32', 1],
    [13, 'i32', channel],
    [29, 'i16', 1],
    [109, 'i16', -10],
    [115, 'u16', count],
    [117, 'u16', 500],
  ],
  samples: floats(new Array(count).fill(channel), order),
});
const file = (order: Order, counts: readonly number[], words: readonly Word[] = []): ByteSource =>
  memorySource(
    'shot.sgy',
    segyBytes({
      order,
      words: [[3217, 'u16', 500], [3221, 'u16', counts[0]], [3225, 'i16', 5], ...words],
      traces: counts.map((count, i) => trace(i + 1, count, order)),
    }),
  );
const bytesOf = async (source: ByteSource) => {
  const bytes = new Uint8Array(source.size);
  await source.read(0, bytes);
  return bytes;
};
const picks = new Map<number, Milliseconds>([
  [0, ms(12)],
  [2, ms(33.5)],
]);
const us: PickWords = { at: 237, as: 'u32', unit: 'us', noPick: 0 };

describe('withPicks', () => {
  it.each([
    ['all alike', [20, 20, 20]],
    ['of different lengths', [20, 7, 9]],
  ])('changes the words alone, traces %s', async (_how, counts) => {
    for (const order of ['big', 'little'] as const) {
      const source = file(order, counts);
      const before = await bytesOf(source);
      const after = joined(await all(withPicks(source, picks, us)));
      const view = new DataView(after.buffer);
      let at = 3600;
      const expected = Uint8Array.from(before);
      [12000, 0, 33500].forEach((value, i) => {
        expect(view.getUint32(at + 236, order === 'little')).toBe(value);
        new DataView(expected.buffer).setUint32(at + 236, value, order === 'little');
        at += 240 + 4 * counts[i];
      });
      expect(after).toEqual(expected);
      expect(await bytesOf(source)).toEqual(before);
      expect(await readPickWords(memorySource('copy', after), us)).toEqual(picks);
    }
  });

  it.each(PICK_KINDS.flatMap((as) => PICK_UNITS.map((unit) => [as, unit] as const)))(
    '%s in %s reads back',
    async (as, unit) => {
      const words: PickWords = { at: 181, as, unit, noPick: as.startsWith('u') ? 9999 : -1 };
      const copy = memorySource(
        'copy',
        joined(await all(withPicks(file('big', [20, 20, 20]), new Map([[1, ms(30)]]), words))),
      );
      expect(await readPickWords(copy, words)).toEqual(new Map([[1, 30]]));
      // 30 ms after the shot is sample 80 of a trace that begins 10 ms before it, at 0.5 ms.
      const read = { ms: 30, us: 30000, samples: 80 }[unit];
      const view = new DataView((await bytesOf(copy)).buffer);
      const at = 3600 + 320 + 180;
      expect(
        {
          i16: view.getInt16(at),
          u16: view.getUint16(at),
          i32: view.getInt32(at),
          u32: view.getUint32(at),
          f32: view.getFloat32(at),
        }[as],
      ).toBe(read);
    },
  );

  it('puts a word across the border of two chunks into both', async () => {
    // The sixth header begins at 3600 + 5 · (240 + 4 · 52177) = 2^20 - 236, its byte 235 two bytes before the border at 2^20.
    const source = file('big', new Array(6).fill(52177));
    const words: PickWords = { at: 235, as: 'u32', unit: 'us', noPick: 0 };
    const chunks = await all(withPicks(source, new Map([[5, ms(0x01020304 / 1000)]]), words));
    expect(chunks[0]).toHaveLength(2 ** 20);
    expect([...chunks[0].subarray(-2), ...chunks[1].subarray(0, 2)]).toEqual([1, 2, 3, 4]);
  });

  it('goes through a file of many chunks', async () => {
    const source = file('big', new Array(400).fill(1000));
    const many = new Map(
      Array.from({ length: 400 }, (_, i) => [i, ms(i + 0.25)] as const).filter((_, i) => i % 3 !== 0),
    );
    const chunks = await all(withPicks(source, many, us));
    expect(chunks.length).toBeGreaterThan(1);
    expect(await readPickWords(memorySource('copy', joined(chunks)), us)).toEqual(many);
  });

  it('writes SU files too', async () => {
    const source = memorySource(
      'shot.su',
      suBytes([trace(1, 20, 'little'), trace(2, 20, 'little'), trace(3, 20, 'little')], 'little'),
    );
    const copy = memorySource('copy.su', joined(await all(withPicks(source, picks, us))));
    expect(await readPickWords(copy, us)).toEqual(picks);
  });

  const rev2: Word[] = [[3501, 'u8', 2]];
  it.each([
    ['the header name of revision 2', us, rev2, 'hold the name of the header'],
    ['the sample count', { ...us, at: 113 }, [], 'hold samples (115–116)'],
    ['the interval', { ...us, at: 118, as: 'i16' }, [], 'hold intervalUs (117–118)'],
    ['the field record', { ...us, at: 12, as: 'i16' }, [], 'hold ffid (9–12)'],
    ['bytes beyond the header', { ...us, at: 238 }, [], 'within bytes 1–240'],
    ['bytes before the header', { ...us, at: 0 }, [], 'within bytes 1–240'],
  ] as [string, PickWords, Word[], string][])('refuses %s', async (_what, words, header, message) => {
    await expect(all(withPicks(file('big', [20, 20, 20], header), picks, words))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(message),
    });
  });

  it('refuses picks that the word cannot hold, or that read as none', async () => {
    const source = file('big', [20, 20, 20]);
    const refused = (words: Partial<PickWords>, time: number) =>
      expect(all(withPicks(source, new Map([[1, ms(time)]]), { ...us, ...words }))).rejects.toMatchObject({
        code: 'unsupported',
      });
    await refused({ as: 'u16' }, 70);
    await refused({}, -1);
    await refused({ unit: 'ms' }, 0.3);
    await expect(
      all(withPicks(source, new Map([[1, ms(70)]]), { ...us, as: 'u16', unit: 'ms' })),
    ).resolves.toBeDefined();
  });
});
