/**
 * Batches made ahead of the step that takes them, in worker threads. Batch k depends on the plan and on k alone, so any
 * number of workers gives the same run; they only decide how long a step waits.
 */
import { Worker } from 'node:worker_threads';

/** How batches are made: a module that a thread can load, and what it exports under `make`. */
export interface BatchMaker<P, B> {
  readonly module: string;
  /** Batch k: depends on the plan and on k alone. The plan is plain data. */
  readonly make: (plan: P, k: number) => B;
}

export interface BatchSupply<B> {
  /** Batch k; those after it are begun meanwhile. */
  take(k: number): Promise<B>;
  /** Ends the threads; what was begun is lost. */
  close(): Promise<void>;
}

export interface SupplyOptions {
  /** 0: made in this thread, when taken. @default 1 */
  readonly workers?: number;
  /** No batch from this number on will be taken. */
  readonly end?: number;
}

/** Batches of one worker that are begun or wait: shots differ in what they cost. */
const AHEAD = 3;

/** What a worker begins with. */
export interface Task {
  readonly module: string;
  readonly plan: unknown;
}

/** What a worker answers. */
export type Answer =
  | { readonly kind: 'batch'; readonly k: number; readonly batch: unknown }
  | { readonly kind: 'failed'; readonly k: number; readonly error: Error };

export function supplyBatches<P, B>(
  { module, make }: BatchMaker<P, B>,
  plan: P,
  { workers = 1, end = Number.POSITIVE_INFINITY }: SupplyOptions = {},
): BatchSupply<B> {
  if (workers === 0) return { take: async (k) => make(plan, k), close: async () => {} };

  const begun = new Map<number, PromiseWithResolvers<B>>();
  const settle = (answer: Answer) => {
    const waiting = begun.get(answer.k)!;
    if (answer.kind === 'batch') waiting.resolve(answer.batch as B);
    else waiting.reject(answer.error);
  };
  let broken: Error | undefined;
  const failAll = (error: Error) => {
    broken = error;
    for (const { reject } of begun.values()) reject(error);
  };
  const threads = Array.from({ length: workers }, () => {
    const thread = new Worker(new URL('./prefetch-worker.ts', import.meta.url), {
      workerData: { module, plan } satisfies Task,
      execArgv: [],
    });
    thread.on('message', settle).on('error', failAll);
    return thread;
  });
  const begin = (k: number) => {
    if (begun.has(k)) return;
    const promised = Promise.withResolvers<B>();
    promised.promise.catch(() => {}); // one that nobody takes may fail unheard
    begun.set(k, promised);
    threads[k % workers].postMessage(k);
  };

  return {
    async take(k) {
      if (broken) throw broken;
      for (let next = k; next < Math.min(end, k + 1 + AHEAD * workers); next++) begin(next);
      const batch = await begun.get(k)!.promise;
      begun.delete(k);
      return batch;
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}
