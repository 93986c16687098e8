/**
 * What arrives: wave shapes in units of their period, with the time at which a person would pick them. The onset is where the shape
 * reaches 5 % of its first lobe; what ripples ahead of the first lobe (a correlated sweep does) is not the break.
 */

import type { Dice } from './dice.ts';
import { applyFilter, filter } from './filters.ts';

export type WaveletKind = 'berlage' | 'impulse' | 'hammer' | 'weight-drop' | 'airgun' | 'ricker' | 'klauder';

/** The first entry is one period of the wave before or at its start; `onset` in periods after the first entry. */
export interface Wavelet {
  /** `TABLE_RATE` values a period, largest absolute value 1. */
  readonly table: Float32Array;
  readonly onset: number;
  /** Absolute height of the first lobe. */
  readonly lobe: number;
  /** Smaller lobes ahead of the first one are a sweep's. */
  readonly rippled: boolean;
}

export const TABLE_RATE = 64;
/** Share of the first lobe that can be seen to leave the line. */
export const ONSET_SHARE = 0.05;
/** Lobes smaller than this share of the largest are side lobes, not the first one. */
const SIDE_LOBE = 0.2;

/** @param samplesAPeriod of the record; shapes hold nothing that it could not have recorded */
export function makeWavelet(kind: WaveletKind, dice: Dice, samplesAPeriod: number): Wavelet {
  const table = SHAPES[kind](dice);
  const nyquist = samplesAPeriod / 2; // cycles a period
  if (nyquist < TABLE_RATE / 4)
    for (let i = 0; i < 2; i++) applyFilter(table, filter('low', (0.7 * nyquist) / TABLE_RATE));
  taperEnd(table);
  const largest = table.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const sign = dice.chance(0.5) ? 1 : -1;
  const scaled = Float32Array.from(table, (value) => (sign * value) / largest);
  const rippled = kind === 'klauder';
  return { table: scaled, rippled, ...firstLobe(scaled, rippled) };
}

/**
 * The first lobe of at least `SIDE_LOBE`, and where the shape first reaches that share of it.
 * @param share of the lobe that counts as the onset
 * @param rippled smaller lobes ahead of it are the sweep's, and the onset is where the first lobe itself begins
 */
export function firstLobe(
  table: Float32Array,
  rippled: boolean,
  share = ONSET_SHARE,
): { readonly onset: number; readonly lobe: number } {
  const height = (k: number) => Math.abs(table[k] ?? 0);
  const largest = table.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let peak = 0;
  while (peak < table.length - 1 && !(height(peak) >= SIDE_LOBE * largest && height(peak) > height(peak + 1))) peak++;
  const lobe = height(peak);
  const least = share * lobe;
  const sign = Math.sign(table[peak]);
  let k = 0;
  if (rippled) for (k = peak; k > 0 && sign * table[k - 1] >= least; ) k--;
  else while (height(k) < least) k++;
  if (k === 0) return { onset: 0, lobe };
  // Between the entries before and after the crossing.
  const before = height(k - 1) * (table[k - 1] * table[k] < 0 ? -1 : 1);
  return { onset: (k - 1 + (least - before) / (height(k) - before)) / TABLE_RATE, lobe };
}

const lengthOf = (periods: number) => Math.round(periods * TABLE_RATE);
const tableOf = (periods: number, value: (t: number) => number) =>
  Float64Array.from({ length: lengthOf(periods) }, (_, k) => value(k / TABLE_RATE));

