/** Batches from threads are those made in place, however many threads there are and whatever was taken before. */
import { describe, expect, it, vi } from 'vitest';
import { type BatchPlan, make, PICKER_BATCHES } from '../../training/picker/batches.ts';
import type { Batch } from '../../training/picker/gradients.ts';
import { type BatchSupply, supplyBatches } from '../../training/prefetch.ts';

const plan: BatchPlan = { seed: 11, purpose: 'learning', size: { windows: 2, traces: 8, windowsPerShot: 2 } };

async function used<T>(supply: BatchSupply<Batch>, use: (supply: BatchSupply<Batch>) => Promise<T>): Promise<T> {
  try {
    return await use(supply);
  } finally {
    await supply.close();
  }
}

describe('batches made ahead', () => {
  it.each([0, 1, 3])('with %i workers they are the same to the last bit', async (workers) => {
    await used(supplyBatches(PICKER_BATCHES, plan, { workers, end: 6 }), async (supply) => {
      for (let k = 0; k < 6; k++) expect(await supply.take(k)).toEqual(make(plan, k));
    });
  });

  it('from any step on, as after a resume', async () => {
    await used(supplyBatches(PICKER_BATCHES, plan, { workers: 2 }), async (supply) => {
      for (const k of [41, 42, 3]) expect(await supply.take(k)).toEqual(make(plan, k));
    });
  });

  it('while nobody waits, the next ones are made', async () => {
    const slow = { ...plan, size: { windows: 8, traces: 8, windowsPerShot: 1 } }; // some 300 ms each
    await used(supplyBatches(PICKER_BATCHES, slow), async (supply) => {
      let k = 0;
      const atOnce = async () => {
        await supply.take(k++);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        const begun = performance.now();
        await supply.take(k++);
        expect(performance.now() - begun).toBeLessThan(10);
      };
      await vi.waitFor(atOnce, { timeout: 40_000 }); // a busy machine may need longer than one second
    });
  });

  it('what fails in a thread fails where the batch is taken', async () => {
    const impossible = { ...plan, size: { ...plan.size, traces: -1 } };
    await used(supplyBatches(PICKER_BATCHES, impossible), async (supply) => {
      await expect(supply.take(0)).rejects.toThrow(/length/i);
    });
    await expect(supplyBatches(PICKER_BATCHES, impossible, { workers: 0 }).take(0)).rejects.toThrow(/length/i);
  });
});
