/** A thread that works on tasks: it opens the store and the picker once, as they are named to it. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Pick } from '#shared/picks.ts';
import { openPickerHere } from '../models.ts';
import { type Reply, sent } from '../picking/threads.ts';
import { gatherPng } from '../picture.ts';
import { openStore } from '../store/address.ts';
import { confined } from '../store/confined.ts';
import type { PlacedTask, WorkerPlace } from './in-threads.ts';
import type { TimedPickedShot } from './pick-shard.ts';
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

/** Of the size of a picture on a page. */
const picture = ({ file, shot, picks, model: picker }: TimedPickedShot) =>
  gatherPng(shot, picks, { title: file, picker, width: 900, height: 520, scale: 1 });

const opened = (async () => {
  const [store, inputs, { picker }] = await Promise.all([
    openStore(address),
    surveys === undefined ? undefined : openStore(surveys),
    openPickerHere(model, runtime),
  ]);
  const deps: WorkDeps = {
    picker,
    picture,
    spare: { directory: spare, most: SPARE_BYTES },
    ...(inputs && { surveys: inputs }),
    ...(sizes && { sizes }),
  };
  return { store, deps };
})();
opened.catch(() => {}); // told to whoever asks

parentPort!.on('message', async ({ part = '', ...task }: PlacedTask) => {
  let reply: Reply<WorkDone>;
  try {
    const { store, deps } = await opened;
    let [picked, skipped] = [0, 0];
    const onShot = (picks: readonly Pick[]) => {
      const found = picks.filter(({ kind }) => kind === 'picked').length;
      picked += found;
      skipped += picks.length - found;
    };
    const inputs = deps.surveys && { surveys: confined(deps.surveys, part) };
    const next = await workOn(confined(store, part), task, { ...deps, ...inputs, onShot });
    reply = { ok: true, answer: { next, picked, skipped } };
  } catch (error) {
    reply = { ok: false, error: sent(error) };
  }
  parentPort!.postMessage(reply);
});
