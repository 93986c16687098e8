/**
 * From the onset to what some crews call the first break: the first trough, peak or zero crossing after it, or where the first
 * strong lobe begins. Shear-wave records want the last: weak compressional energy runs ahead of what people pick there.
 */
import type { TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { finiteMean } from '../signal/dc.ts';
import { bridged } from '../signal/gaps.ts';
import { median, periodBehind, zeroCrossingPeriod } from '../signal/period.ts';
import { recorded } from '../signal/with-amplitudes.ts';
import { type Milliseconds, ms } from '../units.ts';

export const CONVENTIONS = ['onset', 'trough', 'peak', 'zero-crossing', 'dominant'] as const;
export type Convention = (typeof CONVENTIONS)[number];

/** An extremum counts when it reaches this share of the largest amplitude near the onset. */
const LOBE = 0.25;

/** Picks moved from the onset; a pick with nothing to move to stays where it is. */
export function toConvention(shot: TimedShot, picks: readonly Pick[], convention: Convention): readonly Pick[] {
  if (convention === 'onset') return picks;
  if (convention !== 'dominant') return moved(shot, picks, (x, onset) => landmark(x, onset, convention));
  const period = periodOfPicks(shot, picks);
  return period === undefined ? picks : moved(shot, picks, (x, onset) => lobeFoot(x, onset, period));
}

/** @param to place of the first break in the recorded samples of a trace, from that of the onset */
const moved = (shot: TimedShot, picks: readonly Pick[], to: (x: Float32Array, onset: number) => number) =>
  picks.map((pick, i) => {
    if (pick.kind === 'skipped') return pick;
    const at = shot.traces[i].start + to(bridged(recorded(shot, i)), onsetOf(shot, i, pick.time));
    return { ...pick, time: ms(shot.firstSample.time + at * shot.sampleInterval) };
  });

/** In the recorded samples of the trace. */
const onsetOf = (shot: TimedShot, trace: number, time: Milliseconds): number =>
  (time - shot.firstSample.time) / shot.sampleInterval - shot.traces[trace].start;

/** Behind the picks, median of the traces in samples; undefined when the record ends there on all of them. */
function periodOfPicks(shot: TimedShot, picks: readonly Pick[]): number | undefined {
  const periods = picks.flatMap((pick, i): number[] => {
    if (pick.kind === 'skipped') return [];
    const period = periodBehind(bridged(recorded(shot, i)), Math.floor(onsetOf(shot, i, pick.time)));
    return period === undefined ? [] : [period];
  });
  return periods.length === 0 ? undefined : median(Float64Array.from(periods));
}

/** The top of a strong lobe is looked for from so many periods before the onset … */
const AHEAD = 0.1;
/** … to so many behind it … */
const BEHIND = 1.5;
/** … and its foot no further back than this. */
const BACK = 0.25;
/** A lobe begins where it stands at this share of its height. */
const FOOT = 0.15;

/** Where the first lobe of either sign begins that is strong enough. */
function lobeFoot(x: Float32Array, onset: number, period: number): number {
  const earliest = Math.max(1, Math.floor(onset - BACK * period));
  const to = Math.min(x.length - 1, Math.ceil(onset + BEHIND * period));
  const mean = finiteMean(x);
  let top = 0;
  for (let k = earliest; k < to; k++) top = Math.max(top, Math.abs(x[k] - mean));
  for (let k = Math.max(earliest, Math.floor(onset - AHEAD * period)); k < to; k++) {
    const sign = Math.sign(x[k] - mean);
    const height = (i: number) => sign * (x[i] - mean);
    if (height(k) < LOBE * top || height(k) < height(k + 1) || height(k) <= height(k - 1)) continue;
    const foot = FOOT * height(k);
    for (let j = k; j > earliest; j--) {
      const [above, below] = [height(j), height(j - 1)];
      if (below <= foot) return j - (above - foot) / (above - below);
    }
    return onset;
  }
  return onset;
}

function landmark(x: Float32Array, onset: number, convention: Exclude<Convention, 'onset' | 'dominant'>): number {
  const from = Math.max(1, Math.floor(onset));
  const period = zeroCrossingPeriod(x, from, Math.min(x.length, from + 4096));
  const to = Math.min(x.length - 1, Math.ceil(from + 1.5 * period) + 2);
  const mean = finiteMean(x);
  let top = 0;
  for (let k = from; k < to; k++) top = Math.max(top, Math.abs(x[k] - mean));
  const sign = convention === 'trough' ? -1 : 1;
  let lobe = 0;
  for (let k = from; k < to; k++) {
    const v = x[k] - mean;
    if (convention === 'zero-crossing') {
      if (Math.abs(v) >= LOBE * top) lobe ||= Math.sign(v);
      if (lobe && Math.sign(v) === -lobe) return k - v / (v - (x[k - 1] - mean));
    } else if (sign * v >= LOBE * top && sign * (x[k + 1] - x[k]) <= 0 && sign * (x[k] - x[k - 1]) > 0)
      return vertex(x, k);
  }
  return onset;
}

/** Top of the parabola through three samples. */
function vertex(x: Float32Array, k: number): number {
  const bend = x[k - 1] - 2 * x[k] + x[k + 1];
  return bend === 0 ? k : k + (0.5 * (x[k - 1] - x[k + 1])) / bend;
}
