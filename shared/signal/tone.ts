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
/** Fewer windows, every one or every second, tell nothing. */
const LEAST_WINDOWS = { 1: 8, 2: 12 } as const;
/** A median of n normal numbers scatters by this over √n, and windows that overlap by half count as two thirds. */
const SCATTER = 1.25;
const OVERLAP = Math.sqrt(1.5);
/** From a median distance to a standard deviation. */
const SIGMA = 1.4826;

/**
 * Made once for all traces of a gather; tells undefined where a record is too short.
 * @param hint nothing less sure is asked for: may say 0 of it, which is quicker
 * @param every only so many windows are looked at: every second one sees an eighth less sure, in half the time
 */
export type ToneListener = (
  x: Float32Array,
  from: number,
  to: number,
  hint?: number,
  every?: 1 | 2,
) => Tone | undefined;

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
  const rooms = { 1: roomFor(0, hop, turn), 2: roomFor(0, 2 * hop, turn) };
  return (x, from, to, hint = 0, every = 1) => {
    const apart = every * hop;
    const windows = Math.floor((to - from - 2 * hop) / apart) + 1;
    if (windows < LEAST_WINDOWS[every]) return undefined;
    const scatter = (every === 1 ? SCATTER * OVERLAP : SCATTER) / Math.sqrt(windows);
    if (rooms[every].re.length !== windows) rooms[every] = roomFor(windows, apart, turn);
    const { re, im, cosAt, sinAt, sorted } = rooms[every];
    for (let w = 0; w < windows; w++) {
      const at = from + w * apart;
      let c = 0;
      let s = 0;
      for (let k = 0; k < 2 * hop; k++) {
        c += cos[k] * x[at + k];
        s += sin[k] * x[at + k];
      }
      re[w] = c * cosAt[w] - s * sinAt[w];
      im[w] = s * cosAt[w] + c * sinAt[w];
    }
    sorted.set(re);
    const a = median(sorted);
    sorted.set(im);
    const b = median(sorted);
    const amplitude = Math.hypot(a, b);
    // Either of the two spreads alone may show that the tone is not there.
    const most = hint > 0 ? (amplitude * Math.SQRT2) / (scatter * hint) : Number.POSITIVE_INFINITY;
    if (isWider(re, a, most) || isWider(im, b, most)) return { amplitude, sureness: 0 };
    const spread = Math.hypot(away(re, a, sorted), away(im, b, sorted)) / Math.SQRT2;
    return { amplitude, sureness: amplitude === 0 ? 0 : amplitude / (scatter * spread) };
  };
}

/** What listening to a record of so many windows, so many samples apart, needs; kept for the next trace. */
const roomFor = (windows: number, apart: number, turn: number) => ({
  re: new Float64Array(windows),
  im: new Float64Array(windows),
  sorted: new Float64Array(windows),
  cosAt: Float64Array.from({ length: windows }, (_, w) => Math.cos(turn * apart * w)),
  sinAt: Float64Array.from({ length: windows }, (_, w) => Math.sin(turn * apart * w)),
});

function away(values: Float64Array, centre: number, room: Float64Array): number {
  for (let k = 0; k < values.length; k++) room[k] = Math.abs(values[k] - centre);
  return SIGMA * median(room);
}

/** Whether `away` is more than `most`, by counting. */
function isWider(values: Float64Array, centre: number, most: number): boolean {
  const limit = most / SIGMA;
  let within = 0;
  for (let k = 0; k < values.length; k++) if (Math.abs(values[k] - centre) <= limit) within++;
  return within <= values.length >> 1;
}
