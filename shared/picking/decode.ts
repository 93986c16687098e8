/** From the network's scores to a place on each trace: the best path across neighbours, then the middle of its peak. */
import { type Frame, SAMPLES, timeOfBin } from '../model/window.ts';
import { type Milliseconds, samples } from '../units.ts';
import { kept } from './kept.ts';
import { ridge } from './ridge.ts';

/** Cost of a period of departure from the window's moveout between neighbours, nepers. */
const STEP = 0.5;
/** Largest cost between neighbours. */
const JUMP = 8;
/** Probabilities below count as this, nepers. */
const FLOOR = -7;

/** Bins to either side in which the peak nearest to the path is looked for. */
const PEAK = 2;
/** Bins to either side over which the place is averaged. */
const AVERAGE = 3;

export interface Decoded {
  readonly time: Milliseconds;
  /** Probability within a quarter of a period of it. */
  readonly mass: number;
}

const scoresOf = kept((length) => new Float32Array(length));

/** @param onset logits [trace, bin] @param period in bins */
export function decode(onset: Float32Array, rows: number, frame: Frame, period: number): Decoded[] {
  const scores = scoresOf(rows * SAMPLES); // [row, bin]
  for (let r = 0; r < rows; r++) logSoftmax(onset, scores, r * SAMPLES);
  const path = ridge({ scores, traces: rows, bins: SAMPLES }, { step: STEP / period, jump: JUMP });
  const reach = Math.max(AVERAGE, Math.round(period / 4));
  return Array.from(path, (bin, r) => around(scores.subarray(r * SAMPLES, (r + 1) * SAMPLES), bin, reach, frame, r));
}

/** The middle of the peak next to the path, and how much lies within `reach` bins of it. */
function around(s: Float32Array, bin: number, reach: number, frame: Frame, r: number): Decoded {
  let peak = bin;
  for (let k = Math.max(0, bin - PEAK); k <= Math.min(SAMPLES - 1, bin + PEAK); k++) if (s[k] > s[peak]) peak = k;
  let mass = 0;
  let sum = 0;
  let moment = 0;
  for (let k = Math.max(0, peak - reach); k <= Math.min(SAMPLES - 1, peak + reach); k++) {
    const p = Math.exp(s[k]);
    mass += p;
    if (Math.abs(k - peak) > AVERAGE) continue;
    sum += p;
    moment += p * k;
  }
  return { time: timeOfBin(frame, r, samples(moment / sum)), mass: Math.min(1, mass) };
}

function logSoftmax(logits: Float32Array, into: Float32Array, from: number): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = from; k < from + SAMPLES; k++) if (logits[k] > top) top = logits[k];
  let sum = 0;
  for (let k = from; k < from + SAMPLES; k++) sum += Math.exp(logits[k] - top);
  const all = top + Math.log(sum);
  for (let k = from; k < from + SAMPLES; k++) into[k] = Math.max(FLOOR, logits[k] - all);
}
