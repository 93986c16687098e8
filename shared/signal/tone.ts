/**
 * How strong a steady tone of known frequency is in a trace. A tone keeps its phase through the record, which no seismic wave
 * does: the trace is looked at in windows of two cycles (Hann, so that what lies at zero or twice the frequency does not count),
 * and the middle of their complex amplitudes is the tone, whatever the shot does in some of them.
 */
import type { Hertz, Milliseconds } from '../units.ts';
import { median } from './period.ts';

export interface Tone {
  /** Of the sine, in the unit of the trace. */
  readonly amplitude: number;
  /** Amplitude against its own uncertainty, which is how far the windows differ. */
  readonly sureness: number;
}

const CYCLES = 2;
/** Fewer windows tell nothing. */
const LEAST_WINDOWS = 8;
/** A median of n normal numbers scatters by this over √n (1.25), and windows that overlap by half count as two thirds. */
const SCATTER = 1.25 * Math.sqrt(1.5);
/** From a median distance to a standard deviation. */
const SIGMA = 1.4826;

/** Made once for all traces of a gather; tells undefined where a record is too short. */
export type ToneListener = (x: Float32Array, from: number, to: number) => Tone | undefined;

/** undefined: the interval is too wide to hear this tone. */
export function toneListener(frequency: Hertz, interval: Milliseconds): ToneListener | undefined {
  const turn = (2 * Math.PI * frequency * interval) / 1000;
  const hop = Math.round((Math.PI * CYCLES) / turn);
  if (hop < 2 * CYCLES) return undefined;
  const cos = new Float64Array(2 * hop);
  const sin = new Float64Array(2 * hop);
  for (let k = 0; k < 2 * hop; k++) {
    const weight = (1 - Math.cos((Math.PI * (k + 0.5)) / hop)) / hop; // of a sine of amplitude one makes one
    cos[k] = weight * Math.cos(turn * k);
    sin[k] = weight * Math.sin(turn * k);
  }
  return (x, from, to) => {
    const windows = Math.floor((to - from) / hop) - 1;
    if (windows < LEAST_WINDOWS) return undefined;
    const re = new Float64Array(windows);
    const im = new Float64Array(windows);
    for (let w = 0; w < windows; w++) {
      const at = from + w * hop;
      let c = 0;
      let s = 0;
      for (let k = 0; k < 2 * hop; k++) {
        c += cos[k] * x[at + k];
        s += sin[k] * x[at + k];
      }
      const [turnedCos, turnedSin] = [Math.cos(turn * w * hop), Math.sin(turn * w * hop)];
      re[w] = c * turnedCos - s * turnedSin;
      im[w] = s * turnedCos + c * turnedSin;
    }
    const [a, b] = [median(re), median(im)];
    const amplitude = Math.hypot(a, b);
    const spread = Math.hypot(away(re, a), away(im, b)) / Math.SQRT2;
    return { amplitude, sureness: amplitude === 0 ? 0 : amplitude / ((SCATTER * spread) / Math.sqrt(windows)) };
  };
}

function away(values: Float64Array, centre: number): number {
  return SIGMA * median(values.map((value) => Math.abs(value - centre)));
}
