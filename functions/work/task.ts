/** What is to be done, as messages of a queue say it. Every task may be done again, by anybody, and nothing changes. */
import type { OpenOptions } from '#shared/gather.ts';
import { CONVENTIONS, type Convention } from '#shared/picking/convention.ts';
import { ms } from '#shared/units.ts';

export type Task =
  /** Pick an object: at once where it is small, else plan it. */
  | { readonly kind: 'file'; readonly key: string; readonly settings?: PickSettings }
  | { readonly kind: 'shard'; readonly result: string; readonly index: number }
  | { readonly kind: 'merge'; readonly result: string }
  | SurveyTask;

/** All that was picked under a prefix, or by a job of one, judged together: planned, part by part, and as lines. */
export type SurveyTask =
  | { readonly kind: 'survey'; readonly prefix: string; readonly job?: string }
  | { readonly kind: 'judge'; readonly survey: string; readonly index: number }
  | { readonly kind: 'line'; readonly survey: string };

export const isSurveyTask = (task: Task): task is SurveyTask =>
  task.kind === 'survey' || task.kind === 'judge' || task.kind === 'line';

/** What a user may ask for, as the options of `firstbreak pick` have it. */
export interface PickSettings {
  readonly minConfidence?: number;
  readonly convention?: Convention;
  /** The shot instant, in ms after the first sample. */
  readonly timeZero?: number;
  /** In ms. */
  readonly sampleInterval?: number;
}

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const isOptional = (value: unknown, is: (value: unknown) => boolean) => value === undefined || is(value);

const isSettings = (value: unknown): value is PickSettings => {
  if (typeof value !== 'object' || value === null) return false;
  const { minConfidence, convention, timeZero, sampleInterval, ...other } = value as Record<string, unknown>;
  return (
    Object.keys(other).length === 0 &&
    isOptional(minConfidence, (p) => isNumber(p) && (p as number) >= 0 && (p as number) <= 1) &&
    isOptional(convention, (name) => CONVENTIONS.includes(name as Convention)) &&
    isOptional(timeZero, isNumber) &&
    isOptional(sampleInterval, (interval) => isNumber(interval) && (interval as number) > 0)
  );
};

/** Whether a message is a task. */
export function isTask(value: unknown): value is Task {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, key, settings, result, index, prefix, job, survey } = value as Record<string, unknown>;
  const counted = Number.isSafeInteger(index) && (index as number) >= 0;
  switch (kind) {
    case 'file':
      return typeof key === 'string' && key !== '' && isOptional(settings, isSettings);
    case 'shard':
      return isId(result) && counted;
    case 'merge':
      return isId(result);
    case 'survey':
      return typeof prefix === 'string' && isOptional(job, (id) => typeof id === 'string' && /^[0-9a-v]{20}$/.test(id));
    case 'judge':
      return isId(survey) && counted;
    default:
      return kind === 'line' && isId(survey);
  }
}

const isId = (id: unknown): boolean => typeof id === 'string' && /^[0-9a-f]{64}$/.test(id);

/** How the file is opened: as on a disk, so that the same shots are found as by the command line. */
export const openOptions = ({ timeZero, sampleInterval }: PickSettings): OpenOptions => ({
  asOnDisk: true,
  ...(timeZero !== undefined && { timeZero: ms(timeZero) }),
  ...(sampleInterval !== undefined && { sampleInterval: ms(sampleInterval) }),
});
