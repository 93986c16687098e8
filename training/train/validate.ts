/** How a picker does on synthetic windows it never learns from, with the statistics it would be used with. */
import { type Batch, scoresOf } from '../picker/gradients.ts';
import { supplyBatches } from '../picker/prefetch.ts';
import type { BatchSize } from '../picker/synthetic-batches.ts';
import type { Checkpoint, Validation } from './checkpoint.ts';

/** The same windows for every run, so that runs compare. */
const SEED = 20_240;

type Validated = Pick<Checkpoint, 'parameters' | 'settings'>;

/** A look at the same windows whenever it is called; they are made at the first. */
export function validation(
  size: BatchSize,
  batches: number,
  workers: number,
): (state: Validated) => Promise<Validation> {
  let windows: Promise<readonly Batch[]> | undefined;
  return async (state) => {
    windows ??= windowsOf(size, batches, workers);
    return validate(state, await windows);
  };
}

async function windowsOf(size: BatchSize, batches: number, workers: number): Promise<readonly Batch[]> {
  const plan = { seed: SEED, purpose: 'validation', size: { ...size, windowsPerShot: 1 } } as const;
  const supply = supplyBatches(plan, { workers, end: batches });
  try {
    const made: Batch[] = [];
    while (made.length < batches) made.push(await supply.take(made.length));
    return made;
  } finally {
    await supply.close();
  }
}

async function validate({ parameters, settings }: Validated, batches: readonly Batch[]): Promise<Validation> {
  const hits = { 1: 0, 2: 0, 5: 0 };
  let [loss, asked] = [0, 0];
  for (const batch of batches) {
    const { losses, onset } = await scoresOf(batch, parameters, settings.picker);
    loss += losses.total / batches.length;
    const { position, seen } = batch.targets;
    const samples = batch.shape[2];
    for (let t = 0; t < seen.length; t++) {
      if (!seen[t]) continue;
      asked++;
      const away = Math.abs(highest(onset.subarray(t * samples, (t + 1) * samples)) - position[t]);
      for (const tolerance of [1, 2, 5] as const) if (away < tolerance) hits[tolerance]++;
    }
  }
  const share = (tolerance: 1 | 2 | 5) => hits[tolerance] / Math.max(1, asked);
  return { loss, within: { 1: share(1), 2: share(2), 5: share(5) } };
}

function highest(values: Float32Array): number {
  let at = 0;
  for (let k = 1; k < values.length; k++) if (values[k] > values[at]) at = k;
  return at;
}
