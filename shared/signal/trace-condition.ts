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
  const level = levelOf(x);
  if (Number.isFinite(level.dc)) return conditionAt(x, level, x.length);
  const finite = x.filter((v) => v - v === 0);
  return conditionAt(x, levelOf(finite), finite.length);
}

interface Level {
  readonly dc: number;
  readonly rms: number;
  readonly low: number;
  readonly high: number;
  /** Samples at the lowest and at the highest value. */
  readonly lows: number;
  readonly highs: number;
}

/** In one pass, about the first sample so that a large offset costs no digits; not finite where a sample is not, or there is none. */
function levelOf(x: Float32Array): Level {
  const first = x[0];
  let sum = 0;
  let square = 0;
  let low = first;
  let high = first;
  let lows = 0;
  let highs = 0;
  for (let i = 0; i < x.length; i++) {
    const v = x[i];
    const d = v - first;
    sum += d;
    square += d * d;
    if (v >= high) {
      highs = v > high ? 1 : highs + 1;
      high = v;
    }
    if (v <= low) {
      lows = v < low ? 1 : lows + 1;
      low = v;
    }
  }
  const mean = sum / x.length;
  const rms = Math.sqrt(Math.max(0, square / x.length - mean * mean));
  return { dc: first + mean, rms, low, high, lows, highs };
}

function conditionAt(x: Float32Array, { dc, rms, low, high, lows, highs }: Level, finite: number): TraceCondition {
  const nonFinite = x.length - finite;
  if (finite === 0 || low === high)
    return { dead: true, flat: finite > 0, clipped: 0, spikes: 0, nonFinite, dc: finite ? low : 0, rms: 0 };
  const stuck = (highs < CLIP_RUN ? 0 : runsAt(x, high)) + (lows < CLIP_RUN ? 0 : runsAt(x, low));
  return { dead: false, flat: false, clipped: stuck / finite, spikes: spikesOf(x), nonFinite, dc, rms };
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

/** Bends beyond those of a spike itself, on either side. */
const [NEXT, LAST] = [4, 7];

/** Compares the second difference, largest among the four or so of one spike, with those just beyond. */
function spikesOf(x: Float32Array): number {
  let spikes = 0;
  let at = LAST + 1;
  const end = x.length - LAST - 1;
  let limit = SPIKE * bendAt(x, at - NEXT);
  for (; at + NEXT <= end; at += NEXT) {
    const b = x[at];
    const c = x[at + 1];
    const d = x[at + 2];
    const e = x[at + 3];
    const first = Math.abs(x[at - 1] - 2 * b + c);
    const second = Math.abs(b - 2 * c + d);
    const third = Math.abs(c - 2 * d + e);
    const fourth = Math.abs(d - 2 * e + x[at + 4]);
    // Of all four, one bend before and one behind are beyond; nearly all samples fail there.
    const before = limit;
    const behind = SPIKE * bendAt(x, at + LAST);
    limit = SPIKE * first;
    if (first <= behind && second <= behind && third <= behind && fourth <= behind) continue;
    if (first <= before && second <= before && third <= before && fourth <= before) continue;
    for (let i = at; i < at + NEXT; i++) if (standsOut(x, i)) spikes++;
  }
  for (; at < end; at++) if (standsOut(x, at)) spikes++;
  return spikes;
}

const bendAt = (x: Float32Array, i: number): number => Math.abs(x[i - 1] - 2 * x[i] + x[i + 1]);

function standsOut(x: Float32Array, i: number): boolean {
  const here = bendAt(x, i);
  let around = 0;
  for (let k = NEXT; k <= LAST; k++) {
    around = Math.max(around, bendAt(x, i - k), bendAt(x, i + k));
    if (!(here > SPIKE * around)) return false;
  }
  for (let k = 1; k < NEXT; k++) if (here < bendAt(x, i - k) || here <= bendAt(x, i + k)) return false;
  return around > 0 && isOutlier(x, i);
}

/** A spike comes back to where it left; the corner of a clipped crest does not. */
const isOutlier = (x: Float32Array, i: number): boolean =>
  Math.abs(2 * x[i] - x[i - 3] - x[i + 3]) > 2 * Math.abs(x[i + 3] - x[i - 3]);
