/**
 * Band-limited resampling to any interval with a Kaiser-windowed sinc (J. O. Smith, Digital Audio Resampling): the cut-off
 * follows the coarser of the two intervals, so nothing aliases. The first sample keeps its time.
 */
import type { TimedShot } from '../gather.ts';
import { type Milliseconds, type Samples, samples } from '../units.ts';

/** Zero crossings of the sinc on each side, and Kaiser's beta: about 80 dB of stop-band. */
const CROSSINGS = 16;
const BETA = 8;
/** Share of the new Nyquist frequency that passes. */
const ROLL_OFF = 0.9;

/** @throws RangeError when `interval` is not a positive number */
export function resample(shot: TimedShot, interval: Milliseconds): TimedShot {
  if (!(interval > 0)) throw new RangeError(`expected a positive sample interval, found ${interval} ms`);
  const step = interval / shot.sampleInterval;
  if (step === 1) return shot;
  const length = Math.max(1, Math.floor((shot.samples - 1) / step + 1e-9) + 1);
  const cut = Math.min(1, 1 / step) * ROLL_OFF;
  const reach = Math.ceil(CROSSINGS / cut);
  const taps = kernels(step, cut, reach);
  const amplitudes = new Float32Array(shot.traces.length * length);
  for (let i = 0; i < shot.traces.length; i++) {
    const x = shot.amplitudes.subarray(i * shot.samples, (i + 1) * shot.samples);
    for (let k = 0; k < length; k++) {
      const at = k * step;
      const centre = Math.floor(at + 1e-9);
      const tap = taps(at - centre);
      let sum = 0;
      for (let j = 0; j < tap.length; j++) {
        const source = centre - reach + 1 + j;
        sum += tap[j] * x[source < 0 ? 0 : source >= x.length ? x.length - 1 : source];
      }
      amplitudes[i * length + k] = sum;
    }
  }
  const scaled = (count: number) => samples(Math.min(length, Math.round(count / step))) as Samples;
  return {
    ...shot,
    amplitudes,
    samples: samples(length),
    sampleInterval: interval,
    traces: shot.traces.map((t) => ({
      ...t,
      start: scaled(t.start),
      count: samples(Math.min(length - scaled(t.start), Math.max(1, scaled(t.count)))),
    })),
  };
}

/** Kernels by fractional position, made once each: rational steps repeat a few positions. */
function kernels(_step: number, cut: number, reach: number): (fraction: number) => Float64Array {
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
