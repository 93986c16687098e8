/**
 * One synthetic shot, from a seed: ground, spread, source and noise are drawn, waves are laid where the eikonal solver puts them,
 * channels fail, and each trace says whether its first break can be asked for.
 */
import type { TimedShot } from '#shared/gather.ts';
import { type Metres, type Milliseconds, metres, ms, samples } from '#shared/units.ts';
import type { Label } from '../data/labelled.ts';
import { type Arrivals, randomArrivals } from './arrivals.ts';
import { type Channel, randomChannels } from './channels.ts';
import { diceOf } from './dice.ts';
import { type Noise, randomNoise } from './noise.ts';
import { type Later, RECIPE, type Recipe, type Setting } from './recipe.ts';
import { randomScene, type Scene } from './scene.ts';
import { canBeSeen, visibleShare } from './visible.ts';
import { firstLobe, ONSET_SHARE, type WaveletKind } from './wavelets.ts';
import { type Axis, addArrival, addPacket } from './waves.ts';

export interface SyntheticGather {
  readonly shot: TimedShot;
  /** True onsets that can be asked for; undefined on dead channels and where noise hides the break. */
  readonly onsets: readonly (Milliseconds | undefined)[];
  readonly labels: readonly Label[];
  /** True onsets of all traces, hidden ones included; undefined on dead channels. */
  readonly breaks: readonly (Milliseconds | undefined)[];
  readonly about: {
    readonly seed: number;
    readonly setting: Setting;
    readonly later: Later;
    readonly waveform: WaveletKind;
    /** Of the first arrival near the shot. */
    readonly period: Milliseconds;
    /** dB; first lobe against root mean square, middle trace. */
    readonly signalToNoise: number;
    readonly channels: readonly Channel[];
  };
}

/** The same seed and recipe give the same shot. Made shots have FFID `seed`, which should be a whole number of 31 bits. */
export function syntheticGather(seed: number, recipe: Partial<Recipe> = {}): SyntheticGather {
  const dice = diceOf(seed);
  const whole = { ...RECIPE, ...recipe };
  const scene = randomScene(dice, whole);
  const arrivals = randomArrivals(dice, scene);
  const n = scene.arrival.length;
  const nearest = scene.spread.offset.indexOf(Math.min(...scene.spread.offset));
  const channels = randomChannels(dice, n, nearest);
  const signalToNoise = dice.uniform(...whole.signalToNoise);
  const louder = Float64Array.from(channels, (channel) => (channel.kind === 'noisy' ? channel.factor : 1));
  const noise = randomNoise(dice, scene, signalToNoise, louder);
  const steps = dice.chance(0.1) ? 2 ** dice.integer(11, 15) : undefined;
  const unit = dice.chance(0.5) ? 1 : dice.logUniform(1e-6, 1e6);

  const amplitudes = new Float32Array(n * scene.axis.samples); // [trace, sample]
  const labels: Label[] = [];
  const breaks: (Milliseconds | undefined)[] = [];
  for (let i = 0; i < n; i++) {
    const row = amplitudes.subarray(i * scene.axis.samples, (i + 1) * scene.axis.samples);
    const { recorded, visible, share } = record(row, i, { channel: channels[i], scene, arrivals, noise, steps });
    const { wavelet, start, period } = arrivals.first;
    const time = ms(start[recorded] + firstLobe(wavelet.table, wavelet.rippled, share).onset * period[recorded]);
    const dead = channels[i].kind === 'dead';
    breaks.push(dead ? undefined : time);
    labels.push(dead ? { kind: 'dead' } : visible ? { kind: 'onset', time } : { kind: 'unknown' });
  }
  if (unit !== 1) scale(amplitudes, unit);
  return {
    shot: shotOf(seed, scene, amplitudes),
    onsets: labels.map((label) => (label.kind === 'onset' ? label.time : undefined)),
    labels,
    breaks,
    about: {
      seed,
      setting: scene.setting,
      later: scene.later,
      waveform: scene.waveform,
      period: ms(scene.period),
      signalToNoise,
      channels,
    },
  };
}

interface Recording {
  readonly channel: Channel;
  readonly scene: Scene;
  readonly arrivals: Arrivals;
  readonly noise: Noise;
  /** Of the recorder, from zero to the largest value; undefined: as fine as a float. */
  readonly steps: number | undefined;
}

