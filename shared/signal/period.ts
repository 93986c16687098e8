/** Dominant period from zero crossings: independent of amplitude, so late strong waves do not decide alone. */
import { type Samples, samples } from '../units.ts';

/** Twice the mean distance between crossings of the mean of `x[from … to]`; the whole length when there are none. */
export function zeroCrossingPeriod(x: ArrayLike<number>, from: number, to: number): Samples {
  let mean = 0;
  for (let i = from; i < to; i++) mean += x[i];
  mean /= to - from;
  let crossings = 0;
  let above = x[from] > mean;
  for (let i = from + 1; i < to; i++) {
    const now = x[i] > mean;
    if (now !== above) crossings++;
    above = now;
  }
  return samples((2 * (to - from)) / Math.max(crossings, 1));
}

/** The middle value; of two, the upper. Reorders `values`. */
export function median(values: Float64Array): number {
  values.sort();
  return values[values.length >> 1] ?? Number.NaN;
}
