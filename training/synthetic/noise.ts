/**
 * What is recorded besides the shot: ground unrest of changing colour, wind and traffic in bursts, waves from elsewhere, mains hum,
 * spikes, drift, sensor self-noise, the recorder's own start. Levels are against the first break's lobe, which is about 1.
 */

import { type Dice, fillNormal, smoothLine } from './dice.ts';
import { applyFilter, type Filter, filter } from './filters.ts';
import type { Scene } from './scene.ts';
import { makeWavelet } from './wavelets.ts';
import { type Arrival, addArrival } from './waves.ts';

export interface Noise {
  /** Root mean square of the unrest on each trace. */
  readonly level: Float64Array;
  /** Random noise of a trace, added to `x`. */
  addUnrest(x: Float32Array, trace: number): void;
  /** What could be taken for a wave, added to `x`. */
  addCoherent(x: Float32Array, trace: number): void;
}

type Part = (x: Float32Array, trace: number) => void;

/** @param louder factor for each trace: badly planted or beside a road */
export function randomNoise(dice: Dice, scene: Scene, signalToNoise: number, louder: Float64Array): Noise {
  const n = scene.arrival.length;
  const usual = 10 ** (-signalToNoise / 20);
  const uneven = dice.uniform(0.05, 0.7);
  const level = Float64Array.from({ length: n }, (_, i) => usual * Math.exp(dice.normal(uneven)) * louder[i]);
  const make: Maker = { dice, scene, level, usual };
  const maybe = (share: number, part: (make: Maker) => Part): Part[] => (dice.chance(share) ? [part(make)] : []);
  const incoherent = [
    unrest(make),
    // Ocean-bottom records are shown filtered.
    ...maybe(scene.setting === 'ocean-bottom' ? 0.08 : 0.35, drift),
    ...maybe(0.3, sensorNoise),
    ...maybe(0.3, offsets),
    ...maybe(0.25, hum),
    ...maybe(0.2, spikes),
    ...maybe(0.25, startUp),
  ];
  const coherent = [...maybe(0.25, trigger), ...maybe(0.3, strayWaves), ...maybe(0.2, traffic)];
  const all =
    (parts: readonly Part[]): Part =>
    (x, trace) => {
      for (const part of parts) part(x, trace);
    };
  return { level, addUnrest: all(incoherent), addCoherent: all(coherent) };
}

interface Maker {
  readonly dice: Dice;
  readonly scene: Scene;
  readonly level: Float64Array;
  readonly usual: number;
}

/** Filters in cycles a sample for corners in cycles a period. */
const tuned = ({ period, axis }: Scene, kind: 'low' | 'high' | 'band', corner: number, q?: number): Filter =>
  filter(kind, (corner * axis.interval) / period, q);

/** Coloured noise of root mean square 1 is written into `x`; it has run for a while before the first sample. */
function coloured(dice: Dice, filters: readonly Filter[], x: Float32Array): void {
  const settle = Math.min(512, x.length);
  const work = new Float32Array(x.length + settle);
  fillNormal(dice, work);
  for (const one of filters) applyFilter(work, one);
  let sum = 0;
  for (let k = settle; k < work.length; k++) sum += work[k] * work[k];
  const scale = 1 / Math.sqrt(sum / x.length || 1);
  for (let k = 0; k < x.length; k++) x[k] = scale * work[k + settle];
}

function unrest({ dice, scene, level }: Maker): Part {
  const filters = dice.pick<() => readonly Filter[]>([
    () => [tuned(scene, 'band', dice.logUniform(0.2, 3), dice.uniform(0.35, 3))],
    () => [tuned(scene, 'low', dice.logUniform(0.3, 8), dice.uniform(0.5, 1))],
    () => [tuned(scene, 'low', dice.logUniform(0.04, 0.4), dice.uniform(0.5, 1))],
    () => [tuned(scene, 'high', dice.logUniform(0.5, 8), dice.uniform(0.5, 1))],
    () => [tuned(scene, 'low', dice.logUniform(1, 6)), tuned(scene, 'high', dice.logUniform(0.05, 0.4))],
    () => [tuned(scene, 'low', 8)],
    () => [],
  ])();
  // Gusts: loud for a while, on some of the line.
  const gusts = dice.chance(0.35) ? dice.logUniform(1.5, 12) : 1;
  const [from, to] = runOf(dice, level.length);
  const { samples } = scene.axis;
  const swell = smoothLine(dice, samples, samples / dice.uniform(2, 30));
  const own = new Float32Array(samples);
  return (x, trace) => {
    coloured(dice, filters, own);
    const gusty = gusts > 1 && trace >= from && trace < to;
    const amplitude = level[trace];
    for (let k = 0; k < x.length; k++)
      x[k] += amplitude * own[k] * (gusty && swell[k] > 0.3 ? 1 + (gusts - 1) * Math.min(1, swell[k] - 0.3) : 1);
  };
}

