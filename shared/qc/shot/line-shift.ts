/**
 * By how much a shot's times are late against the earlier shots of its line. Two ways, neither of which needs to know the ground:
 * between two sources the wave takes as long there as back (reciprocity), and behind both crossovers the refracted branches of two
 * shots run parallel, apart by what the refractor takes between the sources ("phantoming", Redpath 1973).
 */
import { type Milliseconds, metres, ms } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import { columnsOf } from '../line/columns.ts';
import type { ShotSummary, TraceSummary } from '../line/summary.ts';
import { middle, spreadOf as scatterOf } from '../middle.ts';
import { moveoutOf } from '../moveout/of-shot.ts';
import { theilSen } from '../moveout/points.ts';
import type { Branch, Side } from '../moveout.ts';
import { remembered } from '../remembered.ts';
import { type PlacedPick, placedPicks, type Spread, spreadOf } from './spread.ts';

export interface LineShift {
  /** Times of this shot are so much later than those of the other shots; median over them. */
  readonly shift: Milliseconds;
  /** One standard deviation, of the scatter over the shots. */
  readonly error: Milliseconds;
  readonly shots: number;
}

/** With fewer nobody can say which of the shots is the one that is late. */
const LEAST_SHOTS = 3;

export const lineShift: (facts: ShotFacts) => LineShift | undefined = remembered((facts) => {
  const spread = spreadOf(facts);
  if (!facts.line || !spread?.along) return undefined;
  const own = placesOf(placedPicks(facts));
  const shifts = facts.line.shots.flatMap((other) => againstShot(facts, own, spread, other) ?? []);
  const shift = middle(shifts);
  if (shift === undefined || shifts.length < LEAST_SHOTS) return undefined;
  return { shift: ms(shift), error: ms(scatterOf(shifts)! / Math.sqrt(shifts.length)), shots: shifts.length };
});

/** Picks along the line; the first `count` hold. */
interface Places {
  readonly at: Float64Array;
  readonly time: Float64Array;
  readonly count: number;
}

const placesOf = (picks: readonly PlacedPick[]): Places => ({
  at: Float64Array.from(picks, ({ at }) => at),
  time: Float64Array.from(picks, ({ time }) => time),
  count: picks.length,
});

function againstShot(facts: ShotFacts, own: Places, spread: Spread, other: ShotSummary): number | undefined {
  if (!other.source) return undefined;
  const there = spread.along!(other.source);
  return reciprocalShift(facts, own, spread, other, there) ?? parallelShift(facts, spread, other, there);
}

/** Picks of another shot more than so many periods off its moveout do not count. */
const OUT = 1;
/** A source so many spacings from the nearest receiver has no reciprocal time … */
const REACH = 1.6;
/** … and two sources closer to each other have none between them. */
const APART = 3;

function reciprocalShift(
  facts: ShotFacts,
  own: Places,
  spread: Spread,
  other: ShotSummary,
  there: number,
): number | undefined {
  if (Math.abs(there) < APART * spread.spacing) return undefined;
  const here = timeAtPlace(own, there, REACH * spread.spacing);
  if (here === undefined) return undefined;
  const back = timeAtPlace(theirPlaces(facts, spread, other), 0, REACH * spread.spacing);
  return back === undefined ? undefined : here - back;
}

function theirPlaces({ period = ms(0) }: ShotFacts, { along }: Spread, other: ShotSummary): Places {
  const { x, y, time: times, residual } = columnsOf(other);
  const at = new Float64Array(x.length);
  const time = new Float64Array(x.length);
  let count = 0;
  for (let k = 0; k < x.length; k++) {
    if (Number.isNaN(x[k]) || Number.isNaN(times[k]) || Math.abs(residual[k]) > OUT * period) continue;
    at[count] = along!({ x: metres(x[k]), y: metres(y[k]) });
    time[count++] = times[k];
  }
  return { at, time, count };
}

/** Picks through which the time at a place is taken. */
const AROUND = 4;

function timeAtPlace({ at, time, count }: Places, place: number, reach: number): number | undefined {
  if (count < AROUND) return undefined;
  // The nearest, the nearest of all first; of two as near the one at the lower place.
  const near: number[] = [];
  let farthest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const off = Math.abs(at[i] - place);
    if (off > farthest) continue;
    let k = near.length;
    for (; k > 0; k--) {
      const next = Math.abs(at[near[k - 1]] - place);
      if (next < off || (next === off && at[near[k - 1]] <= at[i])) break;
    }
    if (k === AROUND) continue;
    near.splice(k, 0, i);
    if (near.length > AROUND) near.pop();
    if (near.length === AROUND) farthest = Math.abs(at[near[AROUND - 1]] - place);
  }
  if (Math.abs(at[near[0]] - place) > reach) return undefined;
  near.sort((a, b) => at[a] - at[b]);
  for (const [k, i] of near.entries()) {
    nearAt[k] = at[i];
    nearTime[k] = time[i];
  }
  const line = theilSen(nearAt, nearTime, 0, AROUND);
  return line && line.intercept + line.slope * place;
}

const nearAt = new Float64Array(AROUND);
const nearTime = new Float64Array(AROUND);

/** What the refractor takes between the sources must be known to a fraction of a millisecond or two. */
const MOST_BETWEEN = 30;
const LEAST_COMMON = 4;

function parallelShift(facts: ShotFacts, spread: Spread, other: ShotSummary, there: number): number | undefined {
  const { model } = moveoutOf(facts);
  const apart = spread.spacing / 4;
  let places: Float64Array | undefined;
  const shifts = ([-1, 1] as const).flatMap((side) => {
    const own = last(model?.branches ?? [], side);
    const theirs = last(other.branches, side);
    if (!own || !theirs) return [];
    const slowness = 500 / own.velocity + 500 / theirs.velocity;
    if (Math.abs(there) * slowness > MOST_BETWEEN) return [];
    places ??= placesAlong(spread, other);
    const differences: number[] = [];
    let found = -1;
    for (const { at, time } of placedPicks(facts)) {
      const distance = side * at;
      if (distance < own.from) continue;
      found = indexNear(places, at, apart, found + 1);
      const trace = other.traces[found];
      if (!trace || !onBranch(trace, theirs) || trace.time === undefined) continue;
      differences.push(time - trace.time - (distance - side * (at - there)) * slowness);
    }
    return differences.length < LEAST_COMMON ? [] : [middle(differences)!];
  });
  return middle(shifts);
}

function placesAlong({ along }: Spread, other: ShotSummary): Float64Array {
  const { x, y } = columnsOf(other);
  return x.map((_, k) => along!({ x: metres(x[k]), y: metres(y[k]) }));
}

/** Looks from `first` on, then before it: places come in order on most lines. */
function indexNear(places: Float64Array, at: number, apart: number, first: number): number {
  for (let k = first; k < places.length; k++) if (Math.abs(places[k] - at) < apart) return k;
  for (let k = 0; k < first; k++) if (Math.abs(places[k] - at) < apart) return k;
  return -1;
}

const onBranch = ({ side, distance }: TraceSummary, branch: Branch): boolean =>
  side === branch.side && distance !== undefined && distance >= branch.from;

const last = (branches: readonly Branch[], side: Side): Branch | undefined =>
  branches.findLast((branch) => branch.side === side);
