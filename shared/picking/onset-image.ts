/**
 * How much each moment of a trace looks like a first onset. The core is the energy ratio of a window behind to a window
 * ahead (Coppens 1985; Wong, Han, Bancroft & Stewart 2009), of the differentiated trace so that slow drift does not count.
 * Two terms make it *first*: a window ahead that is louder than everything before it, and signal that already passed, both
 * lose. At the start of the record, where little lies ahead, a quiet stretch of the trace stands in.
 */
import { logInPlace } from './fast-log.ts';
import type { ClassicalSettings } from './settings.ts';

/** Buffers for traces of up to `bins` bins, reused from trace to trace. */
export interface OnsetWork {
  readonly sum: Float64Array;
  readonly ahead: Float32Array;
  readonly behind: Float32Array;
  readonly aheadBits: Int32Array;
  readonly behindBits: Int32Array;
}

export function onsetWork(bins: number): OnsetWork {
  const ahead = new Float32Array(bins);
  const behind = new Float32Array(bins);
  return {
    sum: new Float64Array(bins + 1),
    ahead,
    behind,
    aheadBits: new Int32Array(ahead.buffer),
    behindBits: new Int32Array(behind.buffer),
  };
}

/** Where nothing was recorded, or long before the shot. */
const IMPOSSIBLE = -20;
/** Quantile of window energies that passes for the noise of a trace. */
const QUIET = 0.1;
const QUIET_BIAS = 1.3;
/** That noise weighs as much as this many periods of measured noise. */
const PRIOR = 3;

/**
 * @param y bin means of the trace
 * @param period in bins
 * @param from @param to bins that were recorded; @param earliest first bin where a break may lie
 * @param scores [bin], written
 */
export function onsetScores(
  y: Float32Array,
  period: number,
  from: number,
  to: number,
  earliest: number,
  scores: Float32Array,
  work: OnsetWork,
  set: ClassicalSettings,
): void {
  const { sum, ahead, behind } = work;
  const n = y.length;
  const before = Math.max(1, Math.round(set.before * period));
  const after = Math.max(1, Math.round(set.after * period));
  sum[from] = 0;
  for (let b = from; b < to; b++) {
    const d = y[b + 1 < to ? b + 1 : to - 1] - y[b > from ? b - 1 : from];
    sum[b + 1] = sum[b] + d * d;
  }
  const mean = sum[to] / (to - from);
  // Energies are taken relative to the mean so that float32 and its logarithm hold them whatever the unit.
  const unit = mean > 0 ? 1 / mean : 0;
  const floor = set.floor;
  const quiet = quietEnergy(sum, from, to, before, unit);
  const quietLog = Math.log(quiet + floor);

  const scaleBefore = unit / before;
  const scaleAfter = unit / after;
  const filled = Math.min(to, from + before);
  for (let b = from; b < filled; b++) {
    // As long as the window is not full, the quiet stretch counts too, in the logarithm: one loud guess must not drown it.
    const own = b - from;
    const lent = set.lent * period * (1 - own / before);
    const measured = own > 0 ? Math.log((sum[b] * unit) / own + floor) : 0;
    ahead[b] = Math.exp((own * measured + lent * quietLog) / (own + lent));
  }
  for (let b = filled; b < to; b++) ahead[b] = (sum[b] - sum[b - before]) * scaleBefore + floor;
  const whole = Math.max(from, to - after);
  for (let b = from; b < whole; b++) behind[b] = (sum[b + after] - sum[b]) * scaleAfter + floor;
  for (let b = whole; b < to; b++) behind[b] = ((sum[to] - sum[b]) * unit) / (to - b) + floor;
  logInPlace(ahead, work.aheadBits, from, to);
  logInPlace(behind, work.behindBits, from, to);

  scores.fill(IMPOSSIBLE, 0, Math.min(from, n));
  scores.fill(IMPOSSIBLE, to);
  const prior = PRIOR * period;
  const ramp = set.start * period;
  let level = quietLog; // mean log energy of all windows that lie wholly ahead
  let total = prior * quietLog;
  let count = prior;
  let passed = 0;
  for (let b = from; b < to; b++) {
    if (b - before > from) {
      total += ahead[b - before];
      count++;
      level = total / count;
    }
    let ratio = behind[b] - ahead[b];
    if (ratio > set.knee) ratio = set.knee + (ratio - set.knee) * set.slope;
    else if (ratio < -1) ratio = -1;
    if (b - from < ramp) ratio *= (b - from + 0.5) / ramp;
    const louder = ahead[b] - level;
    const unquiet = louder <= 0 ? 0 : Math.min(louder, set.quietCap);
    scores[b] = ratio - set.quiet * unquiet - set.late * Math.min(passed, set.lateCap);
    const excess = louder - set.excess;
    if (excess > 0) passed += Math.min(excess, 1) / period;
  }
  for (let b = from; b < Math.min(earliest, to); b++) scores[b] = IMPOSSIBLE;
}

/** A low quantile of the energy of windows over the trace, corrected to the mean of noise. */
function quietEnergy(sum: Float64Array, from: number, to: number, window: number, unit: number): number {
  const hop = Math.max(1, window >> 1);
  const levels = new Float32Array(Math.max(0, Math.floor((to - from - window) / hop) + 1));
  let count = 0;
  for (let b = from + window; b <= to; b += hop) {
    const e = ((sum[b] - sum[b - window]) / window) * unit;
    if (e > 1e-12) levels[count++] = e;
  }
  if (!count) return 1;
  return levels.subarray(0, count).sort()[Math.floor(count * QUIET)] * QUIET_BIAS;
}
