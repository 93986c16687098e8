/** How the energy of each trace is spread over its record, coarsely: enough to tell whether there is a shot. */
import { recorded } from '../../signal/with-amplitudes.ts';
import type { ShotFacts } from '../facts.ts';
import { remembered } from '../remembered.ts';
import { someRows } from './some-rows.ts';

export const BINS = 64;
/** Fewer samples a bin say little. */
const LEAST = 4;

/** Mean square of each bin, of live traces evenly over the spread; empty where the records are too short. [trace][bin] */
export const energies: (facts: ShotFacts) => readonly Float64Array[] = remembered((facts) =>
  someRows(facts).flatMap((i) => {
    const x = recorded(facts.shot, i);
    return x.length < LEAST * BINS ? [] : [binned(x, facts.conditions[i].dc)];
  }),
);

function binned(x: Float32Array, mean: number): Float64Array {
  const bins = new Float64Array(BINS);
  for (let b = 0; b < BINS; b++) {
    const from = Math.floor((b * x.length) / BINS);
    const to = Math.floor(((b + 1) * x.length) / BINS);
    let square = 0;
    for (let k = from; k < to; k++) {
      const v = x[k] - mean;
      if (v - v === 0) square += v * v; // finite
    }
    bins[b] = square / (to - from);
  }
  return bins;
}
