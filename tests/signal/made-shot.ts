/** Shots of given rows, for the tests of conditioning and picking. */
import type { TimedShot, TraceKind } from '#shared/gather.ts';
import { metres, ms, samples } from '#shared/units.ts';

export interface MadeOptions {
  readonly interval?: number;
  readonly firstSample?: number;
  readonly kinds?: readonly (TraceKind | undefined)[];
  readonly offsets?: readonly (number | undefined)[];
  /** First recorded sample of each row; what lies before is made zero. */
  readonly starts?: readonly number[];
  /** Recorded samples of each row; what lies after is made zero. */
  readonly counts?: readonly number[];
}

/** Rows of one length; never changed. */
export function madeShot(
  rows: readonly ArrayLike<number>[],
  { interval = 1, firstSample = 0, kinds = [], offsets = [], starts = [], counts = [] }: MadeOptions = {},
): TimedShot {
  const length = rows[0]?.length ?? 0;
  const amplitudes = new Float32Array(rows.length * length);
  const traces = rows.map((values, i) => {
    const start = starts[i] ?? 0;
    const count = counts[i] ?? length - start;
    for (let k = start; k < start + count; k++) amplitudes[i * length + k] = values[k];
    const offset = offsets[i];
    return {
      index: i,
      channel: i + 1,
      kind: kinds[i] ?? ('seismic' as const),
      ...(offset === undefined ? {} : { offset: metres(offset) }),
      start: samples(start),
      count: samples(count),
    };
  });
  return {
    ffid: 1,
    amplitudes,
    samples: samples(length),
    sampleInterval: ms(interval),
    firstSample: { time: ms(firstSample), from: 'made for a test' },
    traces,
    problems: [],
  };
}

export const rowsOf = (shot: TimedShot): Float32Array[] =>
  shot.traces.map((_, i) => shot.amplitudes.slice(i * shot.samples, (i + 1) * shot.samples));

export const filled = (length: number, value: (k: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, k) => value(k));

/** Uniform 0–1, the same sequence for the same seed (a linear congruential generator, its upper bits). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** Noise of about unit variance: the sum of twelve uniform numbers. */
export function noiseOf(seed: number): () => number {
  const random = randomOf(seed);
  return () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += random();
    return sum;
  };
}
