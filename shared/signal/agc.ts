/** Automatic gain control: each sample divided by the root mean square of a window centred on it. */
import type { TimedShot } from '../gather.ts';
import { type Milliseconds, ms } from '../units.ts';
import { mapRows } from './with-amplitudes.ts';

/** @param options.window full length of the sliding window @default 200 ms */
export function agc(shot: TimedShot, { window = ms(200) as Milliseconds } = {}): TimedShot {
  const half = Math.max(1, Math.round(window / shot.sampleInterval / 2));
  const n = shot.samples;
  const energy = new Float64Array(n + 1); // running sum of squares
  const out = new Float32Array(n);
  return mapRows(shot, (row) => {
    for (let k = 0; k < n; k++) energy[k + 1] = energy[k] + row[k] * row[k];
    for (let k = 0; k < n; k++) {
      const from = Math.max(0, k - half);
      const to = Math.min(n, k + half + 1);
      const size = Math.sqrt((energy[to] - energy[from]) / (to - from));
      out[k] = size > 0 ? row[k] / size : 0;
    }
    return out;
  });
}