function drift({ dice, scene, level }: Maker): Part {
  const strength = dice.logUniform(0.2, 10);
  const filters = [tuned(scene, 'low', dice.logUniform(0.02, 0.15), 0.7)];
  const own = new Float32Array(scene.axis.samples);
  return (x, trace) => {
    coloured(dice, filters, own);
    for (let k = 0; k < x.length; k++) x[k] += strength * level[trace] * own[k];
  };
}

function sensorNoise({ dice, scene, level }: Maker): Part {
  const strength = dice.logUniform(0.2, 2);
  const filters = [tuned(scene, 'high', dice.logUniform(1.5, 12))];
  const own = new Float32Array(scene.axis.samples);
  return (x, trace) => {
    coloured(dice, filters, own);
    for (let k = 0; k < x.length; k++) x[k] += strength * level[trace] * own[k];
  };
}

function offsets({ dice, level, usual }: Maker): Part {
  const size = dice.logUniform(0.01, 30) * usual;
  const each = level.map(() => dice.normal(size));
  return (x, trace) => {
    for (let k = 0; k < x.length; k++) x[k] += each[trace];
  };
}

/** Mains of 50 or 60 Hz, or the railway's 16.7, with harmonics; in phase on the line or not. */
function hum({ dice, scene, level, usual }: Maker): Part {
  const mains = dice.pick([50, 50, 60, 60, 50 / 3]);
  const strength = dice.logUniform(0.2, 3) * usual;
  const [from, to] = runOf(dice, level.length);
  const loose = dice.pick([0.1, 2]);
  const tones = [1, 2, 3, 5].flatMap((harmonic) =>
    harmonic === 1 || dice.chance(0.4)
      ? [
          {
            step: (2 * Math.PI * mains * harmonic * scene.axis.interval) / 1000,
            share: dice.uniform(0.2, 1) / harmonic,
          },
        ]
      : [],
  );
  const phase = dice.uniform(0, 2 * Math.PI);
  const each = level.map(() => strength * Math.exp(dice.normal(0.8)));
  return (x, trace) => {
    const inside = trace >= from && trace < to ? 1 : 0.2;
    for (const { step, share } of tones) {
      const own = phase + dice.normal(loose);
      for (let k = 0; k < x.length; k++) x[k] += inside * share * each[trace] * Math.sin(own + k * step);
    }
  };
}

/** A few a trace at most: one sample, or a kick that dies away. */
function spikes({ dice, level }: Maker): Part {
  const rate = dice.logUniform(0.05, 1.5);
  return (x, trace) => {
    for (let left = dice.uniform(0, 2 * rate); dice.chance(Math.min(1, left)); left--) {
      const height = dice.logUniform(5, 200) * level[trace] * (dice.chance(0.5) ? 1 : -1);
      const at = dice.integer(0, x.length - 1);
      const length = dice.chance(0.5) ? 1 : dice.integer(2, 24);
      for (let k = 0; k < length && at + k < x.length; k++) x[at + k] += height * Math.exp((-4 * k) / length);
    }
  };
}

/** Loud from the first sample on, then quiet all at once, near the breaks or ahead of them: an end that looks like a beginning. */
function startUp({ dice, scene, level }: Maker): Part {
  const { axis, arrival, period } = scene;
  const [from, to] = dice.chance(0.5) ? [0, level.length] : runOf(dice, level.length);
  const end = dice.uniform(0.1, 1.1) * (axis.first < 0 && dice.chance(0.5) ? 0 : median(arrival));
  const spread = dice.logUniform(0.01, 0.3) * Math.abs(end);
  const ends = level.map(() => end + dice.normal(spread));
  const strength = level.map((value) => value * dice.logUniform(1.5, 25) * Math.exp(dice.normal(0.5)));
  const filters = [filter('high', axis.interval / (period * dice.logUniform(0.08, 0.6)))];
  const own = new Float32Array(axis.samples);
  return (x, trace) => {
    const until = Math.min(x.length, Math.round((ends[trace] - axis.first) / axis.interval));
    if (trace < from || trace >= to || until < 2) return;
    coloured(dice, filters, own);
    for (let k = 0; k < until; k++) x[k] += strength[trace] * own[k];
  };
}

