/** The trace on which the wave arrives first: the nearest to the source, whether the geometry is known or not. */
import type { ShotFacts } from '../facts.ts';

/** A row; undefined where nothing is live. */
export function nearestRow({ live, breaks }: ShotFacts): number | undefined {
  const at = (i: number) => breaks[i] ?? Number.POSITIVE_INFINITY;
  return live.length === 0 ? undefined : live.reduce((best, i) => (at(i) < at(best) ? i : best));
}
