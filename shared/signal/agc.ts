/** Automatic gain control: each sample divided by the root mean square of a window centred on it. */
import type { TimedShot } from '../gather.ts';
import { type Milliseconds, ms } from '../units.ts';
import { bridged, reopened } from './gaps.ts';
import { mapRecorded } from './with-amplitudes.ts';

/**
 * Windows end where the recording does; samples that are not finite stay as they are.
 * @param options.window full length of the sliding window @default 200 ms
 * @throws RangeError when the window is not a positive number
 */
export function agc(shot: TimedShot, { window = ms(200) as Milliseconds } = {}): TimedShot {
  if (!(window > 0)) throw new RangeError(`expected a positive window, found ${window} ms`);
  const half = Math.max(1, Math.round(window / shot.sampleInterval / 2));
  const energy = new Float64Array(shot.samples + 1); // running sum of squares
  return mapRecorded(shot, (x, y) => {
    const n = x.length;
    const whole = bridged(x);
    for (let k = 0; k < n; k++) energy[k + 1] = energy[k] + whole[k] * whole[k];
    for (let k = 0; k < n; k++) {
      const from = Math.max(0, k - half);
      const to = Math.min(n, k + half + 1);
      // What stands after a wave 10⁸ times as strong is lost in the rounding of the sum: the sample's own share stands in.
      const mean = Math.max(energy[to] - energy[from], whole[k] * whole[k]) / (to - from);
      y[k] = mean > 0 ? whole[k] / Math.sqrt(mean) : 0;
    }
    reopened(x, y);
  });
}
