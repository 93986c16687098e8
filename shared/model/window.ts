/**
 * What the network sees of a gather: a window of traces × `SAMPLES` bins in four channels, and the frame that leads from a
 * bin back to recorded time. Training and picking cut windows with this one function, so they cannot drift.
 *
 * Recorded sample i stands for the time from (i − ½) to (i + ½) intervals after the first one, bin k for start + k to
 * start + (k + 1) bin widths: the centre of a bin is half a bin after its edge, and a window whose bins are one sample wide
 * starts half a sample before the sample.
 */
import type { TimedShot } from '../gather.ts';
import { type Milliseconds, ms, type Samples, samples } from '../units.ts';
import { middleOf } from './middle.ts';
import { slogNarrow, slogWide } from './slog.ts';

/** Changes whenever the same shot gives other numbers; a model states the version it was trained with. */
export const WINDOW_VERSION = 2;
/** Bins of a window. */
export const SAMPLES = 128;

/** The channels, from the bin's mean `x` and largest magnitude `top`, both as shares of the trace's maximum in the window. */
export const CHANNELS = ['x', 'slog(x, 0.03)', 'slog(x, 0.001)', '2 slog(top, 0.001) − 1'] as const;

/** Narrower than this many recorded samples, bins are filled by linear interpolation at as many points. */
const POINTS = 4;
/** A bin that is covered by recorded samples to less than this share shows nothing. */
const COVERED = 0.25;

/** A trace as windows are cut from it. */
export interface WindowTrace {
  /** Recorded samples, as stored. */
  readonly x: Float32Array;
  /** Time of `x[0]`. */
  readonly first: Milliseconds;
  readonly sampleInterval: Milliseconds;
  /** The middle value of `x`, taken as its zero. */
  readonly zero: number;
}

/** Where a window lies: left edge of the first bin of each trace, and the width of its bins. */
export interface Frame {
  readonly start: readonly Milliseconds[];
  readonly interval: Milliseconds;
}

/** Time of a position counted from the centre of bin 0. */
export const timeOfBin = (frame: Frame, trace: number, bin: Samples): Milliseconds =>
  ms(frame.start[trace] + (bin + 0.5) * frame.interval);

export const binOfTime = (frame: Frame, trace: number, time: Milliseconds): Samples =>
  samples((time - frame.start[trace]) / frame.interval - 0.5);

/** The recorded part of each of `which` traces. */
export function windowTraces(shot: TimedShot, which: readonly number[] = shot.traces.map((_, i) => i)): WindowTrace[] {
  return which.map((i) => {
    const { start, count } = shot.traces[i];
    const from = i * shot.samples + start;
    const x = shot.amplitudes.subarray(from, from + count);
    return {
      x,
      first: ms(shot.firstSample.time + start * shot.sampleInterval),
      sampleInterval: shot.sampleInterval,
      zero: middleOf(x),
    };
  });
}

export interface Window {
  /** [trace, sample, channel] */
  readonly features: Float32Array;
  /** One entry a trace: 1 where nothing but one value was recorded within the window. */
  readonly flat: Uint8Array;
}

/** @param features written when given, of traces × `SAMPLES` × channels */
export function cutWindow(
  traces: readonly WindowTrace[],
  frame: Frame,
  features: Float32Array = new Float32Array(traces.length * SAMPLES * CHANNELS.length), // [trace, sample, channel]
): Window {
  const flat = new Uint8Array(traces.length);
  for (let t = 0; t < traces.length; t++) {
    fillBins(traces[t], frame.start[t], frame.interval);
    let most = 0;
    for (let k = 0; k < SAMPLES; k++) if (top[k] > most) most = top[k];
    if (most === 0) flat[t] = 1;
    encode(most, features, t * ROW);
  }
  return { features, flat };
}

const ROW = SAMPLES * CHANNELS.length;

// Of one trace, used within one call only: mean and largest magnitude of each bin, in stored units about the trace's zero.
const mean = new Float32Array(SAMPLES);
const top = new Float32Array(SAMPLES);

