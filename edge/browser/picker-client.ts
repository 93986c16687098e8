/** The page's end of the worker: promises in place of messages. */
import type { Failure, FileSummary, ModelFacts, Reply, Request, WorkedShot } from './protocol.ts';
import type { ModelAddress } from './runtimes.ts';

export interface PickerClient {
  /** @throws PickerFailure */
  open(model: ModelAddress): Promise<ModelFacts>;
  /**
   * Files wait for those before them. undefined: `signal` stopped it.
   * @param told called for each shot, in file order @throws PickerFailure
   */
  pick(
    file: File,
    told: (shot: WorkedShot) => void,
    options?: PickFileOptions & { readonly signal?: AbortSignal },
  ): Promise<FileSummary | undefined>;
  /** Ends the worker; what was asked of it is never answered. */
  close(): void;
}

export type PickFileOptions = (Request & { readonly kind: 'pick' })['options'];

/** What the worker could not do; the message is one line. */
export class PickerFailure extends Error {
  override readonly name = 'PickerFailure';
  readonly code: Failure['code'];
  constructor({ code, message }: Failure) {
    super(message);
    this.code = code;
  }
}

/** @param worker of `picker-worker.ts`: `new Worker(new URL('./picker-worker.ts', import.meta.url), { type: 'module' })` */
export function pickerClient(worker: Worker): PickerClient {
  const waiting = new Map<number, (reply: Reply) => void>();
  let count = 0;
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => waiting.get(data.id)?.(data));
  worker.addEventListener('error', ({ message }) => {
    for (const [id, answer] of waiting) answer({ kind: 'failed', id, failure: { code: 'failed', message } });
  });

  const ask = <T>(
    request: (id: number) => Request,
    answered: (reply: Reply) => { readonly value: T } | undefined,
    signal?: AbortSignal,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = count++;
      const stop = () => worker.postMessage({ kind: 'stop', id } satisfies Request);
      const end = () => {
        waiting.delete(id);
        signal?.removeEventListener('abort', stop);
      };
      waiting.set(id, (reply) => {
        const answer = reply.kind === 'failed' ? undefined : answered(reply);
        if (reply.kind === 'failed') {
          end();
          reject(new PickerFailure(reply.failure));
        } else if (answer) {
          end();
          resolve(answer.value);
        }
      });
      worker.postMessage(request(id));
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop);
    });

  return {
    open: (model) =>
      ask(
        (id) => ({ kind: 'open', id, model }),
        (reply) => (reply.kind === 'opened' ? { value: reply.model } : undefined),
      ),
    pick: (file, told, { signal, ...options } = {}) =>
      ask<FileSummary | undefined>(
        (id) => ({ kind: 'pick', id, file, name: file.name, options }),
        (reply) => {
          if (reply.kind === 'shot') told(reply.shot);
          if (reply.kind === 'done') return { value: reply.summary };
          return reply.kind === 'stopped' ? { value: undefined } : undefined;
        },
        signal,
      ),
    close: () => worker.terminate(),
  };
}
