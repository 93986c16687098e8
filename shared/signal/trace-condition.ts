/** What can be told of a trace before picking: flat, clipped, spiky, offset from zero, not finite. */
import type { Shot } from '../gather.ts';
import { recorded } from './with-amplitudes.ts';

export interface TraceCondition {
  /** Nothing was recorded: declared dead by the recorder, flat, or without a finite sample. */
  readonly dead: boolean;
  /** All recorded samples have one value. */
  readonly flat: boolean;
  /** Share (0–1) of samples that stand in runs of three or more at the trace's own extreme value. */
  readonly clipped: number;
  /** Isolated one- or two-sample outliers. */
  readonly spikes: number;
  /** Samples that are NaN or infinite. */
  readonly nonFinite: number;
  /** Mean of the finite samples, in stored units. */
  readonly dc: number;
  /** Root mean square about the mean, in stored units. */
  readonly rms: number;
}

export function traceConditions(shot: Shot): readonly TraceCondition[] {
  return shot.traces.map(({ kind }, i) => ({
    ...conditionOf(recorded(shot, i)),
    ...(kind === 'dead' ? { dead: true } : {}),
  }));
}

/** A spike stands out of the curvature of its surroundings by this factor. */
const SPIKE = 10;
const CLIP_RUN = 3;

/** Condition of one recorded trace (stored values, any unit). */
export function conditionOf(x: Float32Array): TraceCondition {
  let sum = 0;
  let finite = x.length;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const v = x[i];
    if (v - v === 0) {
      sum += v;
      if (v < low) low = v;
      if (v > high) high = v;
    } else finite--; // NaN or infinite
  }
  const nonFinite = x.length - finite;
  if (finite === 0 || low === high)
    return { dead: true, flat: finite > 0, clipped: 0, spikes: 0, nonFinite, dc: finite ? low : 0, rms: 0 };
  const dc = sum / finite;
  let square = 0;
  let extreme = 0;
  for (let i = 0; i < x.length; i++) {
    const d = x[i] - dc;
    if (d - d === 0) square += d * d;
    if (x[i] >= high || x[i] <= low) extreme++;
  }
  return {
    dead: false,
    flat: false,
    clipped: extreme < CLIP_RUN ? 0 : (runsAt(x, high) + runsAt(x, low)) / finite,
    spikes: spikesOf(x),
    nonFinite,
    dc,
    rms: Math.sqrt(square / finite),
  };
}

function runsAt(x: Float32Array, level: number): number {
  let total = 0;
  let run = 0;
  for (let i = 0; i <= x.length; i++) {
    if (i < x.length && x[i] === level) run++;
    else {
      if (run >= CLIP_RUN) total += run;
      run = 0;
    }
  }
  return total;
}

/** Compares the second difference, largest among the four or so of one spike, with those just beyond. */
function spikesOf(x: Float32Array): number {
  let spikes = 0;
  // Bends of the sample looked at and of the four behind it.
  let [here, one, two, three] = [bendAt(x, 8), bendAt(x, 9), bendAt(x, 10), bendAt(x, 11)];
  for (let i = 8; i < x.length - 8; i++) {
    const four = bendAt(x, i + 4);
    // Nearly all samples fail this first one.
    if (here > SPIKE * four && standsOut(x, i, here)) spikes++;
    here = one;
    one = two;
    two = three;
    three = four;
  }
  return spikes;
}

const bendAt = (x: Float32Array, i: number): number => Math.abs(x[i - 1] - 2 * x[i] + x[i + 1]);

function standsOut(x: Float32Array, i: number, here: number): boolean {
  let around = 0;
  for (let k = 4; k <= 7; k++) {
    around = Math.max(around, bendAt(x, i - k), bendAt(x, i + k));
    if (!(here > SPIKE * around)) return false;
  }
  for (let k = 1; k <= 3; k++) if (here < bendAt(x, i - k) || here <= bendAt(x, i + k)) return false;
  return around > 0 && isOutlier(x, i);
}

/** A spike comes back to where it left; the corner of a clipped crest does not. */
const isOutlier = (x: Float32Array, i: number): boolean =>
  Math.abs(2 * x[i] - x[i - 3] - x[i + 3]) > 2 * Math.abs(x[i + 3] - x[i - 3]);
