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
  let finite = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const v = x[i];
    if (!Number.isFinite(v)) continue;
    finite++;
    sum += v;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  const nonFinite = x.length - finite;
  if (finite === 0 || low === high)
    return { dead: true, flat: finite > 0, clipped: 0, spikes: 0, nonFinite, dc: finite ? low : 0, rms: 0 };
  const dc = sum / finite;
  let square = 0;
  for (let i = 0; i < x.length; i++) {
    const d = x[i] - dc;
    if (Number.isFinite(d)) square += d * d;
  }
  return {
    dead: false,
    flat: false,
    clipped: (runsAt(x, high) + runsAt(x, low)) / finite,
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
  const bend = (i: number) => Math.abs(x[i - 1] - 2 * x[i] + x[i + 1]);
  let spikes = 0;
  for (let i = 8; i < x.length - 8; i++) {
    const here = bend(i);
    if (here === 0 || here < bend(i - 1) || here <= bend(i + 1)) continue;
    if (here < bend(i - 2) || here <= bend(i + 2) || here < bend(i - 3) || here <= bend(i + 3)) continue;
    let around = 0;
    for (let k = 4; k <= 7; k++) around = Math.max(around, bend(i - k), bend(i + k));
    if (here > SPIKE * around && around > 0 && isOutlier(x, i)) spikes++;
  }
  return spikes;
}

/** A spike comes back to where it left; the corner of a clipped crest does not. */
const isOutlier = (x: Float32Array, i: number): boolean =>
  Math.abs(2 * x[i] - x[i - 3] - x[i + 3]) > 2 * Math.abs(x[i + 3] - x[i - 3]);
