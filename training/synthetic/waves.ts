/** Waves written onto a trace at the recorded interval: each begins where it begins, between samples. Times in ms. */
import { TABLE_RATE, type Wavelet } from './wavelets.ts';

/** Time axis of a record. */
export interface Axis {
  readonly first: number;
  readonly interval: number;
  readonly samples: number;
}

/** One wave on all traces; entry `i` is of trace `i`. */
export interface Arrival {
  readonly wavelet: Wavelet;
  /** Of the table's first entry. */
  readonly start: Float64Array;
  /** Height of the largest lobe. */
  readonly strength: Float64Array;
  /** What the table's period is on this trace. */
  readonly period: Float64Array;
}

export function addArrival(x: Float32Array, { first, interval }: Axis, arrival: Arrival, trace: number): void {
  const { table } = arrival.wavelet;
  const strength = arrival.strength[trace];
  if (strength === 0) return;
  const start = arrival.start[trace];
  const step = (TABLE_RATE * interval) / arrival.period[trace]; // table entries a sample
  const from = Math.max(0, Math.ceil((start - first) / interval));
  const to = Math.min(x.length, Math.floor((start - first) / interval + (table.length - 1) / step));
  let at = ((first - start) / interval + from) * step;
  for (let k = from; k < to; k++, at += step) {
    const entry = at | 0;
    const value = table[entry];
    x[k] += strength * (value + (at - entry) * (table[entry + 1] - value));
  }
}

/** One frequency of a dispersive wave: the crests move at one speed, the packet at another. */
export interface Packet {
  readonly period: number;
  /** Middle of the packet. */
  readonly group: Float64Array;
  /** Time of a crest. */
  readonly phase: Float64Array;
  /** Half length. */
  readonly width: Float64Array;
  readonly strength: Float64Array;
  /** Nothing of it comes earlier; it swells over one period. */
  readonly notBefore: Float64Array;
}

export function addPacket(x: Float32Array, { first, interval }: Axis, packet: Packet, trace: number): void {
  const { period } = packet;
  const [group, phase, width] = [packet.group[trace], packet.phase[trace], packet.width[trace]];
  const strength = packet.strength[trace];
  const earliest = packet.notBefore[trace];
  const from = Math.max(0, Math.ceil((Math.max(earliest, group - 2.6 * width) - first) / interval));
  const to = Math.min(x.length, Math.floor((group + 2.6 * width - first) / interval));
  // The cosine by rotation.
  const turn = (2 * Math.PI * interval) / period;
  const [turnRe, turnIm] = [Math.cos(turn), Math.sin(turn)];
  const angle = (2 * Math.PI * (first + from * interval - phase)) / period;
  let [re, im] = [Math.cos(angle), Math.sin(angle)];
  const swell = interval / period;
  let ramp = (first + from * interval - earliest) / period;
  let u = (first + from * interval - group) / width;
  const du = interval / width;
  for (let k = from; k < to; k++) {
    const bell = Math.max(0, 1 - (u * u) / 6.76); // a smooth bell that ends at 2.6 widths
    x[k] += strength * bell * bell * bell * (ramp < 1 ? ramp * ramp : 1) * re;
    const next = re * turnRe - im * turnIm;
    im = re * turnIm + im * turnRe;
    re = next;
    u += du;
    ramp += swell;
  }
}
