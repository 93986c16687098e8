/** A job: objects of a caller to be picked, and what has come of each. Kept in the caller's part of the store. */
import { createHash, randomBytes } from 'node:crypto';
import { SYSTEM } from '../store/system.ts';
import type { PickSettings, SurveyTask, Task } from '../work/task.ts';

export type JobInput = { readonly key: string } | { readonly prefix: string };

/** `partly`: some objects could not be picked. */
export type JobState = 'queued' | 'running' | 'succeeded' | 'partly' | 'failed' | 'cancelled';
export const ENDED: readonly JobState[] = ['succeeded', 'partly', 'failed', 'cancelled'];

export interface Job {
  readonly schema: 'firstbreak.job/1';
  readonly id: string;
  readonly kind: 'job' | 'survey';
  readonly state: JobState;
  readonly input: JobInput;
  readonly settings: PickSettings;
  /** Digest of the release that picks all of it, however the aliases move; null: the model at hand; absent: not chosen yet. */
  readonly release?: string | null;
  readonly createdAt: string;
  readonly endedAt?: string;
  /** How many there are; absent: not counted yet. */
  readonly objects?: number;
  /** How often it was begun again. */
  readonly round?: number;
  /** What came of the one object of a job by key; those of a prefix have records of their own. */
  readonly item?: Item;
  /** Of a prefix: why there was nothing to pick. */
  readonly error?: { readonly code: string; readonly message: string };
  /** Of a survey: how its shots are judged as lines, once all objects are done. */
  readonly line?: LineState;
}

/** `judged`: the id of what came of it. */
export type LineState =
  | { readonly state: 'queued' }
  | { readonly state: 'judged'; readonly survey: string }
  | { readonly state: 'failed'; readonly error: { readonly code: string; readonly message: string } };

/** Of one object. `passed-over`: no shot file, among others under a prefix. */
export const ITEM_STATES = ['picked', 'failed', 'passed-over'] as const;
export type ItemState = (typeof ITEM_STATES)[number];
/** Of those that failed and are to be tried once more. */
export const AGAIN = 'again';

export interface Item {
  readonly key: string;
  readonly state: ItemState;
  /** Id of the results. */
  readonly result?: string;
  readonly shots?: number;
  readonly traces?: number;
  readonly picked?: number;
  readonly verdicts?: Readonly<Record<string, number>>;
  readonly error?: { readonly code: string; readonly message: string };
}

/** What the queue holds. `part` is the caller's part of the store. */
export type JobTask =
  | LineTask
  | ({ readonly part: string; readonly job: string } & (
      | { readonly kind: 'begin' }
      | { readonly kind: 'redrive'; readonly round: number }
      | { readonly kind: 'work'; readonly key: string; readonly work: Task }
    ));

/** A step of judging all under a prefix; absent job: nobody asked for it, as of an inbox. */
export interface LineTask {
  readonly part: string;
  readonly job?: string;
  readonly kind: 'line';
  /** Of the job: begun again, it is judged again. */
  readonly round: number;
  readonly work: SurveyTask;
}

export const JOBS = `${SYSTEM}jobs/`;
export const jobKey = (id: string) => `${JOBS}${id}.json`;
export const ONCE = `${SYSTEM}once/`;

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
export const onceKey = (token: string) => `${ONCE}${digest(token)}.json`;
export const itemsPrefix = (id: string, state?: ItemState | typeof AGAIN) =>
  `${SYSTEM}items/${id}/${state === undefined ? '' : `${state}/`}`;
export const itemKey = (id: string, { key, state }: { key: string; state: ItemState | typeof AGAIN }) =>
  `${itemsPrefix(id, state)}${digest(key)}.json`;

/** Digits in the order of their bytes. */
const DIGITS = '0123456789abcdefghijklmnopqrstuv';
const LAST_MS = 32 ** 9 - 1;

/** The newest one first where they are listed by their keys. */
export function newJobId(now = Date.now()): string {
  let left = LAST_MS - now;
  let text = '';
  for (let i = 0; i < 9; i++) {
    text = DIGITS[left % 32] + text;
    left = Math.floor(left / 32);
  }
  return text + [...randomBytes(11)].map((byte) => DIGITS[byte % 32]).join('');
}

export const isJobId = (text: string): boolean => /^[0-9a-v]{20}$/.test(text);
