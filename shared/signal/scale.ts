/** Amplitudes to a common size: each trace by itself, or the whole gather by one factor. */
import type { Shot } from '../gather.ts';
import { mapRows } from './with-amplitudes.ts';

/** Each trace divided by its root mean square (or largest absolute value); flat traces stay zero. */
export function scaleTraces<S extends Shot>(shot: S, { by = 'rms' as 'rms' | 'max' } = {}): S {
  const out = new Float32Array(shot.samples);
  return mapRows(shot, (row) => {
    const size = by === 'rms' ? rms(row) : largest(row);
    for (let k = 0; k < row.length; k++) out[k] = size > 0 ? row[k] / size : 0;
    return out;
  });
}

/** All traces divided by one factor, so that amplitudes stay comparable between them. */
export function scaleGather<S extends Shot>(shot: S, { by = 'rms' as 'rms' | 'max' } = {}): S {
  const size = by === 'rms' ? rms(shot.amplitudes) : largest(shot.amplitudes);
  const out = new Float32Array(shot.samples);
  return mapRows(shot, (row) => {
    for (let k = 0; k < row.length; k++) out[k] = size > 0 ? row[k] / size : 0;
    return out;
  });
}

/** Root mean square of the finite samples. */
export function rms(x: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (let k = 0; k < x.length; k++) {
    const square = x[k] * x[k];
    if (square < Number.POSITIVE_INFINITY) {
      sum += square;
      count++;
    }
  }
  return count ? Math.sqrt(sum / count) : 0;
}

/** Largest finite absolute value. */
export function largest(x: Float32Array): number {
  let top = 0;
  for (let k = 0; k < x.length; k++) {
    const size = Math.abs(x[k]);
    if (size > top && size < Number.POSITIVE_INFINITY) top = size;
  }
  return top;
}
