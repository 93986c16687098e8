/** How a picker does on synthetic windows it never learns from, with the statistics it would be used with. */
import { scoresOf } from '../picker/gradients.ts';
import { syntheticBatch } from '../picker/synthetic-batches.ts';
import type { Checkpoint, Validation } from './checkpoint.ts';

/** The same windows for every run, so that runs compare. */
const SEED = 20_240;

export async function validate(
  { parameters, settings }: Pick<Checkpoint, 'parameters' | 'settings'>,
  batches: number,
): Promise<Validation> {
  const hits = { 1: 0, 2: 0, 5: 0 };
  let [loss, asked] = [0, 0];
  for (let k = 0; k < batches; k++) {
    const batch = syntheticBatch(SEED, 'validation', k, { ...settings.batch, windowsPerShot: 1 });
    const { losses, onset } = await scoresOf(batch, parameters, settings.picker);
    loss += losses.total / batches;
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
