/** A worker thread that is asked and answers; one that dies is started again, and what it was asked fails. */
import { constants, setPriority } from 'node:os';
import { isMainThread, type MessagePort, parentPort, type Transferable, Worker, workerData } from 'node:worker_threads';
import { isRecordError, RecordError, type RecordErrorCode } from '#shared/errors.ts';
import { giveBackMemory } from './spare-memory.ts';

/** Jobs of a thread by their names: what is asked, what is answered, and what comes piece by piece before the answer. */
export type JobTable = Readonly<
  Record<string, { readonly ask: unknown; readonly answer: unknown; readonly part?: unknown }>
>;

type PartOf<J> = J extends { readonly part: infer P } ? P : never;

export interface Thread<T extends JobTable> {
  ask<K extends keyof T & string>(
    kind: K,
    ask: T[K]['ask'],
    part?: (part: PartOf<T[K]>) => void,
  ): Promise<T[K]['answer']>;
  close(): Promise<void>;
}

interface Failure {
  readonly message: string;
  readonly record?: { readonly code: RecordErrorCode; readonly file: string };
}
type Reply = { readonly id: number } & (
  | { readonly part: unknown }
  | { readonly answer: unknown }
  | { readonly failure: Failure }
);

/** @param module file beside this one, without its ending: it is `.ts` as it stands and `.js` in a bundle */
export function startThread<T extends JobTable>(module: string, data: unknown): Thread<T> {
  const url = new URL(`./${module}${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);
  const waiting = new Map<
    number,
    { resolve(answer: unknown): void; reject(error: Error): void; part?(part: unknown): void }
  >();
  let last = 0;
  let closed = false;
  let worker: Worker | undefined;

  const start = (): Worker => {
    const started = new Worker(url, { workerData: data });
    started.on('message', (reply: Reply) => {
      const one = waiting.get(reply.id);
      if (!one) return;
      if ('part' in reply) return one.part?.(reply.part);
      waiting.delete(reply.id);
      if ('answer' in reply) one.resolve(reply.answer);
      else one.reject(errorOf(reply.failure));
    });
    const ended = (why: string) => {
      if (worker !== started) return;
      worker = undefined;
      for (const { reject } of waiting.values()) reject(new Error(why));
      waiting.clear();
    };
    started.on('error', (error) => ended(`the thread ended: ${error.message}`));
    started.on('exit', (code) => ended(closed ? 'the station closes' : `the thread ended with code ${code}`));
    return started;
  };

  return {
    ask(kind, ask, part) {
      if (closed) return Promise.reject(new Error('the station closes'));
      worker ??= start();
      const id = ++last;
      const to = worker;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: resolve as never, reject, part: part as never });
        to.postMessage({ id, kind, ask });
      });
    },
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}

const errorOf = ({ message, record }: Failure): Error =>
  record ? new RecordError(record.code, record.file, message.slice(record.file.length + 2)) : new Error(message);

/** Answers that hold large arrays hand them over rather than copy them. */
export const handedOver = <A>(answer: A, ...transfer: Transferable[]) =>
  ({ [HANDED]: true, answer, transfer }) as never as A;
const HANDED = Symbol('handed over');

export type Answers<T extends JobTable> = {
  readonly [K in keyof T]: (ask: T[K]['ask'], part: (part: PartOf<T[K]>) => void) => Promise<T[K]['answer']>;
};

/** The thread's side: one job after the other, at low priority, so that recording and page come first. */
export function answerJobs<T extends JobTable, D>(make: (data: D) => Answers<T>): void {
  if (isMainThread || !parentPort) throw new Error('expected to be started as a thread');
  const port: MessagePort = parentPort;
  lowerPriority();
  const answers = make(workerData as D);
  let turn: Promise<void> = Promise.resolve();
  port.on('message', ({ id, kind, ask }: { readonly id: number; readonly kind: string; readonly ask: never }) => {
    turn = turn.then(async () => {
      try {
        const answer: unknown = await answers[kind](ask, (part) => port.postMessage({ id, part }));
        if (typeof answer === 'object' && answer !== null && HANDED in answer) {
          const { answer: inner, transfer } = answer as never as { answer: unknown; transfer: Transferable[] };
          port.postMessage({ id, answer: inner }, transfer);
        } else port.postMessage({ id, answer });
      } catch (error) {
        const { message } = error as Error;
        const record = isRecordError(error) ? { code: error.code, file: error.file } : undefined;
        port.postMessage({ id, failure: { message, ...(record && { record }) } });
      }
      giveBackMemory();
    });
  });
}

/** Of this thread alone on Linux; elsewhere of the whole process, which then stays where it is. */
function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // not allowed to: the priority stays
  }
}
