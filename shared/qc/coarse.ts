/**
 * The gather as the judges of waveforms look at it: averaged over neighbouring samples, about zero. What a judge compares is then
 * a few hundred numbers a trace, whatever the recorder's rate, and noise far above the band of the signal is gone.
 */
import { row, type TimedShot } from '../gather.ts';
import { LEAST_WINDOW, median, periodBehind } from '../signal/period.ts';
import type { TraceCondition } from '../signal/trace-condition.ts';
import { type Milliseconds, ms, type Samples, samples } from '../units.ts';

export interface Coarse {
  /** Samples of the shot in one of these. */
  readonly step: Samples;
  readonly interval: Milliseconds;
  /** About the mean of the trace; zero where nothing was recorded or is not a number. undefined: not a live seismic trace. [row][sample] */
  readonly rows: readonly (Float32Array | undefined)[];
  /** Recorded part of each row. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Holds the shortest periods of hammer and shot on hard ground, 4 ms, and the fifth harmonic of 60 Hz. */
const WIDEST = ms(0.5);

export function coarseOf(shot: TimedShot, live: readonly number[], conditions: readonly TraceCondition[]): Coarse {
  const step = Math.max(1, Math.floor(WIDEST / shot.sampleInterval));
  const length = Math.floor(shot.samples / step);
  const rows: (Float32Array | undefined)[] = shot.traces.map(() => undefined);
  const all = new Float32Array(live.length * length); // [live trace, sample]
  const from = shot.traces.map(({ start }) => Math.ceil(start / step));
  const to = shot.traces.map(({ start, count }) => Math.floor((start + count) / step));
  live.forEach((i, at) => {
    const y = all.subarray(at * length, (at + 1) * length);
    const { dc, nonFinite } = conditions[i];
    average(row(shot, i), y, { from: from[i], to: to[i], step, dc });
    if (nonFinite > 0) for (let k = 0; k < length; k++) if (y[k] - y[k] !== 0) y[k] = 0;
    rows[i] = y;
  });
  return { step: samples(step), interval: ms(step * shot.sampleInterval), rows, from, to };
}

function average(
  x: Float32Array,
  y: Float32Array,
  { from, to, step, dc }: { readonly from: number; readonly to: number; readonly step: number; readonly dc: number },
): void {
  if (step === 1) {
    for (let k = from; k < to; k++) y[k] = x[k] - dc;
    return;
  }
  for (let k = from; k < to; k++) {
    let sum = 0;
    for (let n = k * step; n < (k + 1) * step; n++) sum += x[n];
    y[k] = sum / step - dc;
  }
}

/** Where a place in the row of the shot lies in that of the coarse gather. */
export const coarsePlace = ({ step }: Coarse, at: Samples): number => (at - (step - 1) / 2) / step;

/** A signal is looked at over so many milliseconds to tell how far it stands out, before its period is known. */
const FIRST_LOOK = 12;

/** Behind the first breaks: median of the half of the traces on which they stand out most; undefined where nothing is picked. */
export function periodOf(coarse: Coarse, breaks: readonly (Samples | undefined)[]): Milliseconds | undefined {
  const width = Math.max(8, Math.round(FIRST_LOOK / coarse.interval));
  const found = coarse.rows.flatMap((x, i) => {
    const place = breaks[i];
    if (x === undefined || place === undefined) return [];
    const at = Math.max(0, Math.floor(coarsePlace(coarse, place)));
    if (x.length - at < LEAST_WINDOW) return [];
    const noise = at < width ? 0 : swing(x, at - width, at);
    return [{ x, at, stands: noise > 0 ? swing(x, at, Math.min(x.length, at + width)) / noise : Infinity }];
  });
  found.sort((a, b) => b.stands - a.stands);
  const better = found.slice(0, Math.ceil(found.length / 2)).flatMap(({ x, at }) => periodBehind(x, at) ?? []);
  return better.length === 0 ? undefined : ms(median(new Float64Array(better)) * coarse.interval);
}

/** Root mean square about `level`. */
export function swing(x: Float32Array, from: number, to: number, level = 0): number {
  let square = 0;
  for (let k = from; k < to; k++) square += (x[k] - level) ** 2;
  return Math.sqrt(square / (to - from));
}