/** Writes a trace; `recorded` is the receiver whose ground motion it holds. */
function record(row: Float32Array, trace: number, { channel, scene, arrivals, noise, steps }: Recording) {
  const { axis } = scene;
  const recorded = channel.kind === 'swapped' ? channel.with : trace;
  const unrest = new Float32Array(row.length);
  const coherent = new Float32Array(row.length);
  noise.addUnrest(unrest, trace);
  noise.addCoherent(coherent, trace);
  if (channel.kind === 'dead') {
    if (channel.shows === 'noise') add(row, unrest, 1);
    if (channel.shows === 'constant') row.fill(unrest[0] ?? 0);
    return { recorded, visible: false, share: ONSET_SHARE };
  }
  const factor = channel.kind === 'weak' ? channel.factor : 1;
  addSignal(row, axis, arrivals, recorded);
  if (factor !== 1) scale(row, factor);
  for (const precursor of arrivals.precursors) addArrival(coherent, axis, precursor, recorded);
  if (channel.kind === 'cross-talk') {
    const other = new Float32Array(row.length);
    addSignal(other, axis, arrivals, channel.from);
    add(coherent, other, channel.share);
  }
  if (factor !== 1) {
    scale(unrest, Math.sqrt(factor));
    scale(coherent, Math.sqrt(factor));
  }
  const wave = { lobe: factor * arrivals.lobe[recorded], onset: arrivals.onset[recorded], period: scene.period };
  const share = visibleShare(wave, unrest, axis);
  const seen = canBeSeen(wave, { unrest, coherent }, axis);
  add(row, unrest, 1);
  add(row, coherent, 1);
  if (channel.kind === 'clipped') clip(row, channel.share);
  const step = steps === undefined ? 0 : quantise(row, steps);
  return { recorded, visible: seen && wave.lobe > step, share };
}

function addSignal(x: Float32Array, axis: Axis, { first, waves, packets }: Arrivals, trace: number): void {
  addArrival(x, axis, first, trace);
  for (const wave of waves) addArrival(x, axis, wave, trace);
  for (const packet of packets) addPacket(x, axis, packet, trace);
}

function scale(x: Float32Array, factor: number): void {
  for (let k = 0; k < x.length; k++) x[k] *= factor;
}

function add(x: Float32Array, y: Float32Array, factor: number): void {
  for (let k = 0; k < x.length; k++) x[k] += factor * y[k];
}

function clip(x: Float32Array, share: number): void {
  const most = share * x.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  for (let k = 0; k < x.length; k++) x[k] = Math.max(-most, Math.min(most, x[k]));
}

/** Whole steps of the trace's own range, as recorders with few bits have them; returns the step. */
function quantise(row: Float32Array, steps: number): number {
  const step = row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / steps;
  if (step > 0) for (let k = 0; k < row.length; k++) row[k] = Math.round(row[k] / step) * step;
  return step;
}

function shotOf(seed: number, { spread, axis, setting, ground }: Scene, amplitudes: Float32Array): TimedShot {
  const { earth } = ground;
  const height = (x: number) => {
    const i = Math.round((x - earth.start) / earth.spacing);
    return earth.elevation[Math.max(0, Math.min(earth.elevation.length - 1, i))];
  };
  const place = (x: number, y: number) => ({ x: cm(x), y: cm(y), z: cm(height(x)) });
  return {
    ffid: seed,
    sourcePoint: seed,
    amplitudes,
    samples: samples(axis.samples),
    sampleInterval: ms(axis.interval),
    firstSample: { time: ms(axis.first), from: 'synthetic' },
    source: place(spread.source.x, spread.source.y),
    traces: Array.from(spread.x, (x, i) => ({
      index: i,
      channel: i + 1,
      kind: 'seismic' as const,
      receiver: place(x, spread.y[i]),
      offset: cm(spread.offset[i]),
      start: samples(0),
      count: samples(axis.samples),
    })),
    recorder: `Firstbreak synthetic, ${setting}`,
    problems: [],
  };
}

/** Surveyed to the centimetre. */
const cm = (value: number): Metres => metres(Math.round(value * 100) / 100);
