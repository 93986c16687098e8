/** Which first breaks can be asked for: a label on a break that nobody could see teaches a picker to guess. */
import { HIDDEN_BELOW, HIDDEN_PERIODS } from './recipe.ts';
import { ONSET_SHARE } from './wavelets.ts';
import type { Axis } from './waves.ts';

/** The share of its first lobe at which a wave is seen to leave the noise. */
export function visibleShare(
  { lobe, onset, period }: { readonly lobe: number; readonly onset: number; readonly period: number },
  unrest: Float32Array,
  axis: Axis,
): number {
  const at = (time: number) => Math.max(0, Math.min(axis.samples, Math.round((time - axis.first) / axis.interval)));
  const noise = smoothDeviation(unrest, at(onset - 1.5 * period), at(onset + 0.5 * period), period / axis.interval / 8);
  return Math.min(MOST_SHARE, Math.max(ONSET_SHARE, (OVER_NOISE * noise) / lobe));
}
const OVER_NOISE = 0.6;
const MOST_SHARE = 0.5;

/**
 * Whether the break can be asked for: it lies inside the record, the noise around it leaves it above `HIDDEN_BELOW`, and no
 * coherent noise as high as its first lobe comes shortly before it, where it would be the first break to anyone.
 */
export function canBeSeen(
  { lobe, onset, period }: { readonly lobe: number; readonly onset: number; readonly period: number },
  { unrest, coherent }: { readonly unrest: Float32Array; readonly coherent: Float32Array },
  axis: Axis,
): boolean {
  const at = (time: number) => Math.max(0, Math.min(axis.samples, Math.round((time - axis.first) / axis.interval)));
  const place = (onset - axis.first) / axis.interval;
  if (!(place >= 1 && place <= axis.samples - 2)) return false;
  const [before, after] = [at(onset - 1.5 * period), at(onset + 0.5 * period)];
  if (lobe < 10 ** (HIDDEN_BELOW / 20) * smoothDeviation(unrest, before, after, period / axis.interval / 8))
    return false;
  for (let k = at(onset - HIDDEN_PERIODS * period); k < at(onset + 0.1 * period); k++)
    if (Math.abs(coherent[k]) >= lobe) return false;
  return true;
}

/** Root mean square around the mean, after averaging over `width` samples: what is far above the wave's band does not hide it. */
function smoothDeviation(x: Float32Array, from: number, to: number, width: number): number {
  const step = Math.max(1, Math.round(width));
  let [count, sum, squares] = [0, 0, 0];
  for (let k = from; k + step <= to; k += step, count++) {
    let mean = 0;
    for (let j = 0; j < step; j++) mean += x[k + j];
    mean /= step;
    sum += mean;
    squares += mean * mean;
  }
  return count > 1 ? Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)) : 0;
}
