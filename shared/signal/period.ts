/** Dominant period of a stretch of a trace, in two ways. */
import { type Samples, samples } from '../units.ts';
import { select } from './selection.ts';

/** From zero crossings, whatever the amplitude: twice the mean distance between crossings of the mean of `x[from … to]`; the whole length when there are none. */
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

/**
 * Period of the mean square frequency: 2π √(Σx² / Σẋ²) of `x[from … to]` about its mean (Rice 1944). Follows the strong part of
 * a trace, so high-frequency noise under it counts little.
 */
export function spectralPeriod(x: ArrayLike<number>, from: number, to: number): Samples {
  // Two sums of each kind, so that one addition need not wait for the one before.
  let even = 0;
  let odd = 0;
  let i = from;
  for (; i + 1 < to; i += 2) {
    even += x[i];
    odd += x[i + 1];
  }
  if (i < to) even += x[i];
  const mean = (even + odd) / (to - from);
  let energy = 0;
  let otherEnergy = 0;
  let change = 0;
  let otherChange = 0;
  let last = x[from];
  for (i = from + 1; i + 1 < to; i += 2) {
    const a = x[i];
    const b = x[i + 1];
    energy += (a - mean) * (a - mean);
    otherEnergy += (b - mean) * (b - mean);
    change += (a - last) * (a - last);
    otherChange += (b - a) * (b - a);
    last = b;
  }
  if (i < to) {
    energy += (x[i] - mean) * (x[i] - mean);
    change += (x[i] - last) * (x[i] - last);
  }
  energy += otherEnergy;
  change += otherChange;
  return samples(change > 0 ? 2 * Math.PI * Math.sqrt(energy / change) : to - from);
}

/** The window that `periodBehind` measures in spans two periods; it follows what it finds this often. */
const ROUNDS = 3;
/** A window of fewer samples tells nothing. */
export const LEAST_WINDOW = 8;

/** By zero crossings, of the two periods from sample `from` on; undefined where the record leaves no room for them. */
export function periodBehind(x: ArrayLike<number>, from: number): Samples | undefined {
  let period = spectralPeriod(x, 0, x.length);
  for (let k = 0; k < ROUNDS; k++) {
    const to = Math.min(x.length, from + Math.max(LEAST_WINDOW, Math.round(2 * period)));
    if (from < 0 || to - from < LEAST_WINDOW) return undefined;
    period = zeroCrossingPeriod(x, from, to);
  }
  return period;
}

/** The middle value; of two, the upper. Reorders `values`. */
export function median(values: Float64Array): number {
  return values.length === 0 ? Number.NaN : select(values, values.length >> 1);
}
