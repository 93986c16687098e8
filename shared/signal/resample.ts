/**
 * Band-limited resampling to any interval with a Kaiser-windowed sinc (J. O. Smith, Digital Audio Resampling): the cut-off
 * follows the coarser of the two intervals, so nothing aliases. The first sample keeps its time.
 */
import type { TimedShot } from '../gather.ts';
import { type Milliseconds, samples } from '../units.ts';
import { bridged } from './gaps.ts';
import { recorded } from './with-amplitudes.ts';

/** Zero crossings of the sinc on each side, and Kaiser's beta: about 80 dB of stop-band. */
const CROSSINGS = 16;
const BETA = 8;
/** Share of the new Nyquist frequency that passes. */
const ROLL_OFF = 0.9;

/**
 * Traces that begin or end within the row begin and end within the new one; a new sample nearest to one that is not finite
 * is NaN.
 * @throws RangeError when `interval` is not a positive number
 */
export function resample(shot: TimedShot, interval: Milliseconds): TimedShot {
  if (!(interval > 0)) throw new RangeError(`expected a positive sample interval, found ${interval} ms`);
  const step = interval / shot.sampleInterval;
  if (step === 1) return shot;
  const length = Math.max(1, lastAt(shot.samples - 1, step) + 1);
  const taps = kernels(Math.min(1, 1 / step) * ROLL_OFF);
  const amplitudes = new Float32Array(shot.amplitudes.length ? shot.traces.length * length : 0); // [trace, sample]
  const traces = shot.traces.map((trace, i) => {
    const start = Math.min(length, Math.max(0, Math.ceil(trace.start / step - ROUNDING)));
    const count = Math.max(0, lastAt(trace.start + trace.count - 1, step) + 1 - start);
    const x = recorded(shot, i);
    const y = amplitudes.subarray(i * length + start, i * length + start + count);
    if (x.length) interpolate(x, start * step - trace.start, step, taps, y);
    return { ...trace, start: samples(start), count: samples(count) };
  });
  return { ...shot, amplitudes, samples: samples(length), sampleInterval: interval, traces };
}

/** Positions that are whole numbers may come out this much beside one. */
const ROUNDING = 1e-9;
const lastAt = (sample: number, step: number) => Math.floor(sample / step + ROUNDING);

/** `y[k]` from around `x[from + k · step]`; beyond its ends `x` is taken to stay at its last value. */
function interpolate(x: Float32Array, from: number, step: number, taps: Kernels, y: Float32Array): void {
  const whole = bridged(x);
  const end = x.length - 1;
  for (let k = 0; k < y.length; k++) {
    const at = from + k * step;
    const centre = Math.floor(at + ROUNDING);
    const tap = taps(at - centre);
    const first = centre + 1 - tap.length / 2;
    let sum = 0;
    for (let j = 0; j < tap.length; j++) {
      const source = first + j;
      sum += tap[j] * whole[Math.min(Math.max(source, 0), end)];
    }
    y[k] = whole === x || Number.isFinite(x[Math.min(end, Math.round(at))]) ? sum : Number.NaN;
  }
}

type Kernels = (fraction: number) => Float64Array;

/** Kernels by fractional position, made once each: rational steps repeat a few positions. `cut` in old Nyquist frequencies. */
function kernels(cut: number): Kernels {
  const reach = Math.ceil(CROSSINGS / cut);
  const made = new Map<number, Float64Array>();
  return (fraction) => {
    const key = Math.round(fraction * 4096);
    let taps = made.get(key);
    if (!taps) {
      taps = new Float64Array(2 * reach);
      let total = 0;
      for (let j = 0; j < taps.length; j++) {
        const t = j - reach + 1 - key / 4096;
        const u = t / reach;
        const window = Math.abs(u) < 1 ? bessel0(BETA * Math.sqrt(1 - u * u)) / bessel0(BETA) : 0;
        total += taps[j] = window * cut * sinc(cut * t);
      }
      for (let j = 0; j < taps.length; j++) taps[j] /= total; // unit gain at zero frequency
      made.set(key, taps);
    }
    return taps;
  };
}

const sinc = (x: number) => (Math.abs(x) < 1e-9 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Modified Bessel function of the first kind, order zero. */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}
