/**
 * The gather as the judges of waveforms look at it: averaged over neighbouring samples to an interval that still holds 16 samples
 * a period and mains hum with its harmonics, about zero. What a judge compares is then a few hundred numbers a trace, whatever the recorder's rate.
 */
import type { TimedShot } from '../gather.ts';
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

/** Samples a period that tell one waveform from another. */
const PER_PERIOD = 16;
/** Holds the fifth harmonic of 60 Hz. */
const WIDEST = ms(1);

export function coarseOf(
  shot: TimedShot,
  live: readonly number[],
  conditions: readonly TraceCondition[],
  period: Milliseconds,
): Coarse {
  const step = Math.max(1, Math.floor(Math.min(period / PER_PERIOD, WIDEST) / shot.sampleInterval));
  const length = Math.floor(shot.samples / step);
  const rows: (Float32Array | undefined)[] = shot.traces.map(() => undefined);
  const all = new Float32Array(live.length * length); // [live trace, sample]
  const from = shot.traces.map(({ start }) => Math.ceil(start / step));
  const to = shot.traces.map(({ start, count }) => Math.floor((start + count) / step));
  live.forEach((i, at) => {
    const y = all.subarray(at * length, (at + 1) * length);
    const { dc, nonFinite } = conditions[i];
    const x = shot.amplitudes;
    const begin = i * shot.samples;
    for (let k = from[i]; k < to[i]; k++) {
      const first = begin + k * step;
      let sum = 0;
      for (let n = first; n < first + step; n++) sum += x[n];
      y[k] = sum / step - dc;
    }
    if (nonFinite > 0) for (let k = 0; k < length; k++) if (y[k] - y[k] !== 0) y[k] = 0;
    rows[i] = y;
  });
  return { step: samples(step), interval: ms(step * shot.sampleInterval), rows, from, to };
}

/** Where a place in the row of the shot lies in that of the coarse gather. */
export const coarsePlace = ({ step }: Coarse, at: Samples): number => (at - (step - 1) / 2) / step;
