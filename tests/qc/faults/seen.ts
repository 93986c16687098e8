/**
 * What can be seen of a shot without the quality control: plain levels around the first breaks that people, the generator or two
 * pickers give. Says where a fault can be planted so that it shows, and whether a warning on an untouched shot is true. Nothing here
 * uses facts, judges or thresholds of `shared/qc`, so that a miss is a miss.
 */
import { row } from '#shared/gather.ts';
import { median, periodBehind } from '#shared/signal/period.ts';
import { ms } from '#shared/units.ts';
import type { Base } from './fault.ts';

export interface Seen {
  /** Rows on which something was recorded. */
  readonly live: readonly number[];
  /** Sample of the first break; undefined where it is not known. [row] */
  readonly at: readonly (number | undefined)[];
  /** Dominant behind the breaks, in samples; of the middle trace. */
  readonly period: number;
  /** Root mean square of two periods behind the break; undefined where that is not known. [row] */
  readonly signal: readonly (number | undefined)[];
  /** … of up to ten periods before it; undefined where less than one was recorded. [row] */
  readonly noise: readonly (number | undefined)[];
  /** … of the whole trace about its mean. [row] */
  readonly record: readonly number[];
}

/** Periods behind the break that are its signal, before it that are its noise, and fewer of which tell nothing. */
const BEHIND = 2;
const BEFORE = 10;
const LEAST = 1;
/** Two people who pick a clean trace differ by as much. */
const GUARD = ms(2);
/** Where no break is known: a period of hammer shots. */
const USUAL = ms(20);

const kept = new WeakMap<Base['shot'], Seen>();

export function seenIn({ shot, breaks }: Base): Seen {
  const known = kept.get(shot);
  if (known) return known;
  const own = (i: number) => row(shot, i).subarray(shot.traces[i].start, shot.traces[i].start + shot.traces[i].count);
  const record = shot.traces.map((_, i) => rms(own(i)));
  const live = shot.traces.flatMap(({ kind }, i) => (kind === 'seismic' && record[i] > 0 ? [i] : []));
  const at = breaks.map((time) =>
    time === undefined ? undefined : Math.round((time - shot.firstSample.time) / shot.sampleInterval),
  );
  const periods = live.flatMap((i) =>
    at[i] === undefined ? [] : (periodBehind(row(shot, i), Math.max(0, at[i])) ?? []),
  );
  const period = periods.length > 0 ? median(Float64Array.from(periods)) : USUAL / shot.sampleInterval;
  const guard = Math.round(GUARD / shot.sampleInterval);
  const seen: Seen = {
    live,
    at,
    period,
    record,
    signal: at.map((k, i) => {
      const end = shot.traces[i].start + shot.traces[i].count;
      if (k === undefined || k < shot.traces[i].start || k + period > end) return undefined;
      return rms(row(shot, i).subarray(k, Math.min(end, Math.round(k + BEHIND * period))));
    }),
    noise: at.map((k, i) => {
      if (k === undefined) return undefined;
      const begin = Math.max(shot.traces[i].start, Math.round(k - guard - BEFORE * period));
      return k - guard - begin < LEAST * period ? undefined : rms(row(shot, i).subarray(begin, k - guard));
    }),
  };
  kept.set(shot, seen);
  return seen;
}

function rms(x: Float32Array): number {
  let mean = 0;
  for (let k = 0; k < x.length; k++) mean += x[k] / x.length;
  let square = 0;
  for (let k = 0; k < x.length; k++) square += (x[k] - mean) ** 2;
  return Math.sqrt(square / x.length);
}

export const dB = (ratio: number): number => 20 * Math.log10(ratio);

/** Of the first break over the noise, dB; undefined where either is not known. */
export function standsOut(base: Base, i: number): number | undefined {
  const { signal, noise } = seenIn(base);
  return signal[i] === undefined || noise[i] === undefined ? undefined : dB(signal[i] / (noise[i] || Number.MIN_VALUE));
}

/** Rows whose first break stands so many dB out of the noise. */
export const clearRows = (base: Base, above: number): readonly number[] =>
  seenIn(base).live.filter((i) => (standsOut(base, i) ?? Number.NEGATIVE_INFINITY) > above);

