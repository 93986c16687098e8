/** A shot and what is known of its first breaks, whoever knows it: the generator, a person, another program. */
import type { TimedShot } from '#shared/gather.ts';
import type { Milliseconds } from '#shared/units.ts';

export type Label =
  | { readonly kind: 'onset'; readonly time: Milliseconds }
  /** Nothing of the shot was recorded: a picker should skip it. */
  | { readonly kind: 'dead' }
  /** Hidden by noise, or nobody said: neither a pick nor a skip is right or wrong here. */
  | { readonly kind: 'unknown' };

export interface LabelledShot {
  /** Shots of one site share ground, crew and habits of picking; folds never part them. */
  readonly site: string;
  readonly file: string;
  readonly shot: TimedShot;
  /** `labels[i]` belongs to `shot.traces[i]`. */
  readonly labels: readonly Label[];
  /** Of the first arrival, where it is known beforehand: of made shots. */
  readonly period?: Milliseconds;
}
