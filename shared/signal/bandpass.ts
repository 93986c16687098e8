/**
 * Zero-phase Butterworth filters: second-order sections by the bilinear transform (R. Bristow-Johnson, Audio EQ Cookbook),
 * run forward and backward, so onsets stay in place and the order doubles.
 */
import type { TimedShot } from '../gather.ts';
import type { Hertz } from '../units.ts';
import { bridged, reopened } from './gaps.ts';
import { mapRecorded } from './with-amplitudes.ts';

interface Section {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

/**
 * Samples that are not finite stay as they are; the others are filtered as if those held the value before them.
 * @param band corner frequencies (−6 dB after both runs); leave one out for a low-cut or high-cut filter
 * @param options.order even, of one run @default 4
 * @throws RangeError when a corner is not between 0 and the Nyquist frequency, low ≥ high, or the order is odd
 */
export function bandpass(
  shot: TimedShot,
  { low, high }: { readonly low?: Hertz; readonly high?: Hertz },
  { order = 4 } = {},
): TimedShot {
  if (!(order > 0 && order % 2 === 0)) throw new RangeError(`expected an even order, found ${order}`);
  const nyquist = 500 / shot.sampleInterval;
  for (const corner of [low, high])
    if (corner !== undefined && !(corner > 0 && corner < nyquist))
      throw new RangeError(`expected a corner between 0 and ${nyquist} Hz, found ${corner} Hz`);
  if (low !== undefined && high !== undefined && low >= high)
    throw new RangeError(`expected low < high, found ${low} and ${high} Hz`);
  const sections = [
    ...(low === undefined ? [] : butterworth('high', low / nyquist, order)),
    ...(high === undefined ? [] : butterworth('low', high / nyquist, order)),
  ];
  // Mirrored ends, long enough for the lowest corner to settle.
  const settle = Math.ceil((3 * nyquist) / (low ?? high ?? nyquist));
  return mapRecorded(shot, (x, y) => {
    const whole = bridged(x);
    const n = x.length;
    const pad = Math.min(n - 1, settle);
    const work = new Float64Array(n + 2 * pad);
    for (let k = 0; k < n; k++) work[pad + k] = whole[k];
    for (let k = 1; k <= pad; k++) {
      work[pad - k] = 2 * whole[0] - whole[k];
      work[pad + n - 1 + k] = 2 * whole[n - 1] - whole[n - 1 - k];
    }
    for (const section of sections) run(work, section);
    work.reverse();
    for (const section of sections) run(work, section);
    work.reverse();
    y.set(work.subarray(pad, pad + n));
    reopened(x, y);
  });
}

/** Sections of an even-order Butterworth filter; `corner` in units of the Nyquist frequency. */
function butterworth(kind: 'low' | 'high', corner: number, order: number): Section[] {
  const w = Math.PI * corner;
  const cos = Math.cos(w);
  return Array.from({ length: order / 2 }, (_, i) => {
    const q = 1 / (2 * Math.cos((Math.PI * (2 * i + 1)) / (2 * order)));
    const alpha = Math.sin(w) / (2 * q);
    const gain = (kind === 'low' ? 1 - cos : 1 + cos) / (1 + alpha);
    return {
      b: [gain / 2, kind === 'low' ? gain : -gain, gain / 2],
      a: [(-2 * cos) / (1 + alpha), (1 - alpha) / (1 + alpha)],
    };
  });
}

/** Transposed direct form II, in place, started in the steady state of the first sample. */
function run(x: Float64Array, { b, a }: Section): void {
  const dc = (b[0] + b[1] + b[2]) / (1 + a[0] + a[1]);
  let s2 = (b[2] - a[1] * dc) * x[0];
  let s1 = (b[1] - a[0] * dc) * x[0] + s2;
  for (let k = 0; k < x.length; k++) {
    const v = x[k];
    const y = b[0] * v + s1;
    s1 = b[1] * v - a[0] * y + s2;
    s2 = b[2] * v - a[1] * y;
    x[k] = y;
  }
}
