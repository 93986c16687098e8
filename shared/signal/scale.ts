/** Amplitudes to a common size: each trace by itself, or the whole gather by one factor. Samples that are not finite stay. */
import type { Shot } from '../gather.ts';
import { mapRecorded, recorded } from './with-amplitudes.ts';

type Size = 'rms' | 'max';

/** Each trace divided by its root mean square (or largest absolute value); flat traces at zero stay there. */
export function scaleTraces<S extends Shot>(shot: S, { by = 'rms' as Size } = {}): S {
  return mapRecorded(shot, (x, y) => divide(x, sizeOf([x], by), y));
}

/** All traces divided by one factor, so that amplitudes stay comparable between them. */
export function scaleGather<S extends Shot>(shot: S, { by = 'rms' as Size } = {}): S {
  const size = sizeOf(
    shot.traces.map((_, i) => recorded(shot, i)),
    by,
  );
  return mapRecorded(shot, (x, y) => divide(x, size, y));
}

function divide(x: Float32Array, size: number, y: Float32Array): void {
  for (let k = 0; k < x.length; k++) y[k] = size > 0 ? x[k] / size : x[k];
}

/** Root mean square, or largest absolute value, of the finite samples. */
function sizeOf(traces: readonly Float32Array[], by: Size): number {
  let sum = 0;
  let count = 0;
  let top = 0;
  for (const x of traces)
    for (let k = 0; k < x.length; k++) {
      const v = x[k];
      if (v - v !== 0) continue;
      sum += v * v;
      count++;
      if (v > top) top = v;
      else if (-v > top) top = -v;
    }
  return by === 'max' ? top : count ? Math.sqrt(sum / count) : 0;
}
