/** Jobs as a caller sees them: handed in once, looked at, ended, tried again. */
import { createHash } from 'node:crypto';
import { everyObject, getJson, keyFault, type ObjectStore, putJson } from '#shared/object-store.ts';
import { Refusal } from '../api/problem.ts';
import { isServiceKey } from '../store/system.ts';
import type { PickSettings } from '../work/task.ts';
import {
  ENDED,
  ITEM_STATES,
  type Item,
  type ItemState,
  itemsPrefix,
  JOBS,
  type Job,
  type JobInput,
  type JobTask,
  jobKey,
  newJobId,
  onceKey,
} from './job.ts';

export interface NewJob {
  readonly kind?: Job['kind'];
  readonly input: JobInput;
  readonly settings?: PickSettings;
  /** Two with the same token are one. */
  readonly once?: string | undefined;
}

export interface Submitted {
  readonly job: Job;
  /** false: it was handed in before. */
  readonly fresh: boolean;
}

/** How far it is, counted from what is there. */
export type JobView = Job & { readonly [K in 'picked' | 'failed' | 'passedOver']: number };

/** Puts a task into the queue. */
export type Enqueue = (task: JobTask) => Promise<void>;

/**
 * The task goes into the queue before the job is written: a crash between leaves a task without a job, which is dropped,
 * and the caller without an answer, who comes again.
 * @param part of the store that `store` is
 * @throws Refusal `bad-key`, `forbidden`, `not-found`, `idempotency-conflict`
 */
export async function submitJob(
  store: ObjectStore,
  part: string,
  { kind = 'job', input, settings = {}, once }: NewJob,
  enqueue: Enqueue,
): Promise<Submitted> {
  await checkInput(store, input);
  let id = newJobId();
  if (once !== undefined) {
    const request = createHash('sha256')
      .update(JSON.stringify([kind, input, settings]))
      .digest('hex');
    const mine = { id, request };
    const { written } = await putJson(store, onceKey(once), mine, 'absent');
    const first = written ? mine : (await getJson<typeof mine>(store, onceKey(once)))?.value;
    if (first?.request !== request)
      throw new Refusal(
        'idempotency-conflict',
        'expected the request that the Idempotency-Key was used for, found another',
      );
    id = first.id;
    const known = written ? undefined : await getJson<Job>(store, jobKey(id));
    if (known && known.value.state !== 'queued') return { job: known.value, fresh: false };
  }
  const createdAt = new Date().toISOString();
  const about = { schema: 'firstbreak.job/1', id, kind, state: 'queued', input, settings, createdAt } as const;
  const job: Job = 'key' in input ? { ...about, objects: 1 } : about;
  await enqueue('key' in input ? workTask(part, job, input.key) : { part, job: id, kind: 'begin' });
  const { written } = await putJson(store, jobKey(id), job, 'absent');
  return written ? { job, fresh: true } : { job: (await getJson<Job>(store, jobKey(id)))?.value ?? job, fresh: false };
}

export const workTask = (part: string, { id, settings }: Job, key: string): JobTask => ({
  part,
  job: id,
  kind: 'work',
  key,
  work: { kind: 'file', key, settings },
});

async function checkInput(store: ObjectStore, input: JobInput): Promise<void> {
  const key = 'key' in input ? input.key : input.prefix.replace(/\/$/, '');
  const fault = key === '' && 'prefix' in input ? undefined : keyFault(key);
  if (fault !== undefined)
    throw new Refusal('bad-key', `expected a key of parts between single slashes, found ${fault}`);
  if (isServiceKey('key' in input ? key : `${key}/`) || isServiceKey(key))
    throw new Refusal('forbidden', 'expected an object of a survey, found one that this service writes');
  if ('key' in input && !(await store.head(key)))
    throw new Refusal('not-found', 'expected an object of that key, found none');
}

/** @throws Refusal `not-found` */
export async function readJob(store: ObjectStore, id: string): Promise<{ value: Job; etag: string }> {
  const found = await getJson<Job>(store, jobKey(id));
  if (found) return found;
  throw new Refusal('not-found', 'expected a job of that id, found none');
}

const QUEUED = { state: 'queued' } as const;

/**
 * A survey whose objects have all been done is judged as lines, whoever finds that out. The task goes into the queue first: it may be
 * there twice, and changes nothing the second time.
 */
export async function judgeLines(store: ObjectStore, part: string, view: JobView, enqueue: Enqueue): Promise<void> {
  const { id, kind, input, objects, picked, failed, passedOver, round = 0 } = view;
  const awaits = kind === 'survey' && view.line === undefined && !ENDED.includes(view.state) && picked > 0;
  if (!awaits || !('prefix' in input) || objects === undefined || picked + failed + passedOver < objects) return;
  await enqueue({ part, job: id, kind: 'line', round, work: { kind: 'survey', prefix: input.prefix, job: id } });
  await changeJob(store, id, (now) => (now.line === undefined ? { ...now, line: QUEUED } : undefined));
}

