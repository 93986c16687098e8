/**
 * Picks that cannot be where they are if the others are right, whoever made them. A pick is suspect when it stands off both its
 * neighbours and the branches of the shot; where the geometry is not known, off its neighbours.
 */
import { middleValue } from '../../signal/selection.ts';
import { type Milliseconds, ms } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import type { Profile } from '../profile.ts';
import { remembered } from '../remembered.ts';
import { offNeighbours } from './neighbours.ts';
import { moveoutOf } from './of-shot.ts';

export interface SuspectPick {
  /** In `shot.traces`. */
  readonly row: number;
  readonly time: Milliseconds;
  /** Time minus what neighbours and branches have there. */
  readonly off: Milliseconds;
  /** What it may be off. */
  readonly allowed: Milliseconds;
}

/** Rows of picks that stand far off their neighbours, whatever any profile says. */
export const wildRows: (facts: ShotFacts) => ReadonlySet<number> = remembered((facts) => {
  const { places, off } = localOf(facts);
  const allowed = Math.max(WILD_PERIOD * (facts.period ?? 0), WILD_SPREAD * scatter(off));
  const early = steepStart(facts);
  return new Set(places.filter((row, k) => !early.has(row) && Math.abs(off[k] ?? 0) > allowed));
});

/** Half a period is the next lobe; the scatter is that of picks about their neighbours. */
const WILD_PERIOD = 0.5;
const WILD_SPREAD = 4;

/** Rows of picks that are no place to measure at: wild, or periods off the branches while few are, whatever any profile says. */
export const astrayRows: (facts: ShotFacts) => ReadonlySet<number> = remembered((facts) => {
  const { residuals, model } = moveoutOf(facts);
  const allowed = Math.max(ASTRAY_PERIOD * (facts.period ?? 0), WILD_SPREAD * (model?.spread ?? 0));
  const far = facts.live.filter((row) => Math.abs(residuals[row] ?? 0) > allowed);
  const early = steepStart(facts);
  const off = far.length > MOST_WILD * facts.live.length ? [] : far.filter((row) => !early.has(row));
  return new Set([...wildRows(facts), ...off]);
});

/** A branch may bend by more than picks scatter. */
const ASTRAY_PERIOD = 1.5;

export function suspectsOf(facts: ShotFacts, { limits }: Profile): readonly SuspectPick[] {
  const { places, off } = localOf(facts);
  const { residuals, model } = moveoutOf(facts);
  const allowed = Math.max(
    limits['suspect-picks.time'],
    limits['suspect-picks.period'] * (facts.period ?? 0),
    limits['suspect-picks.spread'] * scatter(off),
  );
  const modelAllows = Math.max(allowed, limits['suspect-picks.spread'] * (model?.spread ?? 0));
  const early = steepStart(facts);
  const excess = (row: number) => Math.abs(residuals[row] ?? 0) / modelAllows;
  // Where more picks than a fit survives lie off the branches, it is the ground that has none.
  const farOnes = places.filter((row) => excess(row) > FAR).length;
  const far = farOnes > MOST_WILD * places.length ? Number.POSITIVE_INFINITY : FAR;
  return places.flatMap((row, k): SuspectPick[] => {
    const [local, overall, time] = [off[k], residuals[row], facts.times[row]];
    if (time === undefined || local === undefined || early.has(row)) return [];
    const offNeighbours = Math.abs(local) > allowed;
    // Wild neighbours may vouch for each other; nothing vouches for what is far off the branches.
    const suspect = overall === undefined ? offNeighbours : excess(row) > far || (offNeighbours && excess(row) > 1);
    return suspect ? [{ row, time, off: ms(overall ?? local), allowed: ms(allowed) }] : [];
  });
}

/** Rows of picks along the spread, and what each is off its neighbours. */
const localOf = remembered((facts) => {
  const { sides } = moveoutOf(facts);
  const { distances, times } = facts;
  const picked = facts.live.filter((i) => times[i] !== undefined);
  const known = picked.every((i) => distances[i] !== undefined);
  const place = (i: number) => (known ? sides[i] * distances[i]! : i);
  const places = known ? picked.toSorted((a, b) => place(a) - place(b)) : picked;
  const off = offNeighbours(
    Float64Array.from(places, place),
    Float64Array.from(places, (i) => times[i]!),
  );
  return { places, off };
});

/** Times of what the branches allow. */
const FAR = 2.5;
/** Share of wild picks that a fit is made for, and a little more. */
const MOST_WILD = 0.25;

function scatter(off: readonly (number | undefined)[]): number {
  const sizes = off.flatMap((value) => (value === undefined ? [] : [Math.abs(value)]));
  return sizes.length === 0 ? 0 : 1.4826 * middleValue(Float64Array.from(sizes));
}

/** Next to the source the ground may be slower than any branch has picks for: the nearest picks of a side may come early. */
const NEAREST = 2;

function steepStart(facts: ShotFacts): ReadonlySet<number> {
  const { sides, residuals } = moveoutOf(facts);
  return new Set(
    ([-1, 1] as const).flatMap((side) =>
      facts.live
        .filter((i) => sides[i] === side && facts.distances[i] !== undefined)
        .sort((a, b) => facts.distances[a]! - facts.distances[b]!)
        .slice(0, NEAREST)
        .filter((i) => (residuals[i] ?? 0) < 0 && (facts.times[i] ?? -1) >= 0),
    ),
  );
}
