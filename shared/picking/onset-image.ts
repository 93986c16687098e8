/**
 * How much each moment of a trace looks like a first onset. The core is the energy ratio of a window behind to a window
 * ahead (Coppens 1985; Wong, Han, Bancroft & Stewart 2009), of the differentiated trace so that slow drift does not count.
 * Two terms make it *first*: a window ahead that is louder than everything before it, and signal that already passed, both
 * lose. At the start of the record, where little lies ahead, a quiet stretch of the trace stands in.
 */
import { select } from '../signal/selection.ts';
import { logOf } from './fast-log.ts';
import type { ClassicalSettings } from './settings.ts';

/** Buffers for traces of up to `bins` bins, reused from trace to trace. */
export interface OnsetWork {
  readonly sum: Float64Array;
  readonly ahead: Float32Array;
  readonly behind: Float32Array;
  readonly aheadBits: Int32Array;
  readonly behindBits: Int32Array;
  readonly aheadLog: Float64Array;
  readonly behindLog: Float64Array;
  readonly levels: Float64Array;
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
    aheadLog: new Float64Array(bins),
    behindLog: new Float64Array(bins),
    levels: new Float64Array(bins),
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
  const { sum, ahead, behind, aheadLog, behindLog } = work;
  const before = Math.max(1, Math.round(set.before * period));
  const after = Math.max(1, Math.round(set.after * period));
  sum[from] = 0;
  let energy = 0;
  let left = y[from];
  let here = left;
  for (let b = from; b < to; b++) {
    const right = b + 1 < to ? y[b + 1] : here;
    energy += (right - left) * (right - left);
    sum[b + 1] = energy;
    left = here;
    here = right;
  }
  const mean = energy / (to - from);
  // Energies are taken relative to the mean so that float32 and its logarithm hold them whatever the unit.
  const unit = mean > 0 ? 1 / mean : 0;
  const floor = set.floor;
  const quietLog = Math.log(quietEnergy(work, from, to, before, unit) + floor);

  const scaleBefore = unit / before;
  const filled = Math.min(to, from + before);
  for (let b = filled; b < to; b++) ahead[b] = (sum[b] - sum[b - before]) * scaleBefore + floor;
  logOf(work.aheadBits, filled, to, aheadLog);
  // As long as the window ahead is not full, the quiet stretch counts too, in the logarithm: one loud guess must not drown it.
  for (let b = from; b < filled; b++) {
    const own = b - from;
    const lent = set.lent * period * (1 - own / before);
    const measured = own > 0 ? Math.log((sum[b] * unit) / own + floor) : 0;
    aheadLog[b] = (own * measured + lent * quietLog) / (own + lent);
  }
  const scaleAfter = unit / after;
  const whole = Math.max(from, to - after);
  for (let b = from; b < whole; b++) behind[b] = (sum[b + after] - sum[b]) * scaleAfter + floor;
  for (let b = whole; b < to; b++) behind[b] = ((energy - sum[b]) * unit) / (to - b) + floor;
  logOf(work.behindBits, from, to, behindLog);

  scores.fill(IMPOSSIBLE, 0, Math.max(0, Math.min(from, y.length)));
  scores.fill(IMPOSSIBLE, to);
  const { knee, slope, quietCap, late, lateCap, excess } = set;
  const prior = PRIOR * period;
  const ramp = set.start * period;
  let level = quietLog; // mean log energy of all windows that lie wholly ahead
  let total = prior * quietLog;
  let count = prior;
  let passed = 0;
  for (let b = from; b < to; b++) {
    if (b - before > from) {
      total += aheadLog[b - before];
      count++;
      level = total / count;
    }
    const noise = aheadLog[b];
    let ratio = behindLog[b] - noise;
    if (ratio > knee) ratio = knee + (ratio - knee) * slope;
    else if (ratio < -1) ratio = -1;
    if (b - from < ramp) ratio *= (b - from + 0.5) / ramp;
    const louder = noise - level;
    const unquiet = louder <= 0 ? 0 : Math.min(louder, quietCap);
    scores[b] = ratio - set.quiet * unquiet - late * Math.min(passed, lateCap);
    const over = louder - excess;
    if (over > 0) passed += Math.min(over, 1) / period;
  }
  scores.fill(IMPOSSIBLE, from, Math.max(from, Math.min(earliest, to)));
}

/** A low quantile of the energy of windows over the trace, corrected to the mean of noise. */
function quietEnergy({ sum, levels }: OnsetWork, from: number, to: number, window: number, unit: number): number {
  const hop = Math.max(1, window >> 1);
  let count = 0;
  for (let b = from + window; b <= to; b += hop) {
    const e = ((sum[b] - sum[b - window]) / window) * unit;
    if (e > 1e-12) levels[count++] = e;
  }
  return count === 0 ? 1 : select(levels, Math.floor(count * QUIET), count) * QUIET_BIAS;
}
