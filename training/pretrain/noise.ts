/** Adds coloured noise to a window that was cut already, on the linear scale, and compands it again: what another day would have recorded. */
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { type Dice, fillNormal } from '../synthetic/dice.ts';
import { applyFilter, type Filter, filter } from '../synthetic/filters.ts';
import { compand, expand, FINE } from './companding.ts';

/** Root mean square of the noise, as a share of the largest amplitude of a trace. */
const LEVEL = [0.01, 0.3] as const;
/** Samples a filter runs before the window. */
const SETTLE = 64;

/**
 * @param features of one window, changed. [trace, sample, channel]
 * @param wanted the amplitudes without the noise, on the scale of those with it. [trace, sample]
 */
export function addNoise(features: Float32Array, dice: Dice, wanted: Float32Array): void {
  const traces = wanted.length / SAMPLES;
  const filters = colour(dice);
  const level = dice.logUniform(...LEVEL);
  const uneven = dice.uniform(0, 0.7);
  const work = new Float32Array(SETTLE + SAMPLES);
  for (let t = 0; t < traces; t++) {
    const row = features.subarray(t * SAMPLES * CHANNELS.length, (t + 1) * SAMPLES * CHANNELS.length);
    const own = wanted.subarray(t * SAMPLES, (t + 1) * SAMPLES);
    fillNormal(dice, work);
    for (const one of filters) applyFilter(work, one);
    const noise = work.subarray(SETTLE);
    const scale = (level * Math.exp(dice.normal(uneven))) / (rootMeanSquare(noise) || 1);
    noisy(row, noise, scale, own);
  }
}

function noisy(row: Float32Array, noise: Float32Array, scale: number, wanted: Float32Array): void {
  const mean = new Float32Array(SAMPLES);
  const top = new Float32Array(SAMPLES);
  let most = 0;
  for (let k = 0; k < SAMPLES; k++) {
    const added = scale * noise[k];
    mean[k] = row[k * CHANNELS.length] + added;
    // Within a bin noise and signal have their largest magnitude at different times.
    top[k] = expand((row[k * CHANNELS.length + 3] + 1) / 2, FINE) + Math.abs(added);
    most = Math.max(most, top[k]);
  }
  const share = most === 0 ? 0 : 1 / most;
  for (let k = 0; k < SAMPLES; k++) {
    wanted[k] = compand(row[k * CHANNELS.length] * share);
    const x = mean[k] * share;
    row.set([x, compand(x), compand(x, FINE), 2 * compand(top[k] * share, FINE) - 1], k * CHANNELS.length);
  }
}

function rootMeanSquare(x: Float32Array): number {
  let sum = 0;
  for (const value of x) sum += value * value;
  return Math.sqrt(sum / x.length);
}

/** Corners in cycles a sample. */
const colour = (dice: Dice): readonly Filter[] =>
  dice.pick<() => readonly Filter[]>([
    () => [],
    () => [filter('low', dice.logUniform(0.02, 0.3))],
    () => [filter('high', dice.logUniform(0.1, 0.4))],
    () => [filter('band', dice.logUniform(0.02, 0.3), dice.uniform(0.5, 3))],
  ])();
