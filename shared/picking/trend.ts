/** What the neighbours of a trace say about its pick, deaf to single blunders. */
import { middleValue, select } from '../signal/selection.ts';

/** Median over `reach` neighbours to either side; of an even number at the ends, the mean of the middle two. */
export const localMedian = (x: Float64Array, reach: number): Float64Array =>
  x.map((_, i) => middleValue(x.slice(Math.max(0, i - reach), i + reach + 1)));

/** Value at each trace of the line through its neighbours: median of all pairwise slopes (Theil 1950, Sen 1968). */
export function localTrend(x: Float64Array, reach: number): Float64Array {
  const slopes = new Float64Array(reach * (2 * reach + 1));
  return x.map((here, i) => {
    const from = Math.max(0, i - reach);
    const to = Math.min(x.length - 1, i + reach);
    if (to - from < 2) return here;
    let n = 0;
    for (let a = from; a < to; a++) for (let b = a + 1; b <= to; b++) slopes[n++] = (x[b] - x[a]) / (b - a);
    const slope = select(slopes, n >> 1, n);
    return middleValue(x.slice(from, to + 1).map((v, k) => v - slope * (from + k - i)));
  });
}
