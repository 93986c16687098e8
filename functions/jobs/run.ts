/** What the queue does with a task of a job: finds the objects, works on one step of one, notes what came of it. */
import { isRecordError } from '#shared/errors.ts';
import { everyObject, getJson, isStoreError, type ObjectStore, putJson } from '#shared/object-store.ts';
import { PickingError } from '../picking/service.ts';
import { confined } from '../store/confined.ts';
import { isServiceKey } from '../store/system.ts';
import { failedPointer, pointerOf, tell } from '../work/pointer.ts';
import type { Task } from '../work/task.ts';
import {
  AGAIN,
  ENDED,
  ITEM_STATES,
  type Item,
  itemKey,
  itemsPrefix,
  type Job,
  type JobTask,
  jobKey,
  type LineState,
  type LineTask,
} from './job.ts';
import { changeJob, type Enqueue, type JobView, judgeLines, viewJob, workTask } from './jobs.ts';

/** One step, in a thread. @returns the tasks that follow */
export type Step = (task: Task & { readonly part: string }, run: StepRun) => Promise<readonly Task[]>;

export interface StepRun {
  readonly signal: AbortSignal;
  /** Digest of the release that picks; null: the model at hand. */
  readonly release: string | null;
}

/** The release that a new job is to keep. */
export type ChooseRelease = (job: string) => Promise<string | null>;

/** A begin without its job: the one who handed it in died between, or is about to write it. */
class NoJobYet extends Error {}

export const mayPass = (error: unknown): boolean =>
  !isRecordError(error) &&
  !isStoreError(error, 'missing') &&
  !isStoreError(error, 'bad-key') &&
  !(error instanceof PickingError && error.code === 'too-slow');

export interface JobRunner {
  work(task: JobTask, signal: AbortSignal): Promise<readonly JobTask[]>;
  /** A task that was given up: its object has failed, which is said beside it and in the job. */
  gaveUp(task: JobTask, error: unknown): Promise<void>;
}

/** @param choose absent: the model at hand picks everything */
export function jobRunner(root: ObjectStore, step: Step, enqueue: Enqueue, choose?: ChooseRelease): JobRunner {
  const endings = new Map<string, Ending>();

  async function work(
    store: ObjectStore,
    { part, key, work: task }: Work,
    { id: job, state, release: kept }: Job,
    signal: AbortSignal,
  ): Promise<JobTask[]> {
    const release = kept !== undefined ? kept : choose ? await pin(store, job, choose) : null;
    const next = await step({ ...task, part }, { signal, release });
    // A shard of several has more after it, whoever brings them.
    if (next.length === 0 && task.kind !== 'shard') await note(store, part, job, await itemOf(store, key));
    if (next.length > 0 && state === 'queued')
      await changeJob(store, job, (now) => (now.state === 'queued' ? { ...now, state: 'running' } : undefined));
    return next.map((following) => ({ part, job, kind: 'work', key, work: following }));
  }

  /** Chosen once, whoever of those who work on the job asks first. */
  async function pin(store: ObjectStore, job: string, choose: ChooseRelease): Promise<string | null> {
    const release = await choose(job);
    const pinned = await changeJob(store, job, (now) => (now.release === undefined ? { ...now, release } : undefined));
    return pinned?.release ?? null;
  }

  /** The last one ends the job. Counting many takes long, so they are counted now and then. */
  async function note(store: ObjectStore, part: string, id: string, item: Item): Promise<void> {
    const job = await changeJob(store, id, (now) =>
      isSingle(now) && !ENDED.includes(now.state) ? { ...now, item, ...ended(item) } : undefined,
    );
    if (!job || isSingle(job)) return;
    await putJson(store, itemKey(id, item), item);
    if (job.round !== undefined)
      for (const state of [...ITEM_STATES, AGAIN] as const)
        if (state !== item.state) await store.delete(itemKey(id, { ...item, state }));
    const ending = endings.get(part + id) ?? { next: 0, timer: undefined };
    endings.set(part + id, ending);
    const count = async () => {
      clearTimeout(ending.timer);
      const from = performance.now();
      const view = await look(store, part, job);
      ending.next = performance.now() + Math.max(200, 20 * (performance.now() - from));
      if (view.line !== undefined || ENDED.includes(view.state)) endings.delete(part + id);
    };
    clearTimeout(ending.timer);
    if (performance.now() >= ending.next) return count();
    // Whoever asks for the job counts as well, so nothing is lost when this does not come to pass.
    ending.timer = setTimeout(() => void count().catch(() => {}), ending.next - performance.now()).unref();
  }

  /** Ends the job where it is at its end. */
  async function look(store: ObjectStore, part: string, job: Job): Promise<JobView> {
    const view = await viewJob(store, (await getJson<Job>(store, jobKey(job.id)))?.value ?? job);
    await judgeLines(store, part, view, enqueue);
    return view;
  }

  /** A step of judging all of a survey together. */
  async function line({ part, job: id, round, work: task }: LineTask, signal: AbortSignal): Promise<JobTask[]> {
    const store = confined(root, part);
    const job = id === undefined ? undefined : (await getJson<Job>(store, jobKey(id)))?.value;
    if (id !== undefined && (!job || ENDED.includes(job.state) || (job.round ?? 0) !== round)) return [];
    const next = await step({ ...task, part }, { signal, release: null });
    if (id !== undefined && task.kind === 'line')
      await endLine(store, id, round, { state: 'judged', survey: task.survey });
    if (id !== undefined && task.kind === 'survey' && next.length === 0)
      await endLine(store, id, round, { state: 'failed', error: NO_RESULTS });
    return next.map((following) => ({
      part,
      ...(id !== undefined && { job: id }),
      kind: 'line',
      round,
      work: following as LineTask['work'],
    }));
  }

  return {
    async work(task, signal) {
      if (task.kind === 'line') return line(task, signal);
      const store = confined(root, task.part);
      const job = (await getJson<Job>(store, jobKey(task.job)))?.value;
      if (!job) throw new NoJobYet('expected the job of the task, found none');
      if (task.kind === 'redrive') {
        const again = await redrive(store, task, job);
        if (again.length === 0) await look(store, task.part, job);
        return again;
      }
      if (ENDED.includes(job.state)) return [];
      return task.kind === 'begin' ? begin(store, task, job) : work(store, task, job, signal);
    },
    async gaveUp(task, error) {
      const store = confined(root, task.part);
      if (task.kind === 'line' && task.job !== undefined)
        return endLine(store, task.job, task.round, { state: 'failed', error: reasonOf(error) });
      if (task.kind !== 'work') return;
      const job = (await getJson<Job>(store, jobKey(task.job)))?.value;
      if (!job) return;
      const reason = reasonOf(error);
      const object = await store.head(task.key).catch(() => undefined);
      if (object && !isRecordError(error)) await tell(store, failedPointer(object, reason));
      const passed = 'prefix' in job.input && isRecordError(error, 'not-recognised');
      await note(store, task.part, task.job, {
        key: task.key,
        state: passed ? 'passed-over' : 'failed',
        error: reason,
      });
    },
  };
}

