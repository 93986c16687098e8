/** Noise before the first break and signal after it, per trace: what tells a noisy channel from a strong one. */
import type { TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { type Samples, samples } from '../units.ts';

export interface NoiseLevel {
  /** Root mean square about the mean before the first break, in stored units. */
  readonly noise: number;
  /** The same over as many samples after it. */
  readonly signal: number;
}

/** Fewer samples than this say nothing about the noise. */
const ENOUGH = 24;
/** Share of the time before the break that is left out next to it, for the uncertainty of the pick. */
const GUARD = 0.1;

/**
 * undefined where too little was recorded before the break, or no trace of the shot is picked.
 * @param breaks of `breakSamples`
 */
export function noiseLevels(
  shot: TimedShot,
  breaks: readonly (Samples | undefined)[],
): readonly (NoiseLevel | undefined)[] {
  const { amplitudes } = shot;
  return shot.traces.map(({ start, count }, i) => {
    const end = breaks[i];
    if (end === undefined) return undefined;
    const before = Math.floor(Math.min(end, start + count) - start);
    const length = Math.floor(before * (1 - GUARD));
    const after = Math.min(length, count - before);
    if (length < ENOUGH || after < ENOUGH) return undefined;
    const from = i * shot.samples + start;
    return {
      noise: spread(amplitudes, from, from + length),
      signal: spread(amplitudes, from + before, from + before + after),
    };
  });
}

/** Place in the row of the break of each trace: its own, or on the line between the nearest picked neighbours. */
export function breakSamples(shot: TimedShot, picks: readonly Pick[]): readonly (Samples | undefined)[] {
  const own = picks.map((pick) =>
    pick.kind === 'picked' ? samples((pick.time - shot.firstSample.time) / shot.sampleInterval) : undefined,
  );
  const before = nearest(own, 1);
  const after = nearest(own, -1);
  return own.map((value, i) => {
    if (value !== undefined) return value;
    const a = before[i];
    const b = after[i];
    if (a === undefined || b === undefined) return own[a ?? b ?? -1];
    return samples(own[a]! + ((own[b]! - own[a]!) * (i - a)) / (b - a));
  });
}

/** Index of the last defined value seen when walking in one direction. */
function nearest(values: readonly (number | undefined)[], step: 1 | -1): readonly (number | undefined)[] {
  const found: (number | undefined)[] = new Array(values.length).fill(undefined);
  let last: number | undefined;
  for (let i = step === 1 ? 0 : values.length - 1; i >= 0 && i < values.length; i += step) {
    if (values[i] !== undefined) last = i;
    found[i] = last;
  }
  return found;
}

/** About the mean; in one pass about the first sample, so that a large offset costs no digits. */
function spread(x: Float32Array, from: number, to: number): number {
  const first = x[from];
  let sum = 0;
  let square = 0;
  for (let k = from; k < to; k++) {
    const v = x[k] - first;
    sum += v;
    square += v * v;
  }
  const n = to - from;
  const mean = sum / n;
  const variance = square / n - mean * mean;
  return variance < 0 ? 0 : Math.sqrt(variance);
}
