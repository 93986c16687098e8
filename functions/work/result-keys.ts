/**
 * Where results lie. Their folder is named after all that they follow from: the bytes, the weights, the settings. So the same
 * work done twice finds its results there, and other bytes under the same key get a folder of their own.
 */
import { createHash } from 'node:crypto';
import { keyFault, type StoredObject } from '#shared/object-store.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import type { PickSettings } from './task.ts';

/** What a version of the results means; a new one makes all of them anew. */
const RESULTS_VERSION = 2;

/** The name of the results of an object: 64 hexadecimal digits. */
export function resultId({ key, etag, size }: StoredObject, picker: Picker, settings: PickSettings = {}): string {
  const { minConfidence = 0, convention = 'onset', timeZero = null, sampleInterval = null } = settings;
  const from = [RESULTS_VERSION, key, etag, size, picker.name, picker.learned?.digest ?? null];
  return createHash('sha256')
    .update(JSON.stringify([...from, minConfidence, convention, timeZero, sampleInterval]))
    .digest('hex');
}

export const RESULTS = 'results/';

export const resultKeys = (id: string) => {
  const folder = `${RESULTS}${id}`;
  return {
    plan: `${folder}/plan.json`,
    shard: (index: number) => `${folder}/shards/${String(index).padStart(5, '0')}.ndjson.gz`,
    shards: `${folder}/shards/`,
    /** What the line needs of the shots of a shard; stays. */
    shots: (index: number) => `${folder}/shots/${String(index).padStart(5, '0')}.ndjson.gz`,
    picture: (name: string) => `${folder}/pictures/${name}.png`,
    csv: `${folder}/picks.csv`,
    parquet: `${folder}/picks.parquet`,
    json: `${folder}/picks.json`,
    qc: `${folder}/qc.json`,
    lines: `${folder}/qc-lines.json`,
    report: `${folder}/report.html`,
    /** Written last: where it is, all else is. */
    result: `${folder}/result.json`,
  };
};

/** Beside the results of objects: what was made of many of them. */
const SURVEYS = `${RESULTS}surveys/`;

/** Of a survey: its plan, its parts, and what became of them. */
export const surveyKeys = (id: string) => {
  const folder = `${SURVEYS}${id}`;
  return {
    plan: `${folder}/plan.json`,
    part: (index: number) => `${folder}/parts/${String(index).padStart(5, '0')}.json`,
    qc: `${folder}/qc.json`,
    lines: `${folder}/qc-lines.json`,
    report: `${folder}/report.html`,
    /** Written last. */
    survey: `${folder}/survey.json`,
  };
};

/** Shots of a part of a survey, judged beside those before them. */
export const judgedKey = (part: string): string => `${SURVEYS}judged/${part}.ndjson.gz`;

const POINTER = '.firstbreak.json';

/** The object among the inputs that says what came of all under a prefix. */
export const surveyPointerKey = (prefix: string): string =>
  `${prefix}${prefix === '' || prefix.endsWith('/') ? '' : '.'}survey${POINTER}`;

/** The object beside an input that says what came of it. Names too long for an ending give way to their digest. */
export function pointerKey(key: string): string {
  const beside = `${key}${POINTER}`;
  if (keyFault(beside) === undefined) return beside;
  const name = key.split('/').at(-1)!;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${key.slice(0, key.length - name.length)}${digest}${POINTER}`;
}

/** Objects that this software writes: not to be picked. */
export const isOwnKey = (key: string): boolean => key.startsWith(RESULTS) || key.endsWith(POINTER);
