/** A file that is being written is not taken for whole: every format, cut anywhere. */
import { describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { completenessOf } from '#edge/station/completeness.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegd } from '#shared/formats/segd/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { memorySource } from '#shared/source.ts';
import { metres, ms } from '#shared/units.ts';

const { shot } = syntheticShot({ ffid: 7, source: metres(3), channels: 12, length: ms(50) });
async function whole(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
const kindOf = async (bytes: Uint8Array) => (await completenessOf(memorySource('shot', bytes))).kind;

describe.each([
  { format: 'SEG-2', bytes: whole([writeSeg2(shot)]), end: 'complete' },
  { format: 'SEG-D', bytes: whole(writeSegd([shot])), end: 'complete' },
  { format: 'SEG-Y', bytes: whole(writeSegy([shot], { revision: 1 })), end: 'complete' },
])('$format', ({ bytes, end }) => {
  it('is complete at its end and nowhere before', async () => {
    const all = await bytes;
    expect(await kindOf(all)).toBe(end);
    const early: number[] = [];
    // At every header's end and between, and at all of the last bytes.
    const cuts = new Set(Array.from({ length: 400 }, (_, i) => Math.floor((all.length * i) / 400)));
    for (let i = 1; i <= 40; i++) cuts.add(all.length - i);
    for (const at of cuts) if ((await kindOf(all.subarray(0, at))) === 'complete') early.push(at);
    expect(early).toEqual([]);
  });

  it('is not complete where a trace has just ended', async () => {
    const all = await bytes;
    const trace = Math.floor(all.length / 12);
    for (let cut = all.length - trace - 400; cut <= all.length - trace + 400; cut++)
      if ((await kindOf(all.subarray(0, cut))) === 'complete') expect(cut).toBe('not complete');
  });

  it('is cut while the place was reserved and nothing written', async () => {
    const all = (await bytes).slice().fill(0);
    expect(await kindOf(all)).toBe('cut');
  });
});

describe('other files', () => {
  it('a SEG-Y file that does not say how many traces it holds is whole at the end of each', async () => {
    const all = await whole(writeSegy([shot], { revision: 1 }));
    all[3212] = all[3213] = 0;
    expect(await kindOf(all)).toBe('whole');
    const trace = (all.length - 3600) / 12;
    expect(await kindOf(all.subarray(0, all.length - trace))).toBe('whole');
    expect(await kindOf(all.subarray(0, all.length - trace / 2))).toBe('cut');
  });

  it('a note is no shot, whatever it grows to', async () => {
    expect(await completenessOf(memorySource('notes.txt', Buffer.from('line 3, wind from west')))).toMatchObject({
      kind: 'cut',
      code: 'not-recognised',
    });
  });
});
