/**
 * Shots whose first breaks are known: two layers, a geophone line, a hammer. Head-wave travel times as in Sheriff & Geldart,
 * "Exploration Seismology", section 4.3; every wavelet is causal (Berlage), so its onset is exactly the travel time.
 */
import type { FirstSample, TimedShot } from '#shared/gather.ts';
import { type Metres, type Milliseconds, metres, ms, samples } from '#shared/units.ts';

export interface SyntheticShot {
  readonly shot: TimedShot;
  /** True onset of each trace after the shot; undefined on a dead channel. */
  readonly onsets: readonly (Milliseconds | undefined)[];
}

export interface Recipe {
  readonly ffid: number;
  /** On the line of the geophones. */
  readonly source: Metres;
  readonly channels?: number;
  readonly spacing?: Metres;
  readonly sampleInterval?: Milliseconds;
  /** Time of the first sample after the shot; negative for a pre-trigger. */
  readonly firstSample?: Milliseconds;
  readonly length?: Milliseconds;
  /** Channel numbers, from 1. */
  readonly dead?: readonly number[];
  readonly noisy?: readonly number[];
  /** Strength of the ground roll at the source; the first break has 1. 4 is about 16 dB in the middle of the line. @default 4 */
  readonly groundRoll?: number;
  readonly seed?: number;
}

/** Soil over weathered rock; metres and metres per second. */
const EARTH = { v1: 500, v2: 1800, depth: 4, groundRoll: 210, air: 340 };

export function syntheticShot({
  ffid,
  source,
  channels = 48,
  spacing = metres(2),
  sampleInterval = ms(0.25),
  firstSample = ms(0),
  length = ms(400),
  dead = [],
  noisy = [],
  groundRoll = 4,
  seed = ffid,
}: Recipe): SyntheticShot {
  const count = Math.round(length / sampleInterval);
  const amplitudes = new Float32Array(channels * count); // [trace, sample]
  const random = generator(seed);
  const onsets: (Milliseconds | undefined)[] = [];
  for (let i = 0; i < channels; i++) {
    const x = amplitudes.subarray(i * count, (i + 1) * count);
    const distance = Math.abs(i * spacing - source);
    const onset = ms(travelTime(distance) + static_(i));
    const isDead = dead.includes(i + 1);
    onsets.push(isDead ? undefined : onset);
    if (isDead) continue;
    record(x, { distance, onset, firstSample, sampleInterval, groundRoll });
    addNoise(x, noisy.includes(i + 1) ? 0.35 : 0.012, random);
  }
  const place = (at: number) => ({ x: metres(at), y: metres(0), z: metres(0) });
  const shot: TimedShot = {
    ffid,
    sourcePoint: ffid,
    amplitudes,
    samples: samples(count),
    sampleInterval,
    firstSample: { time: firstSample, from: 'synthetic' } satisfies FirstSample,
    traces: Array.from({ length: channels }, (_, i) => ({
      index: i,
      channel: i + 1,
      kind: 'seismic' as const,
      receiver: place(i * spacing),
      offset: metres(i * spacing - source),
      start: samples(0),
      count: samples(count),
    })),
    source: place(source),
    recorder: 'Firstbreak demo',
    recordedAt: '2024-05-14T09:30:00',
    problems: [],
  };
  return { shot, onsets };
}

/** The direct wave or the head wave along the second layer, whichever comes first; ms. */
export function travelTime(distance: number): Milliseconds {
  const { v1, v2, depth } = EARTH;
  const intercept = (2 * depth * Math.sqrt(v2 * v2 - v1 * v1)) / (v1 * v2);
  return ms(1000 * Math.min(distance / v1, distance / v2 + intercept));
}

/** What the soil under each geophone adds, the same in every shot; ms. */
const static_ = (receiver: number) => 0.5 + 0.4 * Math.sin(receiver * 0.7) + 0.25 * Math.sin(receiver * 2.3 + 1);

interface Arrivals {
  readonly distance: number;
  readonly onset: Milliseconds;
  readonly firstSample: Milliseconds;
  readonly sampleInterval: Milliseconds;
  readonly groundRoll: number;
}

function record(x: Float32Array, { distance, onset, firstSample, sampleInterval, groundRoll }: Arrivals): void {
  const far = 1 + distance / 8;
  const waves = [
    { at: onset, strength: 1 / far, frequency: 55, decay: 90, order: 0.6 },
    { at: onset + 9 + distance * 0.12, strength: 1.6 / far, frequency: 40, decay: 45, order: 1 },
    { at: onset + 22 + distance * 0.5, strength: 1.2 / far, frequency: 32, decay: 30, order: 1 },
    { at: (1000 * distance) / EARTH.air + 1, strength: 0.5 / far, frequency: 140, decay: 160, order: 1 },
    {
      at: (1000 * distance) / EARTH.groundRoll + 2,
      strength: groundRoll / Math.sqrt(far),
      frequency: 17,
      decay: 26,
      order: 2,
    },
  ];
  for (let s = 0; s < x.length; s++) {
    const time = firstSample + s * sampleInterval;
    let sum = 0;
    for (const wave of waves) if (time > wave.at) sum += wave.strength * berlage((time - wave.at) / 1000, wave);
    x[s] = sum;
  }
}

/** Berlage's wavelet tⁿ e^(−at) sin 2πft, scaled to about one; t in seconds. */
function berlage(t: number, { frequency, decay, order }: { frequency: number; decay: number; order: number }): number {
  const peak = (order / decay) ** order * Math.exp(-order);
  return (t ** order * Math.exp(-decay * t) * Math.sin(2 * Math.PI * frequency * t)) / peak;
}

/** Wind and traffic: a slow part that remembers, and a quick one. */
function addNoise(x: Float32Array, level: number, random: () => number): void {
  let slow = 0;
  for (let s = 0; s < x.length; s++) {
    slow = 0.97 * slow + 0.24 * gauss(random);
    x[s] += level * (0.8 * slow + 0.6 * gauss(random));
  }
}

/** Standard normal, Box–Muller. */
const gauss = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Uniform 0–1, the same sequence for the same seed (mulberry32, T. Ettinger, public domain). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
