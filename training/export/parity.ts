/** Whether the exported model computes what the trained one does: both run on the same windows. */
import * as ort from 'onnxruntime-web';
import { type Ort, openOnnx } from '#shared/model/runtime.ts';
import { type Batch, scoresOf } from '../picker/gradients.ts';
import { syntheticBatch } from '../picker/synthetic-batches.ts';
import type { Checkpoint } from '../train/checkpoint.ts';

export interface Parity {
  /** Largest difference of two scores (logits), as a share of the largest score where that is above 1. */
  readonly largest: number;
  readonly windows: number;
  readonly traces: number;
}

const SEED = 7;

/** @param batch windows to compare on; synthetic ones of the run's own size when left out */
export async function parityOf(
  model: Uint8Array,
  { parameters, settings }: Pick<Checkpoint, 'parameters' | 'settings'>,
  batch: Batch = syntheticBatch(SEED, 'validation', 0, settings.batch),
): Promise<Parity> {
  const [windows, traces] = batch.shape;
  const runtime = await openOnnx(ort as unknown as Ort, 'onnx-web', model);
  try {
    const here = await scoresOf(batch, parameters, settings.picker);
    const there = await runtime.run(batch.features, windows, traces);
    return { largest: Math.max(apart(here.onset, there.onset), apart(here.none, there.none)), windows, traces };
  } finally {
    await runtime.close();
  }
}

/** Infinite when one of them is not a number, or lengths differ. */
export function apart(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [most, scale] = [0, 1];
  for (let i = 0; i < a.length; i++) {
    const away = Math.abs(a[i] - b[i]);
    if (Number.isNaN(away)) return Number.POSITIVE_INFINITY;
    most = Math.max(most, away);
    scale = Math.max(scale, Math.abs(a[i]));
  }
  return most / scale;
}
