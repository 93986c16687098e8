/** Removes the offset from zero of each trace. */
import { row, type Shot } from '../gather.ts';
import { withAmplitudes } from './with-amplitudes.ts';

/** The recorded samples of each trace less their mean; samples that are not finite stay as they are. */
export function removeDc(shot: Shot): Shot {
  return withAmplitudes(shot, (out) => {
    shot.traces.forEach((trace, i) => {
      const x = row(shot, i).subarray(trace.start, trace.start + trace.count);
      const y = out.subarray(i * shot.samples + trace.start, i * shot.samples + trace.start + trace.count);
      const mean = finiteMean(x);
      for (let k = 0; k < x.length; k++) y[k] = x[k] - mean;
    });
  });
}

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
