/**
 * The moveout of a shot: one to four straight branches on either side of the source, fitted so that wild picks do not matter, with
 * what each pick is off. It serves judgements and second looks; it never replaces a pick.
 */

import { middleValue } from '../signal/selection.ts';
import { type Metres, type MetresPerSecond, type Milliseconds, metres, metresPerSecond, ms } from '../units.ts';
import { type Envelope, earliest, fitEnvelope } from './moveout/envelope.ts';

/** +1 towards rising positions or channels from the source, −1 towards falling ones. */
export type Side = 1 | -1;

export interface MoveoutPoint {
  /** From the source, never negative. */
  readonly distance: Metres;
  readonly side: Side;
  readonly time: Milliseconds;
  /** 0–1: a pick's confidence. */
  readonly weight: number;
}

/** t = intercept + distance / velocity, between the distances where it is the earliest and has picks. */
export interface Branch {
  readonly side: Side;
  readonly from: Metres;
  readonly to: Metres;
  readonly velocity: MetresPerSecond;
  /** One standard deviation, as of the intercept. */
  readonly velocityError: MetresPerSecond;
  readonly intercept: Milliseconds;
  readonly interceptError: Milliseconds;
  /** Picks it stands on. */
  readonly support: number;
}

export interface Crossover {
  readonly side: Side;
  readonly distance: Metres;
}

export interface MoveoutModel {
  /** Those of the falling side first, each from the source outwards. */
  readonly branches: readonly Branch[];
  /** Where one branch overtakes another. */
  readonly crossovers: readonly Crossover[];
  /** Time minus model; undefined on a side with too few picks for a branch. [point] */
  readonly residuals: readonly (Milliseconds | undefined)[];
  /** Robust standard deviation of the residuals. */
  readonly spread: Milliseconds;
}

export interface MoveoutOptions {
  /** What picks cannot be closer than: the branches need not explain less. @default 0.2 ms */
  readonly resolution?: Milliseconds;
}

/** undefined where no side has picks enough. */
export function fitMoveout(
  points: readonly MoveoutPoint[],
  { resolution = ms(0.2) }: MoveoutOptions = {},
): MoveoutModel | undefined {
  const [falling, rising] = [fitSide(points, -1, resolution), fitSide(points, 1, resolution)];
  const sides = [falling, rising].filter((side) => side !== undefined);
  if (sides.length === 0) return undefined;
  const branches = sides.flatMap(branchesOf);
  const off = new Float64Array(points.length);
  let known = 0;
  const residuals = points.map(({ distance, side, time }) => {
    const fitted = side === -1 ? falling : rising;
    if (fitted === undefined) return undefined;
    const residual = ms(time - earliest(fitted.envelope.lines, distance));
    off[known++] = Math.abs(residual);
    return residual;
  });
  return { branches, crossovers: crossoversOf(branches), residuals, spread: ms(1.4826 * middleValue(off, known)) };
}

function fitSide(points: readonly MoveoutPoint[], side: Side, resolution: Milliseconds): FittedSide | undefined {
  const on = points.filter((point) => point.side === side).sort((a, b) => a.distance - b.distance);
  const n = on.length;
  const [distance, time, weight] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    distance[i] = on[i].distance;
    time[i] = on[i].time;
    weight[i] = on[i].weight;
  }
  const envelope = fitEnvelope({ distance, time, weight }, resolution);
  return envelope && { side, envelope, nearest: on[0].distance, farthest: on[n - 1].distance };
}

/** The model's first arrival; undefined on a side without branches. */
export function timeAt({ branches }: MoveoutModel, distance: Metres, side: Side): Milliseconds | undefined {
  let time: number | undefined;
  for (const branch of branches) {
    if (branch.side !== side) continue;
    const here = branch.intercept + (1000 * distance) / branch.velocity;
    if (time === undefined || here < time) time = here;
  }
  return time === undefined ? undefined : ms(time);
}

interface FittedSide {
  readonly side: Side;
  readonly envelope: Envelope;
  readonly nearest: Metres;
  readonly farthest: Metres;
}

function branchesOf({ side, envelope: { lines }, nearest, farthest }: FittedSide): readonly Branch[] {
  const within = (distance: number) => metres(Math.min(farthest, Math.max(nearest, distance)));
  return lines.map((line, k) => {
    const meets = (other: (typeof lines)[number]) => (other.intercept - line.intercept) / (line.slope - other.slope);
    const velocity = 1000 / line.slope;
    return {
      side,
      from: k === 0 ? nearest : within(meets(lines[k - 1])),
      to: k === lines.length - 1 ? farthest : within(meets(lines[k + 1])),
      velocity: metresPerSecond(velocity),
      velocityError: metresPerSecond((velocity * line.slopeError) / line.slope),
      intercept: ms(line.intercept),
      interceptError: ms(line.interceptError),
      support: line.support,
    };
  });
}

const crossoversOf = (branches: readonly Branch[]): readonly Crossover[] =>
  branches.flatMap(({ side, from }, k) => (k > 0 && branches[k - 1].side === side ? [{ side, distance: from }] : []));
