/** One trace as one value a pixel row: the mean of the samples in the row, or the line between two samples where pixels are finer. */
import { rowNear } from './rows.ts';
import type { Scaled } from './scaling.ts';

/** Fills `out` from the time `fromMs` on, `perRowMs` a row; ±1 is full ink, zeros where nothing was recorded. */
export function columnInto(out: Float32Array, scaled: Scaled, trace: number, fromMs: number, perRowMs: number): void {
  const { shot, zero, factor } = scaled;
  const at = rowNear(scaled, trace);
  const { start, count } = shot.traces[at];
  // A view of each row would cost more than what is read of it: there are a thousand of them in a picture.
  const x = shot.amplitudes;
  const base = at * shot.samples;
  const last = start + count - 1;
  const scale = factor[at];
  const mean = zero[at];
  const perRow = perRowMs / shot.sampleInterval;
  const first = (fromMs - shot.firstSample.time) / shot.sampleInterval;
  for (let r = 0; r < out.length; r++) {
    const from = first + r * perRow;
    const value =
      perRow <= 1.5
        ? between(x, base, from + perRow / 2, start, last)
        : meanOf(x, base, from, from + perRow, start, last);
    out[r] = Number.isNaN(value) ? 0 : (value - mean) * scale;
  }
}

/** NaN outside of the recording. */
function between(x: Float32Array, base: number, at: number, start: number, last: number): number {
  if (at < start - 0.5 || at > last + 0.5) return Number.NaN;
  const low = Math.max(start, Math.min(last - 1, Math.floor(at)));
  const share = Math.max(0, Math.min(1, at - low));
  if (last <= start) return x[base + start];
  const before = x[base + low];
  return before + (x[base + low + 1] - before) * share;
}

function meanOf(x: Float32Array, base: number, from: number, to: number, start: number, last: number): number {
  const low = Math.max(start, Math.ceil(from));
  const high = Math.min(last, Math.ceil(to) - 1);
  if (low > high) return Number.NaN;
  let sum = 0;
  for (let k = base + low; k <= base + high; k++) sum += x[k];
  return sum / (high - low + 1);
}
