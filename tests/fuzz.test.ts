/** A few thousand damaged files of every format; `npm run bench -- fuzz` tries a hundred thousand. */
import { describe, expect, it } from 'vitest';
import { faultLine, runFuzz } from './bench/fuzz.ts';
import { damaged, sounds } from './bench/fuzz-inputs.ts';

const INPUTS = 4000;

describe('damaged files', () => {
  it('end in shots or in a typed error, within 2 s and 1 GiB', { timeout: 300_000 }, async () => {
    const run = await runFuzz(INPUTS, { seed: 7 });
    expect(run.faults.map(faultLine)).toEqual([]);
    // The run means something only while a good part of the files can still be read, and the rest cannot.
    expect(run.read).toBeGreaterThan(INPUTS / 4);
    expect(run.read).toBeLessThan(0.95 * INPUTS);
    expect(run.picked).toBeGreaterThan(INPUTS / 10);
    expect(run.peakMiB).toBeLessThan(1024);
  });

  it('are the same for the same seed, and differ from what they were made of', async () => {
    const seeds = await sounds(undefined);
    const names = new Set(seeds.map(({ name }) => name.split('-')[0]));
    expect(names).toEqual(new Set(['segy', 'su', 'seg2', 'segd', 'hdf5']));
    let changed = 0;
    for (let index = 0; index < 200; index++) {
      const { name, bytes } = damaged(seeds, 3, index);
      expect(damaged(seeds, 3, index).bytes).toEqual(bytes);
      const sound = seeds.find((seed) => name.startsWith(`${seed.name} (`))!;
      if (Buffer.compare(sound.bytes, bytes) !== 0) changed++;
    }
    expect(changed).toBeGreaterThan(180);
  });
});
