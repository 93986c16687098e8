/**
 * The ground along the line as the shots see it: refractor branches to look at, and shots whose first breaks travel much faster
 * or slower than those of their neighbours. They are held against each other by the mean velocity to one distance that most shots
 * reach, since how many branches a shot shows depends on where it stands.
 */
import { type Metres, type MetresPerSecond, metres, metresPerSecond, percent } from '../../units.ts';
import { middle, spreadOf } from '../middle.ts';
import type { Branch, Side } from '../moveout.ts';
import type { LineJudge } from './judges.ts';
import type { ShotSummary } from './summary.ts';
import { tenths } from './words.ts';

/** Shots to either side that say what the ground does here. */
const REACH = 5;
/** Shots a line needs, and picks a branch. */
const ENOUGH = { shots: 5, picks: 5 };
/** A velocity with a larger share of error is no measurement. */
const UNSURE = 0.25;

export interface Refractor {
  readonly shot: number;
  readonly branch: Branch;
}

/** The branches that are measured well enough to be shown along the line. */
export const refractorsOf = (shots: readonly ShotSummary[]): readonly Refractor[] =>
  shots.flatMap(({ branches }, shot) =>
    branches
      .filter(({ support, velocity, velocityError }) => support >= ENOUGH.picks && velocityError < UNSURE * velocity)
      .map((branch) => ({ shot, branch })),
  );

export interface MeanVelocity {
  readonly shot: number;
  readonly side: Side;
  readonly velocity: MetresPerSecond;
}

/** Straight from the source to `distance`, by the moveout of each shot and side that has picks there. */
export function meanVelocities(shots: readonly ShotSummary[]): {
  readonly distance: Metres;
  readonly velocities: readonly MeanVelocity[];
} {
  const reaches = shots.flatMap(({ branches }, shot) =>
    ([-1, 1] as const).flatMap((side) => {
      const own = branches.filter((branch) => branch.side === side);
      return own.length > 0 ? [{ shot, side, own, to: Math.max(...own.map(({ to }) => to)) }] : [];
    }),
  );
  const distance = 0.5 * (middle(reaches.map(({ to }) => to)) ?? 0);
  const velocities = reaches.flatMap(({ shot, side, own, to }): MeanVelocity[] => {
    const time = Math.min(...own.map(({ intercept, velocity }) => intercept + (1000 * distance) / velocity));
    return to >= distance && time > 0 ? [{ shot, side, velocity: metresPerSecond((1000 * distance) / time) }] : [];
  });
  return { distance: metres(distance), velocities };
}

export const velocityOutliers: LineJudge = ({ shots }, { limits }) => {
  const threshold = limits['velocity-outlier.warn'];
  const { distance, velocities } = meanVelocities(shots);
  return velocities.flatMap(({ shot, side, velocity }) => {
    const others = velocities.filter(
      (one) => one.side === side && one.shot !== shot && Math.abs(one.shot - shot) <= REACH,
    );
    const logs = others.map((one) => Math.log(one.velocity));
    const [centre, spread] = [middle(logs), spreadOf(logs)];
    if (centre === undefined || spread === undefined || others.length < ENOUGH.shots - 1) return [];
    const off = Math.abs(Math.log(velocity) - centre);
    const value = percent(Math.exp(off) - 1);
    if (value <= threshold || off <= 3 * spread) return [];
    const [here, usual] = [Math.round(velocity), Math.round(Math.exp(centre))];
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
        cause: `${here} m/s on the mean to ${tenths(distance)} m towards ${side > 0 ? 'rising' : 'falling'} positions, ${usual} m/s in the shots around: a wrong position or sample interval, picks on another wave, or a change in the ground`,
        advice: 'check position and sample interval of the shot, then look at its picks',
        says: `a shot has ${here} m/s among ones of ${usual} m/s`,
      },
    ];
  });
};
