/** From the onset to what some crews call the first break: the first trough, peak or zero crossing after it. */
import type { TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { finiteMean } from '../signal/dc.ts';
import { bridged } from '../signal/gaps.ts';
import { zeroCrossingPeriod } from '../signal/period.ts';
import { recorded } from '../signal/with-amplitudes.ts';
import { ms } from '../units.ts';

export const CONVENTIONS = ['onset', 'trough', 'peak', 'zero-crossing'] as const;
export type Convention = (typeof CONVENTIONS)[number];

/** An extremum counts when it reaches this share of the largest amplitude within a period of the onset. */
const LOBE = 0.25;

/** Picks moved from the onset; a pick with nothing to move to stays where it is. */
export function toConvention(shot: TimedShot, picks: readonly Pick[], convention: Convention): readonly Pick[] {
  if (convention === 'onset') return picks;
  return picks.map((pick, i) => {
    if (pick.kind === 'skipped') return pick;
    const { start } = shot.traces[i];
    const onset = (pick.time - shot.firstSample.time) / shot.sampleInterval;
    const at = start + landmark(bridged(recorded(shot, i)), onset - start, convention);
    return { ...pick, time: ms(shot.firstSample.time + at * shot.sampleInterval) };
  });
}

function landmark(x: Float32Array, onset: number, convention: Exclude<Convention, 'onset'>): number {
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
