/** A thread that works on tasks: it opens the store and the picker once, as they are named to it. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Pick } from '#shared/picks.ts';
import { openPickerHere, type PickerHere } from '../models.ts';
import { type Reply, sent } from '../picking/threads.ts';
import { picture } from '../picture.ts';
import { openStore } from '../store/address.ts';
import { confined } from '../store/confined.ts';
import type { PlacedTask, WorkerPlace } from './in-threads.ts';
import type { Task } from './task.ts';
import { type WorkDeps, workOn } from './work.ts';

export interface WorkDone {
  readonly next: readonly Task[];
  /** Traces that were picked on the way, and those that were left without a pick. */
  readonly picked: number;
  readonly skipped: number;
}

/** Bytes of a file that may lie on the disk beside the store while it is read. */
const SPARE_BYTES = 64 * 2 ** 30;

const {
  store: address,
  surveys,
  model,
  runtime,
  sizes,
  spare = join(tmpdir(), 'firstbreak'),
} = workerData as WorkerPlace;

const opened = (async () => {
  const [store, inputs] = await Promise.all([
    openStore(address),
    surveys === undefined ? undefined : openStore(surveys),
  ]);
  const deps: Omit<WorkDeps, 'picker'> = {
    picture,
    spare: { directory: spare, most: SPARE_BYTES },
    ...(inputs && { surveys: inputs }),
    ...(sizes && { sizes }),
  };
  return { store, deps };
})();
opened.catch(() => {}); // told to whoever asks

/** The present model and the next; an old one is opened again when somebody asks for it. */
const MOST_MODELS = 3;
const models = new Map<string | undefined, Promise<PickerHere>>();

function pickerOf(folder: string | undefined): Promise<PickerHere> {
  const coming = models.get(folder) ?? openPickerHere(folder, runtime);
  models.delete(folder);
  models.set(folder, coming);
  coming.catch(() => models.delete(folder));
  for (const [old] of models) if (models.size > MOST_MODELS) models.delete(old);
  return coming;
}
pickerOf(model).catch(() => {}); // told to whoever asks

parentPort!.on('message', async ({ part = '', model: wanted = model, ...task }: PlacedTask) => {
  let reply: Reply<WorkDone>;
  try {
    const [{ store, deps }, { picker }] = await Promise.all([opened, pickerOf(wanted)]);
    let [picked, skipped] = [0, 0];
    const onShot = (picks: readonly Pick[]) => {
      const found = picks.filter(({ kind }) => kind === 'picked').length;
      picked += found;
      skipped += picks.length - found;
    };
    const inputs = deps.surveys && { surveys: confined(deps.surveys, part) };
    const next = await workOn(confined(store, part), task, { ...deps, ...inputs, picker, onShot });
    reply = { ok: true, answer: { next, picked, skipped } };
  } catch (error) {
    reply = { ok: false, error: sent(error) };
  }
  parentPort!.postMessage(reply);
});
