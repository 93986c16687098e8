/** The onset near a place that a person points at: Akaike's criterion (Maeda 1985) on one trace, held to the place. */
import type { TimedShot } from '../gather.ts';
import { bridged } from '../signal/gaps.ts';
import { zeroCrossingPeriod } from '../signal/period.ts';
import { recorded } from '../signal/with-amplitudes.ts';
import { type Milliseconds, ms } from '../units.ts';
import { onsets } from './onset.ts';
import { CLASSICAL } from './settings.ts';

/** A hand is less sure of the place than a ridge is: per squared period. */
const SNAP = { ...CLASSICAL, pull: 20 };

/** A given period is believed within this factor of the one measured on the trace. */
const DOUBT = 1.5;

export interface SnapOptions {
  /** Dominant, of the gather; measured behind the place where it is not given. */
  readonly period?: Milliseconds | undefined;
}

/** @param trace row of the shot. Stays where there is nothing to snap to: a flat trace, a place outside of the record. */
export function snap(shot: TimedShot, trace: number, time: Milliseconds, { period }: SnapOptions = {}): Milliseconds {
  const x = bridged(recorded(shot, trace));
  const { start } = shot.traces[trace];
  const at = (time - shot.firstSample.time) / shot.sampleInterval - start;
  if (!(at > 0 && at < x.length - 1) || x.every((value) => value === x[0])) return time;
  const from = Math.floor(at);
  const own = zeroCrossingPeriod(x, from, Math.min(x.length, from + 4096));
  // That of a gather may be wrong where records are short.
  const given = period === undefined ? own : period / (shot.sampleInterval as number);
  const samples = Math.max(own / DOUBT, Math.min(own * DOUBT, given));
  const near = Float64Array.of(at - SNAP.lag * samples);
  const found = onsets([x], near, [0], [x.length], samples, SNAP).at[0];
  return Number.isFinite(found) && Math.abs(found - at) < samples
    ? ms(shot.firstSample.time + (start + found) * shot.sampleInterval)
    : time;
}
