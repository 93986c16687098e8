/** The refractor along the line: the fastest branch of each shot and side, and those that leave the run of their neighbours. */
import { percent } from '../../units.ts';
import { middle } from '../middle.ts';
import type { Branch, Side } from '../moveout.ts';
import type { LineJudge } from './judges.ts';
import type { ShotSummary } from './summary.ts';
import { tenths } from './words.ts';

/** Shots to either side that say what the refractor does here. */
const REACH = 5;
/** Shots a line needs, and picks the branch of a shot. */
const ENOUGH = { shots: 5, picks: 5 };

export interface Refractor {
  readonly shot: number;
  readonly side: Side;
  readonly branch: Branch;
}

/** The last branch of each side that rests on enough picks. */
export const refractorsOf = (shots: readonly ShotSummary[]): readonly Refractor[] =>
  shots.flatMap(({ branches }, shot) =>
    ([-1, 1] as const).flatMap((side) => {
      const branch = branches.findLast((one) => one.side === side && one.support >= ENOUGH.picks);
      return branch ? [{ shot, side, branch }] : [];
    }),
  );

export const velocityOutliers: LineJudge = ({ shots }, { limits }) => {
  const threshold = limits['velocity-outlier.warn'];
  const refractors = refractorsOf(shots);
  return ([-1, 1] as const).flatMap((side) => {
    const run = refractors.filter((one) => one.side === side);
    if (run.length < ENOUGH.shots) return [];
    return run.flatMap(({ shot, branch: { velocity, velocityError } }, i) => {
      const others = run.slice(Math.max(0, i - REACH), i + REACH + 1).filter((one) => one.shot !== shot);
      const usual = middle(others.map(({ branch }) => branch.velocity));
      if (usual === undefined) return [];
      const value = percent(velocity > usual ? velocity / usual - 1 : usual / velocity - 1);
      if (value <= threshold || Math.abs(velocity - usual) <= 3 * velocityError) return [];
      return [
        {
          code: 'velocity-outlier',
          severity: 'warn' as const,
          traces: [],
          shots: [shot],
          receivers: [],
          value: tenths(value),
          unit: '% off its neighbours',
          threshold,
          cause: `${Math.round(velocity)} m/s towards ${side > 0 ? 'rising' : 'falling'} positions, ${Math.round(usual)} m/s around: a wrong position or sample interval, picks on another wave, or a change in the ground`,
          advice: 'check position and sample interval of the shot, then look at its far picks',
          says: `a refractor of ${Math.round(velocity)} m/s among ones of ${Math.round(usual)} m/s`,
        },
      ];
    });
  });
};
