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
  const mean = new Float32Array(SAMPLES);
  const top = new Float32Array(SAMPLES);
  const flat = new Uint8Array(traces.length);
  traces.forEach((trace, t) => {
    fillBins(trace, frame.start[t], frame.interval, mean, top);
    let most = 0;
    for (let k = 0; k < SAMPLES; k++) if (top[k] > most) most = top[k];
    if (most === 0) flat[t] = 1;
    encode(mean, top, most, features.subarray(t * ROW, (t + 1) * ROW));
  });
  return { features, flat };
}

const ROW = SAMPLES * CHANNELS.length;

function encode(mean: Float32Array, top: Float32Array, most: number, features: Float32Array): void {
  const scale = most === 0 ? 0 : 1 / most;
  for (let k = 0, at = 0; k < SAMPLES; k++) {
    const x = mean[k] * scale;
    features[at++] = x;
    features[at++] = slog(x, 0.03, PER_03);
    features[at++] = slog(x, 0.001, PER_001);
    features[at++] = 2 * slog(top[k] * scale, 0.001, PER_001) - 1;
  }
}

const PER_03 = 1 / Math.log(1 + 1 / 0.03);
const PER_001 = 1 / Math.log(1 + 1 / 0.001);

/** sign(v) ln(1 + |v|/e) / ln(1 + 1/e): linear below e, logarithmic above, ±1 at ±1. */
const slog = (v: number, e: number, scale: number) =>
  v < 0 ? -scale * Math.log(1 - v / e) : scale * Math.log(1 + v / e);

/** Mean and largest magnitude of each bin, in stored units about the trace's zero. */
function fillBins(
  trace: WindowTrace,
  start: Milliseconds,
  width: Milliseconds,
  mean: Float32Array,
  top: Float32Array,
): void {
  const step = width / trace.sampleInterval;
  // Edges of sample i are i and i + 1 on this axis.
  const edge = (start - trace.first) / trace.sampleInterval + 0.5;
  if (step < POINTS) interpolateBins(trace, edge, step, mean, top);
  else averageBins(trace, edge, step, mean, top);
}

function averageBins({ x, zero }: WindowTrace, edge: number, step: number, mean: Float32Array, top: Float32Array) {
  for (let k = 0; k < SAMPLES; k++) {
    const left = Math.max(0, edge + k * step);
    const right = Math.min(x.length, edge + (k + 1) * step);
    const width = right - left;
    mean[k] = top[k] = 0;
    if (width < COVERED * step) continue;
    const first = Math.floor(left);
    const last = Math.min(Math.ceil(right), x.length) - 1;
    let sum = 0;
    let most = 0;
    for (let i = first; i <= last; i++) {
      const v = x[i] - zero;
      if (v - v !== 0) continue; // not finite: shows nothing
      const share = Math.min(right, i + 1) - Math.max(left, i);
      sum += v * share;
      // A sample counts where its left edge lies, so that it is the largest of one bin only.
      const size = Math.abs(v);
      if (size > most && i >= left && i < right) most = size;
    }
    mean[k] = sum / width;
    top[k] = Math.max(most, Math.abs(mean[k]));
  }
}

function interpolateBins({ x, zero }: WindowTrace, edge: number, step: number, mean: Float32Array, top: Float32Array) {
  const last = x.length - 1;
  const at = (i: number) => {
    const v = x[Math.min(Math.max(i, 0), last)] - zero;
    return v - v === 0 ? v : 0;
  };
  for (let k = 0; k < SAMPLES; k++) {
    let sum = 0;
    let most = 0;
    let inside = 0;
    for (let p = 0; p < POINTS; p++) {
      const u = edge + (k + (p + 0.5) / POINTS) * step;
      if (u < 0 || u > x.length) continue;
      inside++;
      const i = Math.floor(u - 0.5);
      const share = u - 0.5 - i;
      const v = at(i) * (1 - share) + at(i + 1) * share;
      sum += v;
      if (Math.abs(v) > most) most = Math.abs(v);
    }
    const shown = inside >= COVERED * POINTS && x.length > 0;
    mean[k] = shown ? sum / inside : 0;
    top[k] = shown ? most : 0;
  }
}
