/** What the neighbours of a trace say about its pick, deaf to single blunders. */
import { middleValue, select } from '../signal/selection.ts';

/** Median over `reach` neighbours to either side; of an even number at the ends, the mean of the middle two. */
export function localMedian(x: Float64Array, reach: number): Float64Array {
  const near = new Float64Array(2 * reach + 1);
  const median = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    let n = 0;
    for (let k = Math.max(0, i - reach); k <= i + reach && k < x.length; k++) near[n++] = x[k];
    median[i] = middleValue(near, n);
  }
  return median;
}

/** Value at each trace of the line through its neighbours: median of all pairwise slopes (Theil 1950, Sen 1968). */
export function localTrend(x: Float64Array, reach: number): Float64Array {
  const slopes = new Float64Array(reach * (2 * reach + 1));
  const near = new Float64Array(2 * reach + 1);
  const trend = x.slice();
  for (let i = 0; i < x.length; i++) {
    const from = Math.max(0, i - reach);
    const to = Math.min(x.length - 1, i + reach);
    if (to - from < 2) continue;
    let n = 0;
    for (let a = from; a < to; a++) for (let b = a + 1; b <= to; b++) slopes[n++] = (x[b] - x[a]) / (b - a);
    const slope = select(slopes, n >> 1, n);
    for (let k = from; k <= to; k++) near[k - from] = x[k] - slope * (k - i);
    trend[i] = middleValue(near, to - from + 1);
  }
  return trend;
}
