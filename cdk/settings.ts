/** What differs between the stages, and what more than one stack must agree on. */
import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

export interface StageSettings {
  /** true: buckets stay when a stack is deleted. */
  readonly keepsData: boolean;
  readonly logRetention: RetentionDays;
  /** Requests a second of the HTTP API, and how many at once. */
  readonly throttle: { readonly rate: number; readonly burst: number };
  /** Functions of the trigger that run at once. */
  readonly pickersAtOnce: number;
  /** Shards of one file, and files of one survey, that are picked at once: a survey takes as many functions as their product. */
  readonly shardsAtOnce: number;
  readonly filesAtOnce: number;
  /** Alarms write to the budget's e-mail address as well when a month costs more. US dollars. */
  readonly monthlyBudget: number;
  /** How long a new version gets a tenth of the requests before it gets all. */
  readonly canary: 'at once' | 'ten minutes';
}

export const STAGES = {
  dev: {
    keepsData: false,
    logRetention: RetentionDays.TWO_WEEKS,
    throttle: { rate: 20, burst: 40 },
    pickersAtOnce: 10,
    shardsAtOnce: 8,
    filesAtOnce: 5,
    monthlyBudget: 20,
    canary: 'at once',
  },
  prod: {
    keepsData: true,
    logRetention: RetentionDays.THREE_MONTHS,
    throttle: { rate: 200, burst: 400 },
    pickersAtOnce: 100,
    shardsAtOnce: 20,
    filesAtOnce: 20,
    monthlyBudget: 500,
    canary: 'ten minutes',
  },
} as const satisfies Readonly<Record<string, StageSettings>>;
export type StageName = keyof typeof STAGES;

/** Of Lambda: the most there is. A shard of 128 MB is picked in a fraction of it. */
export const PICK_TIMEOUT = Duration.minutes(15);
/** AWS asks for six times the function's timeout, so that a message comes again only when its function is surely done. */
export const VISIBILITY = Duration.minutes(90);
/** The API answers within what API Gateway waits. */
export const API_TIMEOUT = Duration.seconds(29);
/** Tries before a message goes to the dead letters. */
export const TRIES = 4;

/** A core and three quarters; the picker runs in one thread, reading and writing in others. */
export const PICK_MEMORY_MB = 3008;
/** A file that is picked whole lies in /tmp while it is written. */
export const PICK_DISK_MB = 2048;
export const API_MEMORY_MB = 1769;

/** Beyond which the canary of models ends. The gate before stable is stricter; these are what a crew would notice. */
export const CANARY_LIMITS = {
  /** Calls of a quarter of an hour, below which it is not judged. */
  calls: 5,
  failedPercent: 20,
  /** More than all calls skip, in points of their traces. */
  skippedPoints: 15,
  /** Times the milliseconds a trace of all calls. */
  slower: 3,
} as const;

/** Under which CloudWatch finds what the functions count. */
export const METRICS = 'Firstbreak';