function encode(most: number, features: Float32Array, from: number): void {
  const scale = most === 0 ? 0 : 1 / most;
  for (let k = 0, at = from; k < SAMPLES; k++, at += CHANNELS.length) {
    const x = mean[k] * scale;
    features[at] = x;
    features[at + 1] = slogWide(x);
    features[at + 2] = slogNarrow(x);
    features[at + 3] = 2 * slogNarrow(top[k] * scale) - 1;
  }
}

function fillBins(trace: WindowTrace, start: Milliseconds, width: Milliseconds): void {
  const step = width / trace.sampleInterval;
  // Edges of sample i are i and i + 1 on this axis.
  const edge = (start - trace.first) / trace.sampleInterval + 0.5;
  if (step < POINTS) interpolateBins(trace, edge, step);
  else averageBins(trace, edge, step);
}

function averageBins({ x, zero }: WindowTrace, edge: number, step: number): void {
  for (let k = 0; k < SAMPLES; k++) {
    const left = Math.max(0, edge + k * step);
    const right = Math.min(x.length, edge + (k + 1) * step);
    const width = right - left;
    mean[k] = top[k] = 0;
    if (width < COVERED * step) continue;
    const first = Math.floor(left);
    const last = Math.min(Math.ceil(right), x.length) - 1;
    const head = shown(x[first], zero);
    // A sample counts where its left edge lies, so that it is the largest of one bin only.
    let most = first === left ? Math.abs(head) : 0;
    let sum = head * (Math.min(right, first + 1) - left);
    for (let i = first + 1; i < last; i++) {
      const v = shown(x[i], zero);
      sum += v;
      most = Math.max(most, Math.abs(v));
    }
    if (last > first) {
      const tail = shown(x[last], zero);
      sum += tail * (right - last);
      most = Math.max(most, Math.abs(tail));
    }
    mean[k] = sum / width;
    top[k] = Math.max(most, Math.abs(mean[k]));
  }
}

/** What is not finite shows nothing. */
function shown(stored: number, zero: number): number {
  const v = stored - zero;
  return v - v === 0 ? v : 0;
}

/** The samples that a window of narrow bins needs, and one more on either side; beyond the trace its ends go on. */
const near = new Float64Array(SAMPLES * POINTS + 3);

function interpolateBins({ x, zero }: WindowTrace, edge: number, step: number): void {
  const from = Math.floor(edge - 0.5);
  const last = x.length - 1;
  const count = Math.ceil(SAMPLES * step) + 3;
  if (from >= 0 && from + count <= x.length) for (let j = 0; j < count; j++) near[j] = shown(x[from + j], zero);
  else for (let j = 0; j < count; j++) near[j] = shown(x[Math.min(Math.max(from + j, 0), last)], zero);
  for (let k = 0; k < SAMPLES; k++) {
    if (edge + k * step >= 0 && edge + (k + 1) * step <= x.length) {
      const a = between(edge + (k + 0.5 / POINTS) * step - 0.5, from);
      const b = between(edge + (k + 1.5 / POINTS) * step - 0.5, from);
      const c = between(edge + (k + 2.5 / POINTS) * step - 0.5, from);
      const d = between(edge + (k + 3.5 / POINTS) * step - 0.5, from);
      mean[k] = (a + b + c + d) / POINTS;
      top[k] = Math.max(Math.abs(a), Math.abs(b), Math.abs(c), Math.abs(d));
      continue;
    }
    let sum = 0;
    let most = 0;
    let inside = 0;
    for (let p = 0; p < POINTS; p++) {
      const u = edge + (k + (p + 0.5) / POINTS) * step;
      if (u < 0 || u > x.length) continue;
      inside++;
      const v = between(u - 0.5, from);
      sum += v;
      most = Math.max(most, Math.abs(v));
    }
    const covered = inside >= COVERED * POINTS && last >= 0;
    mean[k] = covered ? sum / inside : 0;
    top[k] = covered ? most : 0;
  }
}

/** On the straight line between the samples on either side of `u`; of `near` the first is sample `from`. */
function between(u: number, from: number): number {
  const i = Math.floor(u);
  const share = u - i;
  const at = i - from;
  return near[at] * (1 - share) + near[at + 1] * share;
}
