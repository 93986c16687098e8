/** Gathers whose onsets are known exactly: one refracted front, a later slower wave, noise; independent of the product's demo. */
import type { TimedShot } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import { filled, type MadeOptions, madeShot, noiseOf } from '../signal/made-shot.ts';

export interface KnownGather {
  readonly rows: readonly Float64Array[];
  /** ms after the shot. */
  readonly onsets: readonly number[];
  readonly interval: number;
  readonly firstSample: number;
}

export interface KnownOptions {
  readonly traces?: number;
  readonly samples?: number;
  readonly interval?: number;
  readonly firstSample?: number;
  /** Dominant period of the first break, ms. */
  readonly period?: number;
  /** Standard deviation, the first lobe being about 1 on the nearest trace. */
  readonly noise?: number;
  /** ms from trace to trace, away from the shot in the middle. */
  readonly moveout?: number;
  readonly earliest?: number;
  /** ms after the shot, one a trace, in place of what `traces`, `moveout` and `earliest` say. */
  readonly onsets?: readonly number[];
  readonly seed?: number;
}

export function knownGather({
  onsets: given,
  traces = given?.length ?? 48,
  samples = 1000,
  interval = 0.25,
  firstSample = 0,
  period = 16,
  noise = 0.01,
  moveout = 1.6,
  earliest = 12,
  seed = 1,
}: KnownOptions = {}): KnownGather {
  const random = colouredNoise(seed, interval);
  const middle = (traces - 1) / 2;
  const onsets =
    given ??
    Array.from({ length: traces }, (_, i) => earliest + moveout * Math.abs(i - middle) + 0.4 * Math.sin(2.1 * i));
  const rows = onsets.map((onset, i) => {
    const far = 1 + (4 * Math.abs(i - middle)) / traces;
    return filled(samples, (k) => {
      const time = firstSample + k * interval;
      return (
        wave(time - onset, period) / far + (3 * wave(time - 3 * onset - 20, 2.2 * period)) / far + noise * random()
      );
    });
  });
  return { rows, onsets, interval, firstSample };
}

/** Unit variance, and a memory of half a millisecond: no recorder lets all frequencies through to its shortest interval. */
function colouredNoise(seed: number, interval: number): () => number {
  const white = noiseOf(seed);
  const kept = Math.exp(-interval / 0.5);
  let value = 0;
  return () => (value = kept * value + Math.sqrt(1 - kept * kept) * white());
}

/** Zero before its onset, steep after it, then ringing on as soil does. */
function wave(time: number, period: number): number {
  if (time <= 0) return 0;
  return (
    Math.exp((-0.3 * time) / period) * Math.sin((2 * Math.PI * time) / period) * Math.min(1, (4 * time) / period + 0.3)
  );
}

export const shotOf = ({ rows, interval, firstSample }: KnownGather, options: MadeOptions = {}): TimedShot =>
  madeShot(rows, { interval, firstSample, ...options });

/** Times of the picks; NaN where there is none. */
export const timesOf = (picks: readonly Pick[]): number[] =>
  picks.map((pick) => (pick.kind === 'picked' ? pick.time : Number.NaN));

/** Share of traces whose picks differ by less than `within`. */
export function agreement(a: readonly number[], b: readonly number[], within: number): number {
  return a.filter((time, i) => Math.abs(time - b[i]) < within).length / a.length;
}
