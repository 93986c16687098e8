/**
 * Labelled shots made harder or coarser: noise added, every second or fourth sample or every second trace kept, channels that die.
 * What a picker makes of these tells what it would make of shots that nobody has labelled.
 */
import type { TimedShot } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import { bandpass } from '#shared/signal/bandpass.ts';
import { resample } from '#shared/signal/resample.ts';
import { recorded } from '#shared/signal/with-amplitudes.ts';
import { hertz, type Milliseconds, ms } from '#shared/units.ts';
import { addNoise } from '../data/augment.ts';
import type { Label, LabelledShot } from '../data/labelled.ts';
import { type Dice, fillNormal } from '../synthetic/dice.ts';
import { periodOf } from './signal-to-noise.ts';

/** dB of the 20 ms behind each break above the noise that is added. */
export const NOISE_LEVEL = -3;

export const noisy = addNoise([NOISE_LEVEL, NOISE_LEVEL]);

export const COARSER = ['every 2nd sample', 'every 4th sample', 'every 2nd trace'] as const;
export type Coarser = (typeof COARSER)[number];

/** Samples of a coarser record that a period must have left, or nothing can be asked of it. */
const SAMPLES_A_PERIOD = 4;

/** Undefined where the coarser record could not hold the first breaks. Traces keep their `index`. */
export function coarser(labelled: LabelledShot, how: Coarser): LabelledShot | undefined {
  if (how === 'every 2nd trace') return everySecondTrace(labelled);
  const interval = ms(labelled.shot.sampleInterval * (how === 'every 2nd sample' ? 2 : 4));
  const period = periodOf(labelled);
  if (period === undefined || period < SAMPLES_A_PERIOD * interval) return undefined;
  return { ...labelled, shot: resample(labelled.shot, interval) };
}

function everySecondTrace({ shot, labels, ...rest }: LabelledShot): LabelledShot | undefined {
  const kept = shot.traces.flatMap((_, i) => (i % 2 === 0 ? [i] : []));
  if (kept.length < 2) return undefined;
  const amplitudes = new Float32Array(kept.length * shot.samples); // [trace, sample]
  kept.forEach((trace, i) => {
    amplitudes.set(shot.amplitudes.subarray(trace * shot.samples, (trace + 1) * shot.samples), i * shot.samples);
  });
  return {
    ...rest,
    shot: { ...shot, amplitudes, traces: kept.map((trace) => shot.traces[trace]) },
    labels: kept.map((trace) => labels[trace]),
  };
}

/** Both skipped, or both picked within `tolerance`. */
export function agree(a: Pick, b: Pick, tolerance: Milliseconds): boolean {
  if (a.kind === 'skipped' || b.kind === 'skipped') return a.kind === b.kind;
  return Math.abs(a.time - b.time) <= tolerance;
}

export const DEAD = ['zeros', 'constant', 'noise'] as const;
export type Dead = (typeof DEAD)[number];

/** One in so many traces dies. */
const DEAD_SHARE = 8;

/** Some channels recorded nothing of the shot; their labels become `dead`, all others `unknown`. */
export function withDead(labelled: LabelledShot, how: Dead, dice: Dice): LabelledShot {
  const { shot } = labelled;
  const amplitudes = shot.amplitudes.slice();
  const first = dice.integer(0, Math.min(DEAD_SHARE, shot.traces.length) - 1);
  const unrest = how === 'noise' ? unrestLike(labelled, dice) : undefined;
  const labels = shot.traces.map(({ start, count }, i): Label => {
    if (i % DEAD_SHARE !== first) return { kind: 'unknown' };
    const row = amplitudes.subarray(i * shot.samples + start, i * shot.samples + start + count);
    const last = row[row.length - 1];
    if (unrest) row.set(recorded(unrest, i));
    else row.fill(how === 'zeros' ? 0 : last || 1);
    return { kind: 'dead' };
  });
  return { ...labelled, shot: { ...shot, amplitudes }, labels };
}

/** Noise around the period of the shot, a hundredth as strong as the trace. */
function unrestLike(labelled: LabelledShot, dice: Dice): TimedShot {
  const { shot } = labelled;
  const white = new Float32Array(shot.amplitudes.length);
  fillNormal(dice, white);
  const nyquist = 500 / shot.sampleInterval;
  const centre = Math.min(1000 / (periodOf(labelled) ?? 8 * shot.sampleInterval), nyquist / 3);
  const noise = bandpass(
    { ...shot, amplitudes: white },
    { low: hertz(centre / 3), high: hertz(2 * centre) },
    { order: 2 },
  );
  shot.traces.forEach((_, i) => {
    const x = recorded(noise, i);
    const scale = (0.01 * rms(recorded(shot, i))) / (rms(x) || 1);
    for (let k = 0; k < x.length; k++) x[k] *= scale;
  });
  return noise;
}

const rms = (x: Float32Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length);

/** Parts of a record that are compared. */
const PARTS = 32;
/** dB; the loudest part of a trace that shows the shot stands higher above its middle one. */
const QUIET = 9;
/** … and nearer to what is usual in its gather. */
const BELOW_USUAL = 12;

/**
 * Traces that people left unpicked and that show nothing of the shot: flat, or the loudest part of the record stands no more than
 * 9 dB above the middle one, 12 dB less than is usual in the gather.
 */
export function leftAsDead({ shot, labels }: LabelledShot): readonly number[] {
  const stands = shot.traces.map((_, i) => contrast(recorded(shot, i)));
  const usual = [...stands].sort((a, b) => a - b)[stands.length >> 1];
  return labels.flatMap((label, i) =>
    label.kind !== 'onset' && stands[i] < QUIET && stands[i] < usual - BELOW_USUAL ? [i] : [],
  );
}

/** dB; loudest part of a trace over its middle one, 0 when it is flat. */
function contrast(x: Float32Array): number {
  const length = Math.floor(x.length / PARTS);
  if (length === 0) return 0;
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const parts = Float64Array.from({ length: PARTS }, (_, k) =>
    x.subarray(k * length, (k + 1) * length).reduce((sum, value) => sum + (value - mean) ** 2, 0),
  ).sort();
  const [middle, loudest] = [parts[PARTS >> 1], parts[PARTS - 1]];
  return loudest === 0 ? 0 : 10 * Math.log10(loudest / Math.max(middle, 1e-12 * loudest));
}
