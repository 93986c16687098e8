/**
 * The onset near a ridge, to a fraction of a sample: Akaike's criterion for two stretches of different variance (Maeda 1985)
 * up to the first strong peak, over bins finer than the ridge's, decided for all traces together.
 */
import { binMeans, smooth } from './bins.ts';
import { ridge } from './ridge.ts';
import type { ClassicalSettings } from './settings.ts';

export interface Onsets {
  /** Fractional samples on the row axis. */
  readonly at: Float64Array;
  /** 0–1: how sharply the criterion points there. */
  readonly sharp: Float32Array;
}

/** Lowest score of a bin against the best of its trace. */
const WORST = -20;
/** Bins that leave the criterion two stretches to compare, however few samples a period has. */
const FEWEST = 6;

/**
 * @param rows [trace][sample]; @param near expected onset of each, in samples
 * @param from @param to recorded samples of each row; @param period in samples
 */
export function onsets(
  rows: readonly Float32Array[],
  near: Float64Array,
  from: readonly number[],
  to: readonly number[],
  period: number,
  set: ClassicalSettings,
): Onsets {
  const width = Math.max(1, Math.round(period / set.fineBins));
  const perPeriod = period / width;
  const bins = Math.max(FEWEST, Math.round((set.fineBefore + set.fineAfter) * perPeriod));
  const expected = Math.round(set.fineBefore * perPeriod);
  const scores = new Float32Array(rows.length * bins);
  const starts = new Float64Array(rows.length);
  const y = new Float32Array(bins);
  const work = { sum: new Float64Array(bins + 1), square: new Float64Array(bins + 1), aic: new Float64Array(bins) };
  rows.forEach((x, t) => {
    const start = Math.round(near[t] + (set.lag - set.fineBefore) * period);
    starts[t] = start;
    binMeans(x.subarray(0, to[t]), start, width, y);
    smooth(y, 1);
    const first = Math.min(bins - 6, Math.max(0, Math.ceil((from[t] - start) / width)));
    criterion(y, first, expected, perPeriod, scores.subarray(t * bins, (t + 1) * bins), work, set);
  });
  const image = { scores, traces: rows.length, bins };
  const path = ridge(image, { step: set.fineStep / perPeriod, jump: set.fineJump });
  const at = new Float64Array(rows.length);
  const sharp = new Float32Array(rows.length);
  path.forEach((b, t) => {
    const s = scores.subarray(t * bins, (t + 1) * bins);
    at[t] = starts[t] + (b + vertex(s, b)) * width;
    sharp[t] = mass(s, b, Math.ceil(perPeriod / 8));
  });
  return { at, sharp };
}

interface Work {
  readonly sum: Float64Array;
  readonly square: Float64Array;
  readonly aic: Float64Array;
}

/** Log-likelihood of a change at each bin, relative to the best one, pulled towards the expected bin. */
function criterion(
  y: Float32Array,
  first: number,
  expected: number,
  period: number,
  scores: Float32Array,
  { sum, square, aic }: Work,
  set: ClassicalSettings,
): void {
  const n = y.length;
  const noiseEnd = Math.min(n, Math.max(first + 3, expected - Math.round(0.3 * period)));
  let level = 0;
  for (let b = first; b < noiseEnd; b++) level += y[b];
  level /= noiseEnd - first;

  // The first strong peak ends the stretch that is compared.
  let top = 0;
  const look = Math.min(n, expected + Math.round(set.finePeak * period));
  for (let b = Math.max(first, expected - Math.round(0.25 * period)); b < look; b++)
    top = Math.max(top, Math.abs(y[b] - level));
  let end = Math.max(first + 5, expected);
  while (end < n - 1 && Math.abs(y[end] - level) < set.fineShare * top) end++;
  while (end < n - 1 && Math.abs(y[end + 1] - level) > Math.abs(y[end] - level)) end++;
  end = Math.min(n, end + 1);

  for (let b = 0; b < n; b++) {
    const v = y[b] - level;
    sum[b + 1] = sum[b] + v;
    square[b + 1] = square[b] + v * v;
  }
  const unseen = set.visible * top * top + Number.MIN_VALUE * 1e20;
  let best = Number.POSITIVE_INFINITY;
  for (let b = first + 2; b < end - 2; b++) {
    const left = b - first;
    const right = end - b;
    const mean = (sum[b] - sum[first]) / left;
    const noise = Math.max(0, (square[b] - square[first]) / left - mean * mean) + unseen;
    const signal = (square[end] - square[b]) / right + unseen;
    aic[b] = left * Math.log(noise) + right * Math.log(signal);
    if (aic[b] < best) best = aic[b];
  }
  for (let b = 0; b < n; b++) {
    const fit = b < first + 2 || b >= end - 2 ? WORST : Math.max(WORST, 0.5 * (best - aic[b]));
    scores[b] = fit - set.pull * ((b - expected) / period) ** 2;
  }
}

/** Offset of the top of the parabola through three scores, within half a bin. */
function vertex(s: Float32Array, b: number): number {
  if (b < 1 || b > s.length - 2) return 0;
  const bend = s[b - 1] - 2 * s[b] + s[b + 1];
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (0.5 * (s[b - 1] - s[b + 1])) / bend)) : 0;
}

/** Share of the probability that lies within `reach` bins of `b`. */
function mass(s: Float32Array, b: number, reach: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < s.length; k++) if (s[k] > top) top = s[k];
  let all = 0;
  let near = 0;
  for (let k = 0; k < s.length; k++) {
    const p = Math.exp(s[k] - top);
    all += p;
    if (Math.abs(k - b) <= reach) near += p;
  }
  return near / all;
}
