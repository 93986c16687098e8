/**
 * Traces as a picture wants them: each scaled by the strength of its own first break, so that a weak onset far from the
 * source is drawn as large as a strong one near it, and noise keeps its true size beside the onset it hides.
 */
import { row, type TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import type { TimeWindow } from './plot-window.ts';

/** Samples before the break that make a zero line; with fewer, the whole window does. */
const LEAST_QUIET = 16;
/** Share of the window after the pick in which the strength of the first break is taken. */
const BREAK_SPAN = 0.07;

/**
 * One value per pixel row from the top of the window to its end: the mean of the samples that fall into the row, or the
 * line between two samples where pixels are finer. ±1 is the limit, approached by what is much stronger than the first
 * break, which itself comes to ±0.76. Zeros for a flat trace.
 */
export function traceColumn(
  shot: TimedShot,
  trace: number,
  pick: Pick | undefined,
  window: TimeWindow,
  rows: number,
): Float32Array {
  const { start, count } = shot.traces[trace];
  const x = row(shot, trace);
  const first = start as number;
  const last = Math.min(x.length, start + count) - 1;
  const index = (time: number) => (time - shot.firstSample.time) / shot.sampleInterval;
  const from = index(window.from);
  const to = index(window.to);
  const shown = { first: Math.max(first, Math.ceil(from)), last: Math.min(last, Math.floor(to)) };
  const out = new Float32Array(rows);
  if (shown.last <= shown.first) return out;
  const broken = pick?.kind === 'picked' ? index(pick.time) : undefined;
  const quiet = broken === undefined ? shown.last : Math.floor(broken);
  const mean = meanOf(x, shown.first, quiet - shown.first < LEAST_QUIET ? shown.last : Math.min(quiet, shown.last));
  const strength = strengthOf(x, mean, shown, broken, to - from);
  if (!(strength > 0)) return out;
  const perRow = (to - from) / rows;
  for (let r = 0; r < rows; r++) {
    const a = from + r * perRow;
    if (a + perRow < first || a > last) continue;
    out[r] = Math.tanh((sampleAt(x, a, perRow, first, last) - mean) / strength);
  }
  return out;
}

function sampleAt(x: Float32Array, at: number, width: number, first: number, last: number): number {
  if (width <= 1) {
    const middle = Math.min(last, Math.max(first, at + width / 2));
    const low = Math.min(last - 1, Math.floor(middle));
    const value = x[low] + (x[low + 1] - x[low]) * (middle - low);
    return Number.isFinite(value) ? value : 0;
  }
  const low = Math.max(first, Math.ceil(at));
  const high = Math.min(last, Math.ceil(at + width) - 1);
  return low > high ? x[Math.max(first, Math.min(last, Math.round(at)))] : meanOf(x, low, high);
}

function meanOf(x: Float32Array, low: number, high: number): number {
  let sum = 0;
  let count = 0;
  for (let i = low; i <= high; i++) {
    if (!Number.isFinite(x[i])) continue;
    sum += x[i];
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** Largest swing just after the pick; without one, a level that nine samples in ten stay below. */
function strengthOf(
  x: Float32Array,
  mean: number,
  { first, last }: { first: number; last: number },
  pick: number | undefined,
  span: number,
): number {
  const from = pick === undefined ? first : Math.max(first, Math.floor(pick));
  const to = pick === undefined ? last : Math.min(last, from + Math.max(8, Math.ceil(BREAK_SPAN * span)));
  const sizes = new Float32Array(Math.max(0, to - from + 1));
  for (let i = from; i <= to; i++) {
    const size = Math.abs(x[i] - mean);
    sizes[i - from] = Number.isFinite(size) ? size : 0;
  }
  sizes.sort();
  return sizes[Math.floor((pick === undefined ? 0.9 : 0.98) * (sizes.length - 1))] ?? 0;
}
