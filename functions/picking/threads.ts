/**
 * Worker threads that answer one question at a time each. One that takes too long or dies is replaced by a new one, and only
 * the question it was at is lost.
 */
import { Worker } from 'node:worker_threads';
import { RecordError, type RecordErrorCode } from '#shared/errors.ts';
import { StoreError, type StoreErrorCode, shownKey } from '#shared/object-store.ts';
import { PickingError } from './service.ts';

/** An error on its way between threads. */
export type SentError =
  | { readonly tag: 'RecordError'; readonly code: RecordErrorCode; readonly file: string; readonly message: string }
  | { readonly tag: 'StoreError'; readonly code: StoreErrorCode; readonly file: string; readonly message: string }
  | { readonly tag: 'Error'; readonly message: string; readonly stack: string };

export type Reply<A> = { readonly ok: true; readonly answer: A } | { readonly ok: false; readonly error: SentError };

export interface ThreadsOptions {
  /** File that each thread runs; it answers each message by a `Reply`. */
  readonly module: URL;
  readonly data?: unknown;
  readonly count: number;
  /** Questions that may wait. */
  readonly waiting: number;
}

export interface AskOptions {
  readonly transfer?: readonly ArrayBuffer[];
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Threads<Q, A> {
  ask(question: Q, options?: AskOptions): Promise<A>;
  /** Questions that are worked on or wait. */
  readonly load: number;
  /** Those that are worked on end as `closed`. */
  close(): Promise<void>;
}

interface Question<Q, A> {
  readonly message: Q;
  readonly options: AskOptions;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

export function threads<Q, A>({ module, data, count, waiting }: ThreadsOptions): Threads<Q, A> {
  const queue: Question<Q, A>[] = [];
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  let busy = 0;
  let closed = false;

  function next(): void {
    while (queue.length > 0 && (idle.length > 0 || all.size < count)) {
      const question = queue.shift()!;
      if (question.options.signal?.aborted) {
        question.reject(new PickingError('aborted', 'nobody waits for it any more'));
        continue;
      }
      void put(question, idle.pop() ?? started());
    }
  }

  function started(): Worker {
    const worker = new Worker(module, { workerData: data });
    worker.setMaxListeners(0);
    worker.on('error', () => {}); // told to the question it was at
    worker.on('exit', () => {
      all.delete(worker);
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
      next();
    });
    worker.unref();
    all.add(worker);
    return worker;
  }

  async function put({ message, options, resolve, reject }: Question<Q, A>, worker: Worker): Promise<void> {
    const { transfer = [], timeoutMs, signal } = options;
    busy++;
    worker.ref();
    let timer: NodeJS.Timeout | undefined;
    let end!: (how: () => void) => void;
    const how = new Promise<() => void>((settled) => (end = settled));
    const stop = (error: PickingError) => {
      end(() => reject(error));
      void worker.terminate();
    };
    const onMessage = (reply: Reply<A>) =>
      end(() => (reply.ok ? resolve(reply.answer) : reject(received(reply.error))));
    let cause = 'it ended';
    const onError = (error: Error) => (cause = error.message);
    const onExit = () =>
      end(() => reject(closed ? new PickingError('closed', 'the server stops') : new PickingError('died', cause)));
    const onAbort = () => stop(new PickingError('aborted', 'nobody waits for it any more'));
    worker.once('message', onMessage);
    worker.once('error', onError);
    worker.once('exit', onExit);
    signal?.addEventListener('abort', onAbort);
    if (timeoutMs !== undefined)
      timer = setTimeout(
        () => stop(new PickingError('too-slow', `expected an end within ${timeoutMs} ms, found none`)),
        timeoutMs,
      );
    worker.postMessage(message, [...transfer]);
    const settle = await how;
    clearTimeout(timer);
    worker.off('message', onMessage);
    worker.off('error', onError);
    worker.off('exit', onExit);
    signal?.removeEventListener('abort', onAbort);
    busy--;
    if (all.has(worker) && !closed) {
      worker.unref();
      idle.push(worker);
    }
    settle();
    next();
  }

  return {
    get load() {
      return busy + queue.length;
    },
    ask(message, options = {}) {
      if (closed) return Promise.reject(new PickingError('closed', 'the server stops'));
      if (queue.length >= waiting)
        return Promise.reject(new PickingError('busy', `expected at most ${waiting} waiting, found as many`));
      return new Promise((resolve, reject) => {
        queue.push({ message, options, resolve, reject });
        next();
      });
    },
    async close() {
      closed = true;
      for (const { reject } of queue.splice(0)) reject(new PickingError('closed', 'the server stops'));
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

export function sent(error: unknown): SentError {
  if (error instanceof RecordError || error instanceof StoreError) {
    const file = error instanceof RecordError ? error.file : error.key;
    return { tag: error._tag, code: error.code, file, message: error.message } as SentError;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { tag: 'Error', message, stack: stack ?? '' };
}

/** The error again; its message begins with the name of the file, which the constructor adds. */
export function received(error: SentError): Error {
  if (error.tag === 'Error') return Object.assign(new Error(error.message), { stack: error.stack });
  if (error.tag === 'StoreError')
    return new StoreError(error.code, error.file, error.message.slice(shownKey(error.file).length + 2));
  return new RecordError(error.code, error.file, error.message.slice(error.file.length + 2));
}
