/** What is to be done, as messages of a queue say it. Every task may be done again, by anybody, and nothing changes. */
import type { OpenOptions } from '#shared/gather.ts';
import { CONVENTIONS, type Convention } from '#shared/picking/convention.ts';
import { ms } from '#shared/units.ts';

export type Task =
  /** Pick an object: at once where it is small, else plan it. */
  | { readonly kind: 'file'; readonly key: string; readonly settings?: PickSettings }
  | { readonly kind: 'shard'; readonly result: string; readonly index: number }
  | { readonly kind: 'merge'; readonly result: string };

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
  const { kind, key, settings, result, index } = value as Record<string, unknown>;
  const named = typeof result === 'string' && /^[0-9a-f]{64}$/.test(result);
  if (kind === 'file') return typeof key === 'string' && key !== '' && isOptional(settings, isSettings);
  if (kind === 'shard') return named && Number.isSafeInteger(index) && (index as number) >= 0;
  return kind === 'merge' && named;
}

/** How the file is opened: as on a disk, so that the same shots are found as by the command line. */
export const openOptions = ({ timeZero, sampleInterval }: PickSettings): OpenOptions => ({
  asOnDisk: true,
  ...(timeZero !== undefined && { timeZero: ms(timeZero) }),
  ...(sampleInterval !== undefined && { sampleInterval: ms(sampleInterval) }),
});
