/** The thread of `prefetch.ts`: told a number, it answers with that batch. */
import { parentPort, workerData } from 'node:worker_threads';
import { type BatchPlan, makeBatch } from './batches.ts';
import type { Answer } from './prefetch.ts';

const plan = workerData as BatchPlan;

parentPort?.on('message', (k: number) => {
  try {
    const batch = makeBatch(plan, k);
    const { features, targets } = batch;
    const arrays = [features, ...Object.values(targets)] as readonly Float32Array<ArrayBuffer>[];
    parentPort?.postMessage(
      { kind: 'batch', k, batch } satisfies Answer,
      arrays.map(({ buffer }) => buffer),
    );
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', k, error: error as Error } satisfies Answer);
  }
});
