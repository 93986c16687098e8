/** First breaks of one shot: `picks[i]` belongs to `shot.traces[i]`. A trace without a pick says why. */
import type { Shot, Trace } from './gather.ts';
import { type Milliseconds, type Samples, samples } from './units.ts';

/** Words of the CSV's `reason` column. */
export type SkipReason =
  | 'dead' // nothing recorded, or declared dead
  | 'auxiliary' // not a seismic trace
  | 'low-confidence' // an onset was found but is not to be trusted
  | 'removed'; // by a person

export type Pick =
  | { readonly kind: 'picked'; readonly time: Milliseconds; readonly confidence: number }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** A shot's picks and where they come from: what every report is made of. `shot.amplitudes` may be empty here. */
export interface PickedShot {
  readonly file: string;
  readonly shot: Shot;
  readonly picks: readonly Pick[];
  /** Name of the picker or model. */
  readonly model: string;
}

/** Fractional index in the recorded trace at which `time` (after the shot instant) falls. */
export function recordedSample(shot: Shot, trace: Trace, time: Milliseconds): Samples {
  return samples((time - shot.firstSample.time) / (shot.sampleInterval ?? Number.NaN) - trace.start);
}
