/** How amplitudes become ink: each trace by its own first break, by itself, all alike, or levelled along time. */
import { row, type TimedShot } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import { agc } from '#shared/signal/agc.ts';
import { ms } from '#shared/units.ts';
import type { Rows } from './rows.ts';

export const SCALINGS = {
  break: 'by first breaks',
  trace: 'trace by trace',
  shot: 'all traces alike',
  agc: 'AGC, along time',
} as const;
export type Scaling = keyof typeof SCALINGS;

export interface ScalingOptions {
  readonly scaling: Scaling;
  /** More ink for everything. */
  readonly gainDb: number;
  /** Share of the samples, in percent, that get full ink or more at 0 dB. */
  readonly clipPercent: number;
}

export interface Scaled extends Rows {
  /** `(x − zero[row]) · factor[row]` is ±1 at full ink. */
  readonly zero: Float32Array;
  readonly factor: Float32Array;
}

/** Samples of a trace that are looked at; more say little more. */
const SEEN = 400;
/** Milliseconds after the first break in which its strength is taken: this share of the record. */
const BREAK_SHARE = 0.05;
/** Full length of the sliding window of AGC, as a share of the record. */
const AGC_SHARE = 0.1;

const levelled = new WeakMap<TimedShot, TimedShot>();

/** `picks[i]` and `reversed` are of the traces of the whole shot. */
export function scaledRows(
  rows: Rows,
  picks: readonly (Pick | undefined)[],
  reversed: ReadonlySet<number>,
  { scaling, gainDb, clipPercent }: ScalingOptions,
): Scaled {
  const drawn = scaling === 'agc' ? levelledShot(rows.shot) : rows.shot;
  const n = drawn.traces.length;
  const zero = new Float32Array(n);
  const level = new Float32Array(n);
  const share = 1 - clipPercent / 100;
  const span = Math.max(8, Math.round(BREAK_SHARE * drawn.samples));
  for (let i = 0; i < n; i++) {
    const x = row(drawn, i);
    const { start, count } = drawn.traces[i];
    const pick = picks[rows.firstRow + i * rows.step];
    const at =
      pick?.kind === 'picked' ? Math.round((pick.time - drawn.firstSample.time) / drawn.sampleInterval) : undefined;
    const end = start + count;
    zero[i] = meanOf(x, start, at !== undefined && at - start > 16 ? Math.min(at, end) : end);
    const [from, to] =
      scaling === 'break' && at !== undefined && at < end - 4
        ? [Math.max(start, at), Math.min(end, at + span)]
        : [start, end];
    level[i] = levelOf(x, from, to, zero[i], scaling === 'break' && at !== undefined ? Math.max(share, 0.98) : share);
  }
  if (scaling === 'shot') level.fill(upper(level));
  const gain = 10 ** (gainDb / 20);
  const factor = level.map((value, i) => {
    const sign = reversed.has(rows.firstRow + i * rows.step) ? -1 : 1;
    return value > 0 ? (sign * gain) / value : 0;
  });
  return { ...rows, shot: drawn, zero, factor };
}

function levelledShot(shot: TimedShot): TimedShot {
  const known = levelled.get(shot);
  if (known) return known;
  const made = agc(shot, { window: ms(Math.max(8, AGC_SHARE * shot.samples) * shot.sampleInterval) });
  levelled.set(shot, made);
  return made;
}

function meanOf(x: Float32Array, from: number, to: number): number {
  const step = Math.max(1, Math.floor((to - from) / SEEN));
  let sum = 0;
  let count = 0;
  for (let k = from; k < to; k += step) {
    if (!Number.isFinite(x[k])) continue;
    sum += x[k];
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** Level that this share of the samples stays below. */
function levelOf(x: Float32Array, from: number, to: number, zero: number, share: number): number {
  const step = Math.max(1, Math.floor((to - from) / SEEN));
  const sizes = new Float32Array(Math.max(0, Math.ceil((to - from) / step)));
  for (let k = from, s = 0; k < to; k += step, s++) {
    const size = Math.abs(x[k] - zero);
    sizes[s] = Number.isFinite(size) ? size : 0;
  }
  sizes.sort();
  return sizes[Math.round(share * (sizes.length - 1))] ?? 0;
}

/** Of all traces alike, the weak ones are still to be seen: the level of a strong trace, not of the strongest. */
function upper(levels: Float32Array): number {
  const sorted = levels.filter((value) => value > 0).sort();
  return sorted[Math.floor(0.75 * (sorted.length - 1))] ?? 0;
}
