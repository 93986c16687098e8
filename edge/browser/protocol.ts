/**
 * What a page and the worker that picks say to each other: a page opens a model, then hands over files; the worker answers shot by
 * shot. All answers to a request carry its number.
 */
import type { RecordErrorCode } from '#shared/errors.ts';
import type { Format, OpenOptions, Shot } from '#shared/gather.ts';
import type { Precision } from '#shared/model/manifest.ts';
import type { PickOptions } from '#shared/picking/pick-shot.ts';
import type { PickedShot } from '#shared/picks.ts';
import type { Judgement } from '#shared/qc/finding.ts';
import type { ModelAddress } from './runtimes.ts';

export type Request =
  | { readonly kind: 'open'; readonly id: number; readonly model: ModelAddress }
  | {
      readonly kind: 'pick';
      readonly id: number;
      readonly file: Blob;
      /** For messages, and the `file` of results. */
      readonly name: string;
      readonly options: OpenOptions & PickOptions;
    }
  /** Nothing more is said to request `id`, but `stopped`. */
  | { readonly kind: 'stop'; readonly id: number };

export type Reply =
  | { readonly kind: 'opened'; readonly id: number; readonly model: ModelFacts }
  | { readonly kind: 'shot'; readonly id: number; readonly shot: WorkedShot }
  | { readonly kind: 'done'; readonly id: number; readonly summary: FileSummary }
  | { readonly kind: 'stopped'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure };

/** What makes the picks. */
export interface ModelFacts {
  /** Word of the `model` column. */
  readonly word: string;
  readonly name: string;
  readonly runtime: string;
  readonly artefact: string;
  readonly precision: Precision;
  /** SHA-256 of the artefact. */
  readonly digest: string;
  /** Largest difference of a golden score, and what it may be. */
  readonly goldenDifference: number;
  readonly goldenTolerance: number;
  /** From the request until it is warm. */
  readonly milliseconds: number;
}

export interface WorkedShot {
  /** `shot.amplitudes` are handed over, not copied. */
  readonly picked: PickedShot & { readonly shot: Shot };
  readonly judgement: Judgement;
  /** Picked and judged in. */
  readonly milliseconds: number;
}

export interface FileSummary {
  readonly format: Format;
  readonly shots: number;
  readonly traces: number;
  /** From the request to the last shot. */
  readonly milliseconds: number;
  /** What is wrong with the file as a whole. */
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

export interface Failure {
  readonly code: RecordErrorCode | 'failed';
  /** One line. */
  readonly message: string;
}
