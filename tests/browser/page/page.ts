/** What a test may ask of the page. */
import { pickerClient } from '#edge/browser/picker-client.ts';
import type { FileSummary, ModelFacts } from '#edge/browser/protocol.ts';
import type { BrowserRuntimeName } from '#edge/browser/runtimes.ts';
import type { Precision } from '#shared/model/manifest.ts';
import type { Pick } from '#shared/picks.ts';
import type { Result, Task } from './worker.ts';

let held: { readonly key: string; readonly worker: Worker } | undefined;

/** Checks of the same runtime share a worker; whose speed is measured has one of its own. */
function workerFor({ kind, runtime, artefact, threads }: Task): Worker {
  const key = [kind, runtime, threads, kind === 'run' ? artefact : ''].join(' ');
  if (held?.key === key && kind !== 'speed') return held.worker;
  held?.worker.terminate();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  held = { key, worker };
  return worker;
}

function ask(task: Task): Promise<Result> {
  const worker = workerFor(task);
  return new Promise<Result>((resolve, reject) => {
    worker.onmessage = ({ data }) =>
      data.failed === undefined ? resolve(data.result) : reject(new Error(data.failed));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(task);
  });
}

export interface PickedFile {
  readonly model: ModelFacts;
  readonly summary: FileSummary | undefined;
  /** By the clock of the page. */
  readonly endedMs: number;
  readonly shots: readonly {
    readonly ffid: number | undefined;
    readonly picks: readonly Pick[];
    readonly verdict: string;
    readonly amplitudes: number;
  }[];
}

export interface PickTask {
  readonly runtime: BrowserRuntimeName | 'auto';
  readonly precision?: Precision;
  readonly threads?: number;
  readonly files: readonly { readonly name: string; readonly address: string }[];
  /** Stops each file after so many shots. */
  readonly stopAfter?: number;
  readonly folder?: string;
}

/** Files as they are dropped on the product's own worker. */
async function pick({
  runtime,
  precision,
  threads = 1,
  files,
  stopAfter,
  folder = '/models/picker-1/',
}: PickTask): Promise<PickedFile[]> {
  const worker = new Worker(new URL('../../../edge/browser/picker-worker.ts', import.meta.url), { type: 'module' });
  const client = pickerClient(worker);
  try {
    const model = await client.open({
      folder: new URL(folder, location.href).href,
      runtimes: '/runtimes/',
      runtime,
      threads,
      ...(precision && { precision }),
    });
    const dropped = await Promise.all(
      files.map(async ({ name, address }) => new File([await (await fetch(address)).blob()], name)),
    );
    return await Promise.all(
      dropped.map(async (file) => {
        const shots: PickedFile['shots'][number][] = [];
        const stopping = new AbortController();
        const summary = await client.pick(
          file,
          ({ picked: { shot, picks }, judgement }) => {
            shots.push({ ffid: shot.ffid, picks, verdict: judgement.verdict, amplitudes: shot.amplitudes.length });
            if (shots.length === stopAfter) stopping.abort();
          },
          { signal: stopping.signal },
        );
        return { model, summary, endedMs: performance.now(), shots };
      }),
    );
  } finally {
    client.close();
  }
}

const doors = { ask, pick };
export type Doors = typeof doors;
Object.assign(globalThis, doors);