/** A job whose objects have all been done, and whose lines are judged where it is a survey, has ended, even if whoever did the last one died before saying so. */
export async function viewJob(store: ObjectStore, seen: Job): Promise<JobView> {
  const counts = await countsOf(store, seen);
  const done = counts.picked + counts.failed + counts.passedOver;
  if (ENDED.includes(seen.state) || seen.objects === undefined || done < seen.objects) return { ...seen, ...counts };
  if (seen.kind === 'survey' && counts.picked > 0 && (seen.line ?? QUEUED).state === 'queued')
    return { ...seen, ...counts };
  const nothing = seen.objects === 0 && 'prefix' in seen.input ? nothingUnder(seen.input.prefix) : undefined;
  const state = nothing ? 'failed' : counts.failed === 0 ? 'succeeded' : counts.picked > 0 ? 'partly' : 'failed';
  const ended = await changeJob(store, seen.id, (job) =>
    ENDED.includes(job.state) || job.round !== seen.round
      ? undefined
      : { ...job, state, endedAt: new Date().toISOString(), ...(nothing && { error: nothing }) },
  );
  return { ...(ended ?? seen), ...counts };
}

const nothingUnder = (prefix: string) => ({
  code: 'missing',
  message: `expected objects ${prefix === '' ? 'in the store' : `under ${prefix}`}, found none`,
});

async function countsOf(store: ObjectStore, job: Job): Promise<Pick<JobView, 'picked' | 'failed' | 'passedOver'>> {
  if (job.objects === 1 && 'key' in job.input) {
    const one = (state: ItemState) => (job.item?.state === state ? 1 : 0);
    return { picked: one('picked'), failed: one('failed'), passedOver: one('passed-over') };
  }
  const [picked, failed, passedOver] = await Promise.all(ITEM_STATES.map((state) => countItems(store, job.id, state)));
  return { picked, failed, passedOver };
}

async function countItems(store: ObjectStore, id: string, state: ItemState): Promise<number> {
  let count = 0;
  for await (const _ of everyObject(store, itemsPrefix(id, state))) count++;
  return count;
}

/** Newest first. @param after id of the last one of the page before */
export async function listJobs(
  store: ObjectStore,
  { limit, after, wanted = () => true }: { limit: number; after?: string | undefined; wanted?: (job: Job) => boolean },
): Promise<{ readonly jobs: readonly Job[]; readonly next?: string }> {
  const jobs: Job[] = [];
  for await (const { key } of everyObject(store, JOBS, after === undefined ? {} : { after: jobKey(after) })) {
    const job = (await getJson<Job>(store, key))?.value;
    if (!job || !wanted(job)) continue;
    if (jobs.length === limit) return { jobs, next: jobs[limit - 1].id };
    jobs.push(job);
  }
  return { jobs };
}

/** In the order of their keys' digests. */
export async function* itemsOf(store: ObjectStore, job: Job, state?: ItemState): AsyncGenerator<Item> {
  if (job.item && (state === undefined || job.item.state === state)) yield job.item;
  for await (const { key } of everyObject(store, itemsPrefix(job.id, state))) {
    const item = await getJson<Item>(store, key);
    if (item) yield item.value;
  }
}

/** Changes a job whatever else changes it; `change` returns undefined to leave it. */
export async function changeJob(
  store: ObjectStore,
  id: string,
  change: (job: Job) => Job | undefined,
): Promise<Job | undefined> {
  for (;;) {
    const found = await getJson<Job>(store, jobKey(id));
    if (!found) return undefined;
    const changed = change(found.value);
    if (!changed) return found.value;
    if ((await putJson(store, jobKey(id), changed, { matches: found.etag })).written) return changed;
  }
}

/** Ends it where it is not over, and forgets it where it is; results stay. */
export async function dropJob(store: ObjectStore, id: string): Promise<'cancelled' | 'forgotten'> {
  const { value } = await readJob(store, id);
  if (!ENDED.includes(value.state)) {
    await changeJob(store, id, (job) =>
      ENDED.includes(job.state) ? undefined : { ...job, state: 'cancelled', endedAt: new Date().toISOString() },
    );
    return 'cancelled';
  }
  for await (const { key } of everyObject(store, itemsPrefix(id))) await store.delete(key);
  await store.delete(jobKey(id));
  return 'forgotten';
}

/** Objects that failed are tried again; the queue sees to it. */
export async function redriveJob(store: ObjectStore, part: string, id: string, enqueue: Enqueue): Promise<void> {
  const { value } = await readJob(store, id);
  if (!ENDED.includes(value.state))
    throw new Refusal('conflict', `expected a job that has ended, found one that is ${value.state}`);
  await enqueue({ part, job: id, kind: 'redrive', round: (value.round ?? 0) + 1 });
}
