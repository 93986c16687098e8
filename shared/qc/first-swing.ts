/** Which way the ground first moves at a pick: what tells a geophone that is plugged in the wrong way round. */
import { coarsePlace } from './coarse.ts';
import type { ShotFacts } from './facts.ts';

/** The first swing is the first extremum that reaches so much of the largest one up to `BEHIND`, and so often the noise. */
const LOBE = 0.15;
export const ABOVE_NOISE = 4;

/** Periods before the pick from which on it is looked for, as picks may be half a cycle late, and behind it. */
const BEFORE = 0.6;
const BEHIND = 0.6;

/** Height of the first extremum that counts, with its sign; 0 where none does. */
export function firstSwing({ coarse, breaks, breakLevels, period }: ShotFacts, i: number): number {
  const x = coarse.rows[i]!;
  const wave = period! / coarse.interval;
  const at = coarsePlace(coarse, breaks[i]!);
  const from = Math.max(coarse.from[i] + 1, Math.floor(at - BEFORE * wave));
  const to = Math.min(coarse.to[i] - 1, Math.ceil(at + BEHIND * wave));
  const before = Math.max(coarse.from[i], from - Math.ceil(wave));
  let level = 0;
  for (let k = before; k < from; k++) level += x[k] / (from - before);
  let top = 0;
  for (let k = from; k < to; k++) top = Math.max(top, Math.abs(x[k] - level));
  const least = Math.max(LOBE * top, ABOVE_NOISE * (breakLevels[i]?.noise ?? 0));
  for (let k = from; k < to; k++) {
    const sign = Math.sign(x[k] - level);
    if (sign * (x[k] - level) >= least && sign * (x[k] - x[k + 1]) >= 0 && sign * (x[k] - x[k - 1]) > 0)
      return x[k] - level;
  }
  return 0;
}
