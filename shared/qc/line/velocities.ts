/**
 * The ground along the line as the shots see it: refractor branches to look at, and shots whose first breaks travel much faster
 * or slower than those of their neighbours. They are held against each other by the mean velocity over one stretch that most shots
 * reach: how many branches a shot shows depends on where it stands, and a wrong time zero must not look like wrong ground.
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

export interface MeanVelocities {
  readonly from: Metres;
  readonly to: Metres;
  readonly velocities: readonly MeanVelocity[];
}

/** By the moveout of each shot and side that has picks there. */
export function meanVelocities(shots: readonly ShotSummary[]): MeanVelocities {
  const reaches = shots.flatMap(({ branches }, shot) =>
    ([-1, 1] as const).flatMap((side) => {
      const own = branches.filter((branch) => branch.side === side);
      return own.length > 0 ? [{ shot, side, own, to: Math.max(...own.map(({ to }) => to)) }] : [];
    }),
  );
  const to = 0.5 * (middle(reaches.map((reach) => reach.to)) ?? 0);
  const from = to / 4;
  const velocities = reaches.flatMap(({ shot, side, own, to: farthest }): MeanVelocity[] => {
    const time = firstArrival(own, to) - firstArrival(own, from);
    return farthest >= to && time > 0 ? [{ shot, side, velocity: metresPerSecond((1000 * (to - from)) / time) }] : [];
  });
  return { from: metres(from), to: metres(to), velocities };
}

const firstArrival = (branches: readonly Branch[], distance: number): number =>
  Math.min(...branches.map(({ intercept, velocity }) => intercept + (1000 * distance) / velocity));

/** Faster than any rock near the surface, m/s. */
const NO_ROCK = 8000;
const speed = (velocity: number) => (velocity > NO_ROCK ? 'no moveout' : `${Math.round(velocity)} m/s`);

export const velocityOutliers: LineJudge = ({ shots }, { limits }) => {
  const threshold = limits['velocity-outlier.deviation'];
  const { from, to, velocities } = meanVelocities(shots);
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
    const [here, usual] = [speed(velocity), speed(Math.exp(centre))];
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
        cause: `${here} from ${tenths(from)} to ${tenths(to)} m towards ${side > 0 ? 'rising' : 'falling'} positions, ${usual} in the shots around: a wrong position or sample interval, picks on another wave, or a change in the ground`,
        advice: 'check position and sample interval of the shot, then look at its picks',
        says: `the first breaks of a shot have ${here} among ones of ${usual}`,
      },
    ];
  });
};
