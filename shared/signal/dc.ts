/** Removes the offset from zero of each trace. */
import type { Shot } from '../gather.ts';
import { mapRecorded } from './with-amplitudes.ts';

/** The recorded samples of each trace less their mean; samples that are not finite stay as they are. */
export const removeDc = <S extends Shot>(shot: S): S =>
  mapRecorded(shot, (x, y) => {
    const mean = finiteMean(x);
    for (let k = 0; k < x.length; k++) y[k] = x[k] - mean;
  });

export function finiteMean(x: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (let k = 0; k < x.length; k++) {
    const v = x[k];
    if (v - v === 0) {
      sum += v;
      count++;
    }
  }
  return count ? sum / count : 0;
}
