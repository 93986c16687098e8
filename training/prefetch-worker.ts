/** The thread of `prefetch.ts`: told a number, it answers with that batch. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer, BatchMaker, Task } from './prefetch.ts';

const { module, plan } = workerData as Task;
const { make } = (await import(module)) as Pick<BatchMaker<unknown, unknown>, 'make'>;

parentPort?.on('message', (k: number) => {
  try {
    const batch = make(plan, k);
    parentPort?.postMessage({ kind: 'batch', k, batch } satisfies Answer, buffersOf(batch));
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', k, error: error as Error } satisfies Answer);
  }
});

/** Of all arrays in it, which go over without a copy. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (value instanceof Float32Array) return [value.buffer as ArrayBuffer];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(buffersOf) : [];
}
