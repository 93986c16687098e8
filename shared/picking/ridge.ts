/**
 * The best path through a score image, one position a trace: dynamic programming (Viterbi) with a cost that grows with the
 * step between neighbouring traces and is capped, so that one jump (a new line, a gap in the spread) is affordable.
 */
import { kept } from './kept.ts';

export interface Image {
  /** [trace, bin] */
  readonly scores: Float32Array;
  readonly traces: number;
  readonly bins: number;
}

export interface RidgeCost {
  /** Score lost per bin of step between neighbours. */
  readonly step: number;
  /** Largest loss of one step. */
  readonly jump: number;
}

const backOf = kept((length) => new Int32Array(length));

/**
 * @param trend expected bin of each trace: steps are counted from its slope; without it from none
 * @returns bin of each trace
 */
export function ridge(
  { scores, traces, bins }: Image,
  { step, jump }: RidgeCost,
  trend?: ArrayLike<number>,
): Int32Array {
  const path = new Int32Array(traces);
  if (!traces || !bins) return path;
  const last = bins - 1;
  const reach = Math.ceil(jump / step) + 1;
  const back = backOf(traces * bins); // [trace, bin]
  const sum = Float64Array.from(scores.subarray(0, bins));
  const linear = new Float64Array(bins); // best sum within the linear cost …
  const source = new Int32Array(bins); // … and where it comes from
  let top = highest(sum);
  for (let t = 1; t < traces; t++) {
    const slope = trend ? Math.round(trend[t] - trend[t - 1]) : 0;
    // Any bin can be had from the highest by a jump; next to those that lie above that, it may be had for less.
    const far = sum[top] - jump;
    let low = 0;
    let high = last;
    while (sum[low] < far) low++;
    while (sum[high] < far) high--;
    low = Math.max(0, low - reach);
    high = Math.min(last, high + reach);
    linear.fill(far);
    source.fill(top);

    // A distance transform in two sweeps.
    let best = far;
    let from = top;
    for (let k = low; k <= high; k++) {
      best -= step;
      if (best < far) {
        best = far;
        from = top;
      }
      const own = sum[k];
      if (own >= best) {
        best = own;
        from = k;
      }
      linear[k] = best;
      source[k] = from;
    }
    for (let k = high - 1; k >= low; k--) {
      best -= step;
      const own = linear[k];
      if (own >= best) {
        best = own;
        from = source[k];
      } else {
        linear[k] = best;
        source[k] = from;
      }
    }

    if (slope !== 0) {
      moved(linear, slope);
      moved(source, slope);
    }
    const at = t * bins;
    back.set(source, at);
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < bins; k++) {
      const value = linear[k] + scores[at + k];
      sum[k] = value;
      if (value > most) {
        most = value;
        top = k;
      }
    }
  }
  path[traces - 1] = top;
  for (let t = traces - 1; t > 0; t--) path[t - 1] = back[t * bins + path[t]];
  return path;
}

/** By `slope` bins, in place; what comes in at an end is as what stood there. */
function moved(values: Float64Array | Int32Array, slope: number): void {
  const last = values.length - 1;
  const by = Math.max(-last, Math.min(last, slope));
  const end = values[by > 0 ? 0 : last];
  values.copyWithin(Math.max(0, by), Math.max(0, -by));
  values.fill(end, by > 0 ? 0 : values.length + by, by > 0 ? by : values.length);
}

function highest(values: Float64Array): number {
  let at = 0;
  for (let k = 1; k < values.length; k++) if (values[k] > values[at]) at = k;
  return at;
}
