/**
 * The best path through a score image, one position a trace: dynamic programming (Viterbi) with a cost that grows with the
 * step between neighbouring traces and is capped, so that one jump (a new line, a gap in the spread) is affordable.
 */

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
  const back = new Int32Array(traces * bins);
  let sum = scores.slice(0, bins);
  let next = new Float32Array(bins);
  const near = new Int32Array(bins); // best predecessor within the linear cost
  for (let t = 1; t < traces; t++) {
    const slope = trend ? Math.round(trend[t] - trend[t - 1]) : 0;
    const top = highest(sum);
    const far = sum[top] - jump;
    spread(sum, near, step);
    const at = t * bins;
    for (let k = 0; k < bins; k++) {
      const shifted = k - slope;
      const m = shifted < 0 ? 0 : shifted >= bins ? bins - 1 : shifted;
      const linear = sum[m];
      if (linear >= far) {
        next[k] = scores[at + k] + linear;
        back[at + k] = near[m];
      } else {
        next[k] = scores[at + k] + far;
        back[at + k] = top;
      }
    }
    [sum, next] = [next, sum];
  }
  path[traces - 1] = highest(sum);
  for (let t = traces - 1; t > 0; t--) path[t - 1] = back[t * bins + path[t]];
  return path;
}

/** Largest value reachable at a linear cost, and where it comes from: a distance transform in two sweeps. */
function spread(sum: Float32Array, near: Int32Array, step: number): void {
  const n = sum.length;
  let best = sum[0];
  let from = 0;
  near[0] = 0;
  for (let k = 1; k < n; k++) {
    const kept = best - step;
    if (kept > sum[k]) best = kept;
    else {
      best = sum[k];
      from = k;
    }
    sum[k] = best;
    near[k] = from;
  }
  for (let k = n - 2; k >= 0; k--) {
    const kept = best - step;
    if (kept > sum[k]) {
      best = kept;
      sum[k] = best;
      near[k] = near[k + 1];
    } else best = sum[k];
  }
}

function highest(values: Float32Array): number {
  let at = 0;
  for (let k = 1; k < values.length; k++) if (values[k] > values[at]) at = k;
  return at;
}