const SHAPES: Readonly<Record<WaveletKind, (dice: Dice) => Float64Array>> = {
  /** tⁿ e^(−at) sin 2πt (Berlage 1932). */
  berlage(dice) {
    const [order, decay] = [dice.uniform(0.3, 2.5), dice.logUniform(0.8, 4)];
    const phase = dice.chance(0.3) ? dice.uniform(-0.3, 0.3) : 0;
    return tableOf(6, (t) => t ** order * Math.exp(-decay * t) * Math.sin(2 * Math.PI * t + phase));
  },

  /** A blow through the band of ground and recorder: minimum phase. */
  impulse(dice) {
    const table = impulseTable(6);
    const [low, high] = [dice.uniform(0.2, 0.7), dice.uniform(1.2, 2.5)];
    for (let i = dice.integer(1, 2); i > 0; i--) applyFilter(table, filter('high', low / TABLE_RATE));
    for (let i = dice.integer(1, 2); i > 0; i--) applyFilter(table, filter('low', high / TABLE_RATE));
    return table;
  },

  /** A hammer on a plate: broad band, then the plate bounces. */
  hammer(dice) {
    const table = impulseTable(7);
    applyFilter(table, filter('low', dice.uniform(1.3, 3) / TABLE_RATE, dice.uniform(0.5, 1.5)));
    applyFilter(table, filter('high', dice.uniform(0.15, 0.6) / TABLE_RATE));
    return dice.chance(0.5) ? echoed(table, [[dice.uniform(0.5, 2.5), dice.uniform(-0.5, 0.5)]]) : table;
  },

  /** Slow rise, heavy ringing of the ground under the weight. */
  'weight-drop'(dice) {
    const table = impulseTable(8);
    applyFilter(table, filter('low', dice.uniform(0.9, 1.6) / TABLE_RATE, dice.uniform(0.7, 2.5)));
    applyFilter(table, filter('band', dice.uniform(0.7, 1.1) / TABLE_RATE, dice.uniform(0.5, 2)));
    return table;
  },

  /** Pulse, ghost of the sea surface, and a train of bubbles (Ziolkowski 1970). */
  airgun(dice) {
    const table = impulseTable(14);
    applyFilter(table, filter('low', dice.uniform(1.2, 2.5) / TABLE_RATE));
    applyFilter(table, filter('high', dice.uniform(0.15, 0.5) / TABLE_RATE));
    const bubble = dice.uniform(1.8, 4.5);
    const strength = dice.uniform(0.1, 0.6);
    return echoed(table, [
      [dice.uniform(0.15, 0.7), dice.uniform(-0.95, -0.4)],
      ...[1, 2, 3].map((n): Echo => [n * bubble * (1 - 0.04 * n), strength ** n]),
    ]);
  },

  ricker() {
    return tableOf(4, (t) => {
      const square = (Math.PI * (t - 2)) ** 2;
      return (1 - 2 * square) * Math.exp(-square);
    });
  },

  /** The autocorrelation of a sweep (Klauder et al. 1960): side lobes on both sides, fewer the smoother the sweep begins. */
  klauder(dice) {
    const [width, taper] = [dice.uniform(0.7, 2), dice.logUniform(1, 4)];
    const sinc = (x: number) => (Math.abs(x) < 1e-9 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
    return tableOf(
      10,
      (t) => sinc(width * (t - 4)) * Math.cos(2 * Math.PI * (t - 4)) * Math.exp(-(((t - 4) / taper) ** 2)),
    );
  },
};

function impulseTable(periods: number): Float64Array {
  const table = new Float64Array(lengthOf(periods));
  table[0] = 1;
  return table;
}

type Echo = readonly [delay: number, strength: number];

function echoed(table: Float64Array, echoes: readonly Echo[]): Float64Array {
  const sum = Float64Array.from(table);
  for (const [delay, strength] of echoes) {
    const shift = lengthOf(delay);
    for (let k = shift; k < sum.length; k++) sum[k] += strength * table[k - shift];
  }
  return sum;
}

function taperEnd(table: Float64Array): void {
  for (let k = 0; k < TABLE_RATE; k++) table[table.length - 1 - k] *= k / TABLE_RATE;
}

/**
 * What follows a strong wave for long: a dense random series of its echoes, swelling and then dying away.
 * @param periods how long it lasts
 */
export function makeCoda(dice: Dice, periods: number, samplesAPeriod: number): Wavelet {
  const table = new Float64Array(lengthOf(periods));
  const [density, decay] = [dice.logUniform(0.01, 0.6), dice.uniform(0.5, 4)];
  const [swell, power] = [dice.uniform(0.2, 4), dice.uniform(0.3, 1.5)];
  for (let k = 0; k < table.length; k++) {
    if (!dice.chance(density)) continue;
    const t = k / TABLE_RATE;
    table[k] = dice.normal() * Math.exp((-decay * t) / periods) * Math.min(1, t / swell) ** power;
  }
  applyFilter(table, filter('band', dice.uniform(0.7, 1.3) / TABLE_RATE, dice.uniform(0.4, 2)));
  applyFilter(table, filter('low', Math.min(2, 0.35 * samplesAPeriod) / TABLE_RATE));
  taperEnd(table);
  const largest = table.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
  const scaled = Float32Array.from(table, (value) => value / largest);
  return { table: scaled, rippled: false, ...firstLobe(scaled, false) };
}
