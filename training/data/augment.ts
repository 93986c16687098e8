/**
 * Ways to make a labelled shot another one that is as true: each is a pure function of the shot and of random numbers, and moves
 * the labels with what it does. They come as a list, and `augmented` applies some of them.
 */
import { row, type TimedShot, type Trace } from '#shared/gather.ts';
import { bandpass } from '#shared/signal/bandpass.ts';
import { resample } from '#shared/signal/resample.ts';
import { recorded } from '#shared/signal/with-amplitudes.ts';
import { hertz, type Milliseconds, ms } from '#shared/units.ts';
import { type Dice, fillNormal } from '../synthetic/dice.ts';
import type { Label, LabelledShot } from './labelled.ts';

export type Augmentation = (labelled: LabelledShot, dice: Dice) => LabelledShot;

/** One after the other, each with the probability that stands beside it. */
export const chain =
  (steps: readonly (readonly [share: number, step: Augmentation])[]): Augmentation =>
  (labelled, dice) =>
    steps.reduce((done, [share, step]) => (dice.chance(share) ? step(done, dice) : done), labelled);

/** All turned over. */
export const polarity: Augmentation = (labelled) =>
  withAmplitudes(
    labelled,
    labelled.shot.amplitudes.map((value) => -value),
  );

/** Traces in the opposite order; each keeps its number, place and label. */
export const mirror: Augmentation = (labelled) =>
  withTraces(
    labelled,
    labelled.shot.traces.map((_, i) => labelled.shot.traces.length - 1 - i),
  );

/** The shot instant is moved to where the record allows it, by at most `most`: as if the recorder had been triggered early or late. */
export const timeShift =
  (most: Milliseconds): Augmentation =>
  (labelled, dice) => {
    const { shot, labels } = labelled;
    // Breaks stay after the shot.
    const earliest = Math.min(
      ...labels.map((label) => (label.kind === 'onset' ? label.time : Number.POSITIVE_INFINITY)),
    );
    const back = Math.max(0, Math.min(most, earliest));
    const by = dice.uniform(-back, most);
    return {
      ...labelled,
      shot: { ...shot, firstSample: { time: ms(shot.firstSample.time + by), from: shot.firstSample.from } },
      labels: labels.map(
        (label): Label => (label.kind === 'onset' ? { kind: 'onset', time: ms(label.time + by) } : label),
      ),
    };
  };

/** A coarser interval, band-limited; times do not change. Shots that would keep fewer than 64 samples stay as they are. */
export const decimate =
  (factors: readonly number[]): Augmentation =>
  (labelled, dice) => {
    const { shot } = labelled;
    const factor = dice.pick(factors);
    if (factor <= 1 || shot.samples / factor < 64) return labelled;
    return { ...labelled, shot: resample(shot, ms(shot.sampleInterval * factor)) };
  };

/** Every second, third … trace. */
export const thin =
  (steps: readonly number[]): Augmentation =>
  (labelled, dice) => {
    const step = dice.pick(steps);
    const first = dice.integer(0, step - 1);
    const kept = labelled.shot.traces.flatMap((_, i) => (i % step === first ? [i] : []));
    return kept.length < 2 ? labelled : withTraces(labelled, kept);
  };

/** Some traces are lost: at most `share` of them, and never all. */
export const dropTraces =
  (share: number): Augmentation =>
  (labelled, dice) => {
    const rate = dice.uniform(0, share);
    const kept = labelled.shot.traces.flatMap((_, i) => (dice.chance(rate) ? [] : [i]));
    return kept.length < 2 ? labelled : withTraces(labelled, kept);
  };

/**
 * Noise in the band of the shot, so that the signal stands `signalToNoise` dB above it: root mean square of the trace behind its
 * break, up to `window`, against that of the noise. A trace without a label gets what its neighbours get on average.
 */
export const addNoise =
  ([from, to]: readonly [from: number, to: number], { window = ms(20) } = {}): Augmentation =>
  (labelled, dice) => {
    const { shot, labels } = labelled;
    const ratio = 10 ** (-dice.uniform(from, to) / 20);
    const signal = shot.traces.map((_, i) => signalOf(shot, i, labels[i], window));
    const known = signal.filter((value) => value !== undefined);
    if (known.length === 0) return labelled;
    const usual = known.reduce((sum, value) => sum + value, 0) / known.length;
    const noise = unrest(shot, dice);
    const amplitudes = shot.amplitudes.slice();
    shot.traces.forEach((trace, i) => {
      const at = i * shot.samples + trace.start;
      const level = ratio * (signal[i] ?? usual);
      for (let k = 0; k < trace.count; k++) amplitudes[at + k] += level * noise[at + k];
    });
    return withAmplitudes(labelled, amplitudes);
  };

/** Root mean square 1 on each trace, in a band below the Nyquist frequency. */
function unrest(shot: TimedShot, dice: Dice): Float32Array {
  const white = new Float32Array(shot.amplitudes.length);
  fillNormal(dice, white);
  const nyquist = 500 / shot.sampleInterval;
  const high = nyquist * dice.logUniform(0.1, 0.9);
  const band = { low: hertz(high * dice.logUniform(0.02, 0.5)), high: hertz(high) };
  const noise = bandpass({ ...shot, amplitudes: white }, band, { order: 2 });
  shot.traces.forEach((_, i) => {
    const x = recorded(noise, i);
    const scale = 1 / (rms(x) || 1);
    for (let k = 0; k < x.length; k++) x[k] *= scale;
  });
  return noise.amplitudes;
}

function signalOf(shot: TimedShot, i: number, label: Label, window: Milliseconds): number | undefined {
  if (label.kind !== 'onset') return undefined;
  const first = Math.max(0, Math.round((label.time - shot.firstSample.time) / shot.sampleInterval));
  const part = row(shot, i).subarray(first, first + Math.max(4, Math.round(window / shot.sampleInterval)));
  return part.length === 0 ? undefined : rms(part);
}

const rms = (x: Float32Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length);

/** What a training takes when it is not told otherwise. */
export const USUAL: Augmentation = chain([
  [0.5, polarity],
  [0.5, mirror],
  [0.3, decimate([2, 4])],
  [0.2, thin([2, 3])],
  [0.2, dropTraces(0.2)],
  [0.3, addNoise([-3, 20])],
  [0.2, timeShift(ms(5))],
]);

const withAmplitudes = (labelled: LabelledShot, amplitudes: Float32Array): LabelledShot => ({
  ...labelled,
  shot: { ...labelled.shot, amplitudes },
});

function withTraces({ shot, labels, ...rest }: LabelledShot, kept: readonly number[]): LabelledShot {
  const amplitudes = new Float32Array(kept.length * shot.samples); // [trace, sample]
  kept.forEach((trace, i) => {
    amplitudes.set(row(shot, trace), i * shot.samples);
  });
  return {
    ...rest,
    shot: { ...shot, amplitudes, traces: kept.map((trace): Trace => shot.traces[trace]) },
    labels: kept.map((trace) => labels[trace]),
  };
}
