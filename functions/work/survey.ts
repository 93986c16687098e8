/**
 * A survey as a whole: the files of a prefix in the order of `firstbreak qc`, divided into parts whose shots are judged once more, now
 * beside the shots before them, side by side with the other parts; then all of them as lines. Parts are named after what they are
 * made of, so files that come later leave the parts before them as they are.
 */
import { createHash } from 'node:crypto';
import { everyObject, getJson, type ObjectStore, putJson, type StoredObject } from '#shared/object-store.ts';
import { type Item, itemsPrefix } from '../jobs/job.ts';
import { isServiceKey } from '../store/system.ts';
import { MOST_LINE_TRACES, PROFILE } from './line-report.ts';
import { type Result, readResult } from './merge.ts';
import { type Plan, SHARD_BYTES, type Shard } from './plan.ts';
import { pointerOf } from './pointer.ts';
import { resultKeys, surveyKeys } from './result-keys.ts';
import type { PickSettings, SurveyTask } from './task.ts';

/** Shots of one shard of one file. */
export interface Unit {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly result: string;
  readonly shard: Shard;
  readonly settings: PickSettings;
}

export interface SurveyPart {
  /** Under which its shots are kept. */
  readonly id: string;
  readonly units: readonly Unit[];
  /** The units before it, as far back as a shot is held against others. */
  readonly before: readonly Pick<Unit, 'key' | 'result' | 'shard'>[];
  /** Traces of all shots before it. */
  readonly tracesBefore: number;
}

export interface SurveyPlan {
  readonly schema: 'firstbreak.survey-plan/1';
  readonly id: string;
  readonly prefix: string;
  readonly files: number;
  /** Names of the parts, in order. */
  readonly parts: readonly string[];
  /** What picked. */
  readonly picks: string;
}

/** A new one judges all surveys anew. */
const VERSION = 1;
/** Parts of a survey: as many as the list of tasks may hold that one step hands to the next (256 KiB). */
const MOST_PARTS = 1000;
/** Shards before a part that are looked into for the shots before it: 20, and some that gave none. */
const BEFORE = 40;
/** Requests at once. */
const AT_ONCE = 32;

/** @returns the tasks that follow: a part each; none where nothing under the prefix was picked */
export async function planSurvey(
  stores: { readonly surveys: ObjectStore; readonly results: ObjectStore },
  { prefix, job }: Extract<SurveyTask, { kind: 'survey' }>,
  partBytes = SHARD_BYTES,
): Promise<SurveyTask[]> {
  const ids =
    job === undefined
      ? await mapped(everyObject(stores.surveys, prefix), (object) => pickedAs(stores.surveys, object))
      : await mapped(everyObject(stores.results, itemsPrefix(job, 'picked')), ({ key }) => itemOf(stores.results, key));
  const found = await mapped(ids, async (id) => {
    const result = id === undefined ? undefined : await readResult(stores.results, id);
    return result && { result, shards: await shardsOf(stores.results, result) };
  });
  const files = found.flatMap((file) => file ?? []).sort((a, b) => inOrder(a.result.input.key, b.result.input.key));
  if (files.length === 0) return [];
  const units = files.flatMap(({ result, shards }) => unitsOf(result, shards));
  const parts = partsOf(units, partBytes);
  const about = { prefix, files: files.length, parts: parts.map(({ id }) => id), picks: files[0].result.model.name };
  const id = digestOf([VERSION, 'survey', prefix, about.picks, about.parts]);
  const keys = surveyKeys(id);
  await mapped(parts.entries(), ([index, part]) => putJson(stores.results, keys.part(index), part, 'absent'));
  const plan: SurveyPlan = { schema: 'firstbreak.survey-plan/1', id, ...about };
  await putJson(stores.results, keys.plan, plan, 'absent');
  return parts.map((_, index) => ({ kind: 'judge', survey: id, index }));
}

async function pickedAs(surveys: ObjectStore, object: StoredObject): Promise<string | undefined> {
  const pointer = isServiceKey(object.key) ? undefined : await pointerOf(surveys, object);
  return pointer?.state === 'picked' ? pointer.result : undefined;
}

const itemOf = async (results: ObjectStore, key: string): Promise<string | undefined> =>
  (await getJson<Item>(results, key))?.value.result;

/** Of a file picked at once the one shard is the file. */
async function shardsOf(results: ObjectStore, { id, input, shards }: Result): Promise<readonly Shard[]> {
  if (shards === 1) return [{ index: 0, bytes: [0, input.size] }];
  return (await getJson<Plan>(results, resultKeys(id).plan))?.value.shards ?? [];
}

interface CountedUnit extends Unit {
  readonly traces: number;
}

const unitsOf = ({ id, input: { key, etag, size }, settings, traces }: Result, shards: readonly Shard[]) =>
  shards.map((shard, i): CountedUnit => {
    const ends = shards[i + 1]?.trace ?? traces;
    return { key, etag, size, result: id, shard, settings, traces: Math.max(0, ends - (shard.trace ?? 0)) };
  });

function partsOf(units: readonly CountedUnit[], partBytes: number): SurveyPart[] {
  const all = units.reduce((sum, { shard }) => sum + shard.bytes[1], 0);
  const most = Math.max(partBytes, all / (MOST_PARTS / 2));
  const parts: SurveyPart[] = [];
  let tracesBefore = 0;
  for (let from = 0; from < units.length; ) {
    let to = from;
    let [bytes, traces] = [0, 0];
    do {
      bytes += units[to].shard.bytes[1];
      traces += units[to].traces;
      to++;
    } while (to < units.length && bytes + units[to].shard.bytes[1] <= most);
    const own = units.slice(from, to).map(({ traces: _, ...unit }): Unit => unit);
    const before = units
      .slice(Math.max(0, from - BEFORE), from)
      .map(({ key, result, shard }) => ({ key, result, shard }));
    const named = [own, before].map((list) => list.map(({ key, result, shard }) => [key, result, shard.index]));
    // Where it lies counts only near the bound.
    const place = tracesBefore + traces > MOST_LINE_TRACES ? tracesBefore : 0;
    parts.push({ id: digestOf([VERSION, 'part', PROFILE.name, ...named, place]), units: own, before, tracesBefore });
    tracesBefore += traces;
    from = to;
  }
  return parts;
}

const natural = new Intl.Collator('en', { numeric: true });

/** As a folder is gone through on the command line: 2.dat before 10.dat, folder by folder. */
function inOrder(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = natural.compare(left[i], right[i]) || (left[i] < right[i] ? -1 : left[i] > right[i] ? 1 : 0);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** In the order of the values; a few of them at once. */
async function mapped<T, R>(values: Iterable<T> | AsyncIterable<T>, each: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const underWay = new Set<Promise<void>>();
  let count = 0;
  for await (const value of values) {
    const at = count++;
    const one: Promise<void> = each(value).then((result) => {
      results[at] = result;
      underWay.delete(one);
    });
    underWay.add(one);
    if (underWay.size >= AT_ONCE) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  return results;
}
