/** How a picker does on windows it never learns from: synthetic ones, and those of real shots that are only watched. */
import { fieldWindows, PICKER_BATCHES } from '../picker/batches.ts';
import { type Batch, scoresOf } from '../picker/gradients.ts';
import type { BatchSize } from '../picker/synthetic-batches.ts';
import { supplyBatches } from '../prefetch.ts';
import type { Checkpoint, Look, Validation } from './checkpoint.ts';
import type { FieldSite } from './field.ts';

/** The same windows for every run, so that runs compare. */
const SEED = 20_240;

export interface ValidationPlan {
  readonly size: BatchSize;
  /** Batches of synthetic windows; there are as many windows of real shots. */
  readonly batches: number;
  readonly workers: number;
  readonly watch: readonly FieldSite[];
}

/** A look at the same windows whenever it is called; they are made at the first. */
export function validation({
  size,
  batches,
  workers,
  watch,
}: ValidationPlan): (checkpoint: Checkpoint) => Promise<Validation> {
  let synthetic: Promise<readonly Batch[]> | undefined;
  const perSite = Math.ceil((batches * size.windows) / Math.max(1, watch.length));
  const watched = fieldWindows(
    watch.map(({ shots }) => shots),
    size,
    perSite,
    SEED,
  );
  return async (checkpoint) => {
    synthetic ??= syntheticWindows(size, batches, workers);
    return {
      ...(await look(checkpoint, await synthetic)),
      ...(watched.length > 0 && { watched: await look(checkpoint, watched) }),
    };
  };
}

async function syntheticWindows(size: BatchSize, batches: number, workers: number): Promise<readonly Batch[]> {
  const plan = { seed: SEED, purpose: 'validation', size: { ...size, windowsPerShot: 1 } } as const;
  const supply = supplyBatches(PICKER_BATCHES, plan, { workers, end: batches });
  try {
    const made: Batch[] = [];
    while (made.length < batches) made.push(await supply.take(made.length));
    return made;
  } finally {
    await supply.close();
  }
}

async function look({ parameters, settings }: Checkpoint, batches: readonly Batch[]): Promise<Look> {
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

/** What a run is to raise: the share of hits over the three tolerances, real and synthetic windows alike. */
export function hitRate({ within, watched }: Validation): number {
  const mean = (shares: Look['within']) => (shares[1] + shares[2] + shares[5]) / 3;
  return watched ? (mean(within) + mean(watched.within)) / 2 : mean(within);
}