const NO_RESULTS = { code: 'missing', message: 'expected results of the objects that were picked, found none' };

/** The picks are there whatever became of the lines. */
async function endLine(store: ObjectStore, id: string, round: number, line: LineState): Promise<void> {
  const job = await changeJob(store, id, (now) => ((now.round ?? 0) === round ? { ...now, line } : undefined));
  if (job) await viewJob(store, job);
}

interface Ending {
  /** When the items of the job are counted again at the earliest. */
  next: number;
  timer: NodeJS.Timeout | undefined;
}
type Work = Extract<JobTask, { kind: 'work' }>;
type Begin = Extract<JobTask, { kind: 'begin' }>;
type Redrive = Extract<JobTask, { kind: 'redrive' }>;

const isSingle = ({ input, objects }: Job): boolean => objects === 1 && 'key' in input;

const ended = ({ state }: Item): Pick<Job, 'state' | 'endedAt'> => ({
  state: state === 'picked' ? 'succeeded' : 'failed',
  endedAt: new Date().toISOString(),
});

async function begin(store: ObjectStore, { part, job: id }: Begin, job: Job): Promise<JobTask[]> {
  const keys: string[] = [];
  if ('prefix' in job.input)
    for await (const { key } of everyObject(store, job.input.prefix)) if (!isServiceKey(key)) keys.push(key);
  const begun = await changeJob(store, id, (now) =>
    ENDED.includes(now.state) ? undefined : { ...now, state: 'running', objects: keys.length },
  );
  if (keys.length === 0 && begun) await viewJob(store, begun);
  return keys.map((key) => workTask(part, job, key));
}

/**
 * Each of these steps may be done again after a crash. What failed is put aside first, so that nobody who counts what is done
 * meanwhile finds the job at its end.
 */
async function redrive(store: ObjectStore, { part, job: id, round }: Redrive, job: Job): Promise<JobTask[]> {
  for await (const { key } of everyObject(store, itemsPrefix(id, 'failed'))) {
    const item = (await getJson<Item>(store, key))?.value;
    if (!item) continue;
    await putJson(store, itemKey(id, { key: item.key, state: AGAIN }), item);
    await store.delete(key);
  }
  await changeJob(store, id, ({ endedAt, line: _, ...now }) =>
    (now.round ?? 0) >= round ? undefined : { ...now, state: 'running', round },
  );
  const tasks: JobTask[] = [];
  for await (const { key } of everyObject(store, itemsPrefix(id, AGAIN))) {
    const item = (await getJson<Item>(store, key))?.value;
    if (item) tasks.push(workTask(part, job, item.key));
  }
  return tasks;
}

async function itemOf(store: ObjectStore, key: string): Promise<Item> {
  const object = await store.head(key);
  const pointer = object && (await pointerOf(store, object));
  if (pointer?.state === 'picked') {
    const { result, shots, traces, picked, verdicts } = pointer;
    return { key, state: 'picked', result, shots, traces, picked, verdicts };
  }
  const error = pointer?.error ?? {
    code: 'changed',
    message: `${key}: expected the object to stay, found it changed or gone`,
  };
  return { key, state: 'failed', error };
}

function reasonOf(error: unknown): { code: string; message: string } {
  if (isRecordError(error)) return { code: error.code, message: error.message };
  if (isStoreError(error)) return { code: error.code, message: error.message };
  if (error instanceof PickingError) return { code: error.code, message: error.message };
  return { code: 'internal', message: 'expected it to be picked, found a mistake of ours; the log says more' };
}