/** The trigger's own pulse, at the same time on all channels: electric, so before any wave. */
function trigger({ dice, scene, usual }: Maker): Part {
  const { period, axis, arrival } = scene;
  const own = Math.max(period * dice.logUniform(0.05, 0.6), 2.5 * axis.interval);
  const decay = own * dice.logUniform(0.3, 3);
  const size = dice.logUniform(0.2, 10) * usual;
  const each = arrival.map(() => size * Math.exp(dice.normal(0.7)));
  return (x, trace) => {
    const from = Math.max(0, Math.ceil(-axis.first / axis.interval));
    for (let k = from; k < x.length; k++) {
      const t = axis.first + k * axis.interval;
      if (t > 8 * decay) break;
      x[k] += each[trace] * Math.exp(-t / decay) * Math.sin((2 * Math.PI * t) / own + 1);
    }
  };
}

/** Waves of other shots, passing cars, footsteps: at random times, also ahead of the break. */
function strayWaves({ dice, scene, usual }: Maker): Part {
  const { arrival, period, axis } = scene;
  const n = arrival.length;
  const latest = Math.max(...arrival);
  const end = axis.first + axis.samples * axis.interval;
  const stray = Array.from({ length: dice.integer(1, 3) }, (): Arrival => {
    const own = Math.max(period * dice.logUniform(0.4, 3), 4 * axis.interval);
    const at = dice.chance(0.6) ? dice.uniform(-0.5, 1) * latest : dice.uniform(axis.first, end);
    const slope = dice.uniform(-2.5, 2.5) * latest;
    const source = dice.uniform(-0.5, 1.5);
    const size = usual * dice.logUniform(0.3, 2.5);
    return {
      wavelet: makeWavelet(dice.pick(['berlage', 'impulse', 'weight-drop', 'hammer']), dice, own / axis.interval),
      start: arrival.map((_, i) => at + slope * Math.abs(i / n - source)),
      strength: arrival.map(() => size * Math.exp(dice.normal(0.2))),
      period: arrival.map(() => own),
    };
  });
  return (x, trace) => {
    for (const wave of stray) addArrival(x, axis, wave, trace);
  };
}

/** A road or a pump: unrest that runs across the line with a speed of its own. */
function traffic({ dice, scene, usual }: Maker): Part {
  const { arrival, axis, period } = scene;
  const n = arrival.length;
  const slope = (dice.uniform(-2, 2) * Math.max(...arrival)) / n / axis.interval; // samples a trace
  const source = dice.uniform(-0.5, 1.5) * n;
  const shift = (i: number) => Math.round(slope * Math.abs(i - source));
  const most = Math.max(...arrival.map((_, i) => Math.abs(shift(i))));
  const bounded = Math.min(most, 20_000);
  const line = new Float32Array(axis.samples + 2 * bounded);
  coloured(dice, [filter('band', (dice.logUniform(0.2, 1.5) * axis.interval) / period, dice.uniform(1, 6))], line);
  const swell = smoothLine(dice, line.length, line.length / dice.uniform(2, 20));
  const size = usual * dice.logUniform(0.3, 2);
  return (x, trace) => {
    const from = bounded + Math.max(-bounded, Math.min(bounded, shift(trace)));
    for (let k = 0; k < x.length; k++) x[k] += size * Math.max(0, 0.6 + 0.5 * swell[from + k]) * line[from + k];
  };
}

/** Part of the line, or all of it. */
function runOf(dice: Dice, n: number): readonly [from: number, to: number] {
  if (dice.chance(0.4)) return [0, n];
  const from = dice.integer(0, n - 1);
  return [from, dice.integer(from + 1, n)];
}

const median = (values: Float64Array) => Float64Array.from(values).sort()[values.length >> 1];
