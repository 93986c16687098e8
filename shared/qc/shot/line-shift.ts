/**
 * By how much a shot's times are late against the earlier shots of its line. Two ways, neither of which needs to know the ground:
 * between two sources the wave takes as long there as back (reciprocity), and behind both crossovers the refracted branches of two
 * shots run parallel, apart by what the refractor takes between the sources ("phantoming", Redpath 1973).
 */
import { type Milliseconds, ms } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
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
  const picks = placedPicks(facts);
  const shifts = facts.line.shots.flatMap((other) => againstShot(facts, picks, spread, other) ?? []);
  const shift = middle(shifts);
  if (shift === undefined || shifts.length < LEAST_SHOTS) return undefined;
  return { shift: ms(shift), error: ms(scatterOf(shifts)! / Math.sqrt(shifts.length)), shots: shifts.length };
});

function againstShot(
  facts: ShotFacts,
  picks: readonly PlacedPick[],
  spread: Spread,
  other: ShotSummary,
): number | undefined {
  if (!other.source) return undefined;
  const there = spread.along!(other.source);
  const others = other.traces
    .flatMap((trace): PlacedPick[] => {
      const { receiver, time, residual = 0 } = trace;
      if (receiver === undefined || time === undefined || Math.abs(residual) > OUT * (facts.period ?? 0)) return [];
      return [{ row: trace.index, at: spread.along!(receiver), time }];
    })
    .sort((a, b) => a.at - b.at);
  const reciprocal = reciprocalShift(picks, others, there, spread.spacing);
  return reciprocal ?? parallelShift(facts, spread, other, there);
}

/** Picks of another shot more than so many periods off its moveout do not count. */
const OUT = 1;
/** A source so many spacings from the nearest receiver has no reciprocal time … */
const REACH = 1.6;
/** … and two sources closer to each other have none between them. */
const APART = 3;

function reciprocalShift(
  own: readonly PlacedPick[],
  others: readonly PlacedPick[],
  there: number,
  spacing: number,
): number | undefined {
  if (Math.abs(there) < APART * spacing) return undefined;
  const here = timeAtPlace(own, there, REACH * spacing);
  const back = timeAtPlace(others, 0, REACH * spacing);
  return here === undefined || back === undefined ? undefined : here - back;
}

/** Picks through which the time at a place is taken. */
const AROUND = 4;

function timeAtPlace(picks: readonly PlacedPick[], place: number, reach: number): number | undefined {
  const near = picks
    .toSorted((a, b) => Math.abs(a.at - place) - Math.abs(b.at - place))
    .slice(0, AROUND)
    .sort((a, b) => a.at - b.at);
  if (near.length < AROUND || Math.min(...near.map(({ at }) => Math.abs(at - place))) > reach) return undefined;
  const x = Float64Array.from(near, ({ at }) => at);
  const t = Float64Array.from(near, ({ time }) => time);
  const line = theilSen(x, t, 0, AROUND);
  return line && line.intercept + line.slope * place;
}

/** What the refractor takes between the sources must be known to a fraction of a millisecond or two. */
const MOST_BETWEEN = 30;
const LEAST_COMMON = 4;

function parallelShift(facts: ShotFacts, spread: Spread, other: ShotSummary, there: number): number | undefined {
  const { model } = moveoutOf(facts);
  const apart = spread.spacing / 4;
  const shifts = ([-1, 1] as const).flatMap((side) => {
    const own = last(model?.branches ?? [], side);
    const theirs = last(other.branches, side);
    if (!own || !theirs) return [];
    const slowness = 500 / own.velocity + 500 / theirs.velocity;
    if (Math.abs(there) * slowness > MOST_BETWEEN) return [];
    const differences = placedPicks(facts).flatMap(({ at, time }) => {
      const distance = side * at;
      const trace = other.traces.find((one) => one.receiver && Math.abs(spread.along!(one.receiver) - at) < apart);
      if (!trace || !onBranch(trace, theirs) || distance < own.from || trace.time === undefined) return [];
      return [time - trace.time - (distance - side * (at - there)) * slowness];
    });
    return differences.length < LEAST_COMMON ? [] : [middle(differences)!];
  });
  return middle(shifts);
}

const onBranch = ({ side, distance }: TraceSummary, branch: Branch): boolean =>
  side === branch.side && distance !== undefined && distance >= branch.from;

const last = (branches: readonly Branch[], side: Side): Branch | undefined =>
  branches.findLast((branch) => branch.side === side);