/** … and they are most of the spread. */
export const mostlyClear = (base: Base, above = 12): boolean =>
  clearRows(base, above).length > 0.75 * seenIn(base).live.length;

export const middleOf = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return known[known.length >> 1];
};

/** Usual noise of the traces that have any. */
export const spreadNoise = (base: Base): number => middleOf(seenIn(base).noise.map((noise) => noise || undefined)) ?? 0;

/** Farther than people are from each other, and than a lobe of most shots. */
const WRONG = ms(5);

/** The picker's picks lie where the first breaks are: from wrong ones nothing can be told of times and places. */
export function wellPicked({ picks, breaks }: Base): boolean {
  const right = picks.filter(
    (pick, i) => pick.kind === 'picked' && breaks[i] !== undefined && Math.abs(pick.time - breaks[i]) < WRONG,
  );
  return right.length > 0.75 * picks.length;
}

export function isWrong({ picks, breaks }: Base, i: number): boolean {
  const pick = picks[i];
  return pick.kind === 'picked' && (breaks[i] === undefined || Math.abs(pick.time - breaks[i]) >= WRONG);
}

/** dB by which a tone stands out as a line of the spectrum, whether it was planted or is there. */
export const LINE = 12;

/** Height of a spectral line, dB over what lies 3 to 8 Hz beside it (Hann window, whole trace); undefined where the record is too short. */
export function lineAt({ shot }: Base, i: number, frequency: number): number | undefined {
  const { start, count } = shot.traces[i];
  const resolution = 2000 / (count * shot.sampleInterval);
  if (resolution > 3) return undefined;
  const spectrum = spectrumOf(row(shot, i).subarray(start, start + count), shot.sampleInterval);
  const beside: number[] = [];
  for (let off = 3; off <= 8; off++) beside.push(spectrum(frequency - off), spectrum(frequency + off));
  const line = Math.max(...[-0.2, 0, 0.2].map((off) => spectrum(frequency + off)));
  return dB(line / (middleOf(beside) || Number.MIN_VALUE));
}

/** Averaged to this, which holds 180 Hz; ms. */
const THIN = 1;

/** Amplitude at a frequency in Hz: the discrete Fourier sum under a Hann window, by the recurrence of Goertzel (1958). */
export function spectrumOf(x: Float32Array, interval: number): (frequency: number) => number {
  const step = Math.max(1, Math.floor(THIN / interval));
  const y = new Float64Array(Math.floor(x.length / step));
  for (let k = 0; k < y.length * step; k++) y[Math.floor(k / step)] += x[k] / step;
  const mean = y.reduce((sum, v) => sum + v, 0) / y.length;
  for (let k = 0; k < y.length; k++)
    y[k] = (y[k] - mean) * (0.5 - 0.5 * Math.cos((2 * Math.PI * (k + 0.5)) / y.length));
  return (frequency) => {
    const turn = (2 * Math.PI * frequency * step * interval) / 1000;
    const twice = 2 * Math.cos(turn);
    let [one, two] = [0, 0];
    for (let k = 0; k < y.length; k++) {
      const next = y[k] + twice * one - two;
      two = one;
      one = next;
    }
    return (4 * Math.sqrt(Math.max(0, one * one + two * two - twice * one * two))) / y.length;
  };
}

/** How alike two rows are from a quarter of a period before their breaks to one behind: the best correlation over small shifts, with its sign. */
export function likeness(base: Base, i: number, j: number): number {
  const { at, period } = seenIn(base);
  if (at[i] === undefined || at[j] === undefined) return 0;
  const [x, y] = [row(base.shot, i), row(base.shot, j)];
  const [from, to, reach] = [Math.round(-period / 4), Math.round(period), Math.max(1, Math.round(period / 6))];
  let best = 0;
  for (let lag = -reach; lag <= reach; lag++) {
    let [xy, xx, yy] = [0, 0, 0];
    for (let k = from; k < to; k++) {
      const [a, b] = [x[at[i] + k] ?? 0, y[at[j] + k + lag] ?? 0];
      xy += a * b;
      xx += a * a;
      yy += b * b;
    }
    const r = xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
    if (Math.abs(r) > Math.abs(best)) best = r;
  }
  return best;
}
