/**
 * One message of the queue behind a bucket: objects that arrived, or a step of work that followed from one. It may come twice,
 * late, out of order, and after its object has gone; what it leads to is the same.
 */
import { isRecordError } from '#shared/errors.ts';
import { isStoreError, type ObjectStore } from '#shared/object-store.ts';
import { isJobId, type JobTask } from './jobs/job.ts';
import { type ChooseRelease, type JobRunner, jobRunner, mayPass } from './jobs/run.ts';
import { bucketMessage } from './lambda/s3-event.ts';
import { confined } from './store/confined.ts';
import { isServiceKey } from './store/system.ts';
import { failedPointer, tell } from './work/pointer.ts';
import { isSurveyTask, isTask, type Task } from './work/task.ts';
import { type WorkDeps, workOn } from './work/work.ts';

/** A task whose keys lie under a part of the store: empty, or ends with a slash. */
export type PlacedTask = Task & { readonly part: string };

export interface Queued {
  /** JSON. */
  readonly body: string;
  /** How often it was received, this time included. */
  readonly received: number;
}

/** What came of a message, for the log. */
export type Outcome =
  | 'done'
  | 'test' // of the notification
  | 'nothing' // objects of this software, folders, removals
  | 'gone' // deleted before it was read
  | 'no-shot-file'; // said beside it

/**
 * Who picks a task, and of which release that is. `pinned`: as its job has it; undefined: nobody has chosen yet.
 * @param results where the plan of a shard lies
 */
export type PickerOf = (
  task: Task,
  results: ObjectStore,
  pinned?: string | null,
) => Promise<Pick<WorkDeps, 'picker' | 'release'>>;

export interface PickObjectDeps extends Omit<WorkDeps, 'surveys'> {
  readonly surveys: ObjectStore;
  readonly results: ObjectStore;
  /** Where jobs of the HTTP API are kept: surveys and results as one store. */
  readonly jobs: ObjectStore;
  /** Of the surveys; absent where it does not matter. */
  readonly bucket?: string;
  /** Puts messages into the queue. */
  readonly send: (messages: readonly (PlacedTask | JobTask)[]) => Promise<void>;
  /** Receipts after which the queue gives a message up. */
  readonly tries: number;
  /** Absent: the picker at hand, always. */
  readonly pickerOf?: PickerOf;
  /** The release that a new job is to keep. */
  readonly choose?: ChooseRelease;
}

/** A message that no number of tries makes anything of: it goes to the dead letters. */
export class Poison extends Error {
  readonly _tag = 'Poison';
  override readonly name = 'Poison';
}

/**
 * @returns what came of it
 * @throws Poison, or RecordError, for what cannot be picked; other errors where trying again may help
 */
export async function pickMessage({ body, received }: Queued, deps: PickObjectDeps): Promise<Outcome> {
  const message = parsed(body);
  const last = received >= deps.tries;
  if (isJobTask(message)) return jobTask(message, last, deps);
  if (isPlaced(message)) {
    await follow(message, deps);
    return 'done';
  }
  const told = bucketMessage(message);
  if (!told) throw new Poison('expected an event of a bucket or a task, found another message');
  if (told.kind === 'test') return 'test';
  const outcomes: Outcome[] = [];
  for (const { bucket, key } of told.arrivals) {
    if (deps.bucket !== undefined && bucket !== deps.bucket)
      throw new Poison('expected an event of the bucket of surveys, found one of another bucket');
    outcomes.push(await arrival(key, last, deps));
  }
  return (['done', 'no-shot-file', 'gone'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'nothing';
}

async function arrival(whole: string, last: boolean, deps: PickObjectDeps): Promise<Outcome> {
  const part = /^sub-[0-9a-f]{24}\//.exec(whole)?.[0] ?? '';
  const key = whole.slice(part.length);
  if (key === '' || key.endsWith('/') || isServiceKey(key)) return 'nothing';
  try {
    if (last) await foretell(key, confined(deps.surveys, part), deps);
    await follow({ kind: 'file', key, part }, deps);
    return 'done';
  } catch (error) {
    if (isStoreError(error, 'missing') && !(await confined(deps.surveys, part).head(key))) return 'gone';
    if (isRecordError(error, 'not-recognised')) return 'no-shot-file';
    throw error;
  }
}

/** Before the last try: if this one ends as the others did, without a word, there is one beside the object. */
async function foretell(key: string, surveys: ObjectStore, { tries }: PickObjectDeps): Promise<void> {
  const object = await surveys.head(key);
  if (!object) return;
  const message = `${key.split('/').at(-1)}: expected to be picked within time and memory, found that ${tries} tries did not end`;
  await tell(surveys, failedPointer(object, { code: 'given-up', message }));
}

async function follow({ part, ...task }: PlacedTask, deps: PickObjectDeps): Promise<void> {
  const next = await step({ ...task, part } as PlacedTask, deps);
  if (next.length > 0) await deps.send(next.map((one): PlacedTask => ({ ...one, part })));
}

/** One step of the work, in the part of the stores that it names. @throws as `workOn` */
export async function step(
  { part, ...task }: PlacedTask,
  {
    surveys,
    results,
    pickerOf,
    ...deps
  }: Pick<PickObjectDeps, 'surveys' | 'results' | 'picker' | 'pickerOf'> & WorkDeps,
  pinned?: string | null,
): Promise<readonly Task[]> {
  const place = confined(results, part);
  const chosen = await pickerOf?.(task as Task, place, pinned);
  return workOn(place, task as Task, { ...deps, ...chosen, surveys: confined(surveys, part) });
}

/** What comes of a job is said in the job. */
async function jobTask(task: JobTask, last: boolean, deps: PickObjectDeps): Promise<Outcome> {
  const runner: JobRunner = jobRunner(
    deps.jobs,
    (one, { release }) => step(one, deps, release),
    (one) => deps.send([one]),
    deps.choose,
  );
  try {
    const next = await runner.work(task, new AbortController().signal);
    if (next.length > 0) await deps.send(next);
    return 'done';
  } catch (error) {
    if (mayPass(error) && !last) throw error;
    await runner.gaveUp(task, error);
    if (mayPass(error)) throw error;
    return isRecordError(error, 'not-recognised') ? 'no-shot-file' : 'done';
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Poison('expected JSON, found another message');
  }
}

const isPart = (part: unknown): part is string => typeof part === 'string' && /^(?:[^/]+\/)?$/.test(part);

function isPlaced(message: unknown): message is PlacedTask {
  return isTask(message) && isPart((message as { part?: unknown }).part);
}

function isJobTask(message: unknown): message is JobTask {
  const { part, job, kind, key, work, round } = (message ?? {}) as Record<string, unknown>;
  if (!isPart(part) || typeof job !== 'string' || !isJobId(job)) return false;
  const counted = Number.isSafeInteger(round);
  if (kind === 'line') return counted && isTask(work) && isSurveyTask(work);
  return (
    kind === 'begin' || (kind === 'redrive' && counted) || (kind === 'work' && typeof key === 'string' && isTask(work))
  );
}
