/** How a ridge stands out of the image it was found in: what tells a first break from the best of much noise. */
import type { Evidence } from './confidence.ts';

export type Strength = Pick<Evidence, 'score' | 'lead'>;

/** At bin `b` of a trace's scores; what lies less than a `period` (bins) earlier is the same event. */
export function strengthAt(scores: Float32Array, b: number, period: number): Strength {
  let before = 0;
  for (let k = 0; k < b - period; k++) if (scores[k] > before) before = scores[k];
  return { score: scores[b], lead: scores[b] - before };
}

/** Neighbours on either side that vouch for a pick. */
const AROUND = 3;

/** Mean lead of a trace and its neighbours. */
export function meanLead(strength: readonly Strength[], trace: number): number {
  const near = strength.slice(Math.max(0, trace - AROUND), trace + AROUND + 1);
  return near.reduce((sum, { lead }) => sum + lead, 0) / near.length;
}
