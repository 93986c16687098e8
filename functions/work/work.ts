/**
 * One step of the work at a time: whoever has a queue takes a task, does it here, and puts what follows in the queue.
 *
 *   file ─▶ small: picked and merged at once        large: plan ─▶ shard, shard, shard … ─▶ merge
 *   survey ─▶ judge, judge, judge … ─▶ line
 *
 * A step may be done twice, or by two at once, or again after a crash: results are written where none are, under names that
 * follow from what they are made of.
 */
import { isRecordError, RecordError } from '#shared/errors.ts';
import { everyObject, getJson, isStoreError, type ObjectStore, putJson, StoreError } from '#shared/object-store.ts';
import { objectSource } from '../store/object-source.ts';
import { judgePart } from './judge-part.ts';
import { judgeSurvey, missingParts, surveyPlan } from './line.ts';
import { clearShards, merge, type Result, readResult } from './merge.ts';
import { type PickDeps, pickShard } from './pick-shard.ts';
import { type Plan, planOf, type ShardSizes } from './plan.ts';
import { failedPointer, pickedPointer, tell } from './pointer.ts';
import { resultId, resultKeys } from './result-keys.ts';
import { planSurvey } from './survey.ts';
import type { Task } from './task.ts';

export interface WorkDeps extends PickDeps {
  /** Where inputs lie, and pointers are put beside them. @default the store of the results */
  readonly surveys?: ObjectStore;
  readonly sizes?: Partial<ShardSizes>;
  /** Digest of the release that the picker is of; a plan keeps it. */
  readonly release?: string | null;
}

/**
 * @returns the tasks that follow
 * @throws RecordError for a file that cannot be picked, however often; StoreError `missing` where it is gone, other codes and
 * errors where trying again may help
 */
export async function workOn(store: ObjectStore, task: Task, deps: WorkDeps): Promise<readonly Task[]> {
  const stores = { surveys: deps.surveys ?? store, results: store };
  try {
    return await STEPS[task.kind](stores, task as never, deps);
  } catch (error) {
    // It was replaced while it was read: what is there now has, or gets, a task of its own.
    if (isStoreError(error, 'changed')) return task.kind === 'file' ? [task] : [];
    throw error;
  }
}

interface Stores {
  readonly surveys: ObjectStore;
  readonly results: ObjectStore;
}
type Of<K extends Task['kind']> = Extract<Task, { kind: K }>;

const STEPS: { readonly [K in Task['kind']]: (stores: Stores, task: Of<K>, deps: WorkDeps) => Promise<Task[]> } = {
  async file(stores, { key, settings = {} }, deps) {
    const object = await stores.surveys.head(key);
    if (!object) throw new StoreError('missing', key, 'expected an object, found none');
    const id = resultId(object, deps.picker, settings);
    const result = await readResult(stores.results, id);
    if (result) return finished(stores, result);
    try {
      if (object.size === 0)
        throw new RecordError('empty', key.split('/').at(-1)!, 'expected a shot record, found a file of 0 bytes');
      const planned = await getJson<Plan>(stores.results, resultKeys(id).plan);
      const plan = planned?.value ?? (await planOf(objectSource(stores.surveys, object), object, settings, deps.sizes));
      if (plan.shards.length === 1) {
        await pickShard(stores, id, plan, plan.shards[0], deps);
        return await finished(stores, await merge(stores.results, id, plan, deps.picker));
      }
      const kept = deps.release ? { ...plan, release: deps.release } : plan;
      if (!planned) await putJson(stores.results, resultKeys(id).plan, kept, 'absent');
      return plan.shards.map(({ index }) => ({ kind: 'shard', result: id, index }));
    } catch (error) {
      if (isRecordError(error)) await tell(stores.surveys, failedPointer(object, error));
      if (!isStoreError(error, 'missing')) throw error;
      // Somebody else was faster, and has cleared the shards away.
      const result = await readResult(stores.results, id);
      if (!result) throw error;
      return finished(stores, result);
    }
  },

  async shard(stores, { result: id, index }, deps) {
    const result = await readResult(stores.results, id);
    if (result) return finished(stores, result);
    const plan = await planned(stores, id);
    if (!plan.shards[index])
      throw new StoreError('missing', resultKeys(id).plan, `expected shard ${index}, found ${plan.shards.length}`);
    await pickShard(stores, id, plan, plan.shards[index], deps);
    return (await missingShards(stores.results, id, plan)) === 0 ? [{ kind: 'merge', result: id }] : [];
  },

  async merge(stores, { result: id }, deps) {
    const result = await readResult(stores.results, id);
    if (result) return finished(stores, result);
    const plan = await planned(stores, id);
    try {
      return await finished(stores, await merge(stores.results, id, plan, deps.picker));
    } catch (error) {
      const other = isStoreError(error, 'missing') ? await readResult(stores.results, id) : undefined;
      if (!other) throw error;
      return finished(stores, other);
    }
  },

  survey: (stores, task, deps) => planSurvey(stores, task, deps.sizes?.shard),

  async judge(stores, { survey, index }, deps) {
    await judgePart(stores, survey, index, deps);
    const plan = await surveyPlan(stores.results, survey);
    return (await missingParts(stores.results, plan)) === 0 ? [{ kind: 'line', survey }] : [];
  },

  async line(stores, { survey }) {
    await judgeSurvey(stores, survey);
    return [];
  },
};

/** Also after a crash between these steps: they are done again, and nothing changes. */
async function finished({ surveys, results }: Stores, result: Result): Promise<Task[]> {
  const [failed] = result.failed;
  await tell(surveys, result.shots === 0 && failed ? failedPointer(result.input, failed) : pickedPointer(result));
  await clearShards(results, result.id);
  return [];
}

async function planned({ results }: Stores, id: string): Promise<Plan> {
  const found = await getJson<Plan>(results, resultKeys(id).plan);
  if (!found) throw new StoreError('missing', resultKeys(id).plan, 'expected the plan of the shards, found none');
  return found.value;
}

/** How many shards of a plan have not been picked. */
export async function missingShards(store: ObjectStore, id: string, plan: Plan): Promise<number> {
  let there = 0;
  for await (const _ of everyObject(store, resultKeys(id).shards)) there++;
  return plan.shards.length - there;
}
