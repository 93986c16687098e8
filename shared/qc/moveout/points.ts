/** Picks by distance from the source, and what single wild ones cannot spoil: slopes and scatter by medians. */

import { middleValue, select } from '../../signal/selection.ts';

/** Of one side of the source, distances (m, never negative) rising; times in ms; weights 0–1. */
export interface Points {
  readonly distance: Float64Array;
  readonly time: Float64Array;
  readonly weight: Float64Array;
}

/** Median of all pairwise slopes (Theil 1950, Sen 1968) and the median intercept to it; undefined when all stand at one place. */
export function theilSen(
  x: Float64Array,
  t: Float64Array,
  from: number,
  to: number,
): { readonly slope: number; readonly intercept: number } | undefined {
  const n = to - from;
  if (room.length < (n * (n - 1)) / 2) room = new Float64Array(n * n);
  let count = 0;
  for (let a = from; a < to; a++) {
    const [xa, ta] = [x[a], t[a]];
    for (let b = a + 1; b < to; b++) if (x[b] > xa) room[count++] = (t[b] - ta) / (x[b] - xa);
  }
  if (count === 0) return undefined;
  const slope = middleValue(room, count);
  for (let i = 0; i < n; i++) room[i] = t[from + i] - slope * x[from + i];
  return { slope, intercept: middleValue(room, n) };
}

/** Kept from call to call: there are hundreds a shot. */
let room = new Float64Array(512);

/**
 * Scatter of the picks about the lines through their neighbours to both sides; robust standard deviation, ms.
 * @param quantile of the distances, by which it is told: half of them, or a quarter where more may be spoilt
 */
export function localNoise({ distance, time }: Pick<Points, 'distance' | 'time'>, quantile: 0.25 | 0.5 = 0.5): number {
  const off = new Float64Array(distance.length);
  let count = 0;
  for (let i = 1; i + 1 < distance.length; i++) {
    const gap = distance[i + 1] - distance[i - 1];
    if (!(gap > 0)) continue;
    const share = (distance[i] - distance[i - 1]) / gap;
    const line = time[i - 1] + share * (time[i + 1] - time[i - 1]);
    off[count++] = Math.abs(time[i] - line) / Math.sqrt(1 + share * share + (1 - share) ** 2);
  }
  if (count === 0) return 0;
  return select(off, Math.floor(quantile * count), count) / NORMAL[quantile];
}

/** Quantiles of the size of normal numbers. */
const NORMAL = { 0.25: 0.3186, 0.5: 0.6745 } as const;
