/**
 * Baseline: Akaike's criterion of each trace by itself (Maeda 1985): the sample that best divides the trace, up to its largest
 * amplitude, into two stretches of different variance.
 */
import type { TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { ms } from '../units.ts';
import { liveRows } from './live-rows.ts';
import type { Picker } from './pick-shot.ts';

export const aicPicker: Picker = {
  name: 'aic',
  pick: async (shot) => pickAic(shot),
};

export function pickAic(shot: TimedShot): readonly Pick[] {
  const live = liveRows(shot);
  const picks: Pick[] = live.skipped.map((skipped) => skipped ?? { kind: 'skipped', reason: 'dead' });
  live.rows.forEach((x, r) => {
    const found = division(x.subarray(live.from[r], live.to[r]));
    picks[live.at[r]] = {
      kind: 'picked',
      time: ms(shot.firstSample.time + (live.from[r] + found.at) * shot.sampleInterval),
      confidence: found.gain,
    };
  });
  return picks;
}

/** Samples kept on either side, so that a variance can be had. */
const SIDE = 4;

/** @returns the dividing sample, and 0–1: how much of the spread the division explains */
function division(x: Float32Array): { readonly at: number; readonly gain: number } {
  let largest = SIDE;
  for (let k = 0; k < x.length; k++) if (Math.abs(x[k]) > Math.abs(x[largest])) largest = k;
  const n = Math.min(x.length, Math.max(largest + SIDE, 3 * SIDE));
  const sum = new Float64Array(n + 1);
  const square = new Float64Array(n + 1);
  for (let k = 0; k < n; k++) {
    sum[k + 1] = sum[k] + x[k];
    square[k + 1] = square[k] + x[k] * x[k];
  }
  const variance = (a: number, b: number) => (square[b] - square[a]) / (b - a) - ((sum[b] - sum[a]) / (b - a)) ** 2;
  const least = 1e-12 * variance(0, n) + Number.MIN_VALUE * 1e20;
  let at = SIDE;
  let best = Number.POSITIVE_INFINITY;
  for (let k = SIDE; k <= n - SIDE; k++) {
    const aic = k * Math.log(variance(0, k) + least) + (n - k) * Math.log(variance(k, n) + least);
    if (aic < best) {
      best = aic;
      at = k;
    }
  }
  const contrast = (variance(at, n) + least) / (variance(0, at) + least);
  return { at, gain: contrast > 1 ? 1 - 1 / Math.sqrt(contrast) : 0 };
}
