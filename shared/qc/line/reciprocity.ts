/**
 * Source and receiver swapped, the wave takes as long: pairs of picks tell the time errors of shots whatever the ground is like
 * (Helmholtz's principle; Telford, Geldart & Sheriff, "Applied Geophysics", 1990, on the reciprocal time of refraction lines).
 */
import type { Position } from '../../gather.ts';
import { type Milliseconds, ms } from '../../units.ts';
import { middle, spreadOf } from '../middle.ts';
import type { Branch } from '../moveout.ts';
import { cellKey, distanceBetween, type Stations } from './stations.ts';
import type { ShotSummary, TraceSummary } from './summary.ts';

export interface ReciprocalPair {
  /** Places in the line; `from` is the earlier one. */
  readonly from: number;
  readonly to: number;
  /** Places of the traces in the two shots. */
  readonly traces: readonly [number, number];
  /** Time of `from` minus that of `to`, moved to the same distance. */
  readonly difference: Milliseconds;
}

/** Time error of a shot against those it is paired with. */
export interface ReciprocalError {
  readonly error: Milliseconds;
  /** Standard error of it, by what it leaves of the pairs. */
  readonly uncertainty: Milliseconds;
  readonly pairs: number;
}

export interface Reciprocity {
  readonly pairs: readonly ReciprocalPair[];
  /** undefined: without pairs. */
  readonly shots: readonly (ReciprocalError | undefined)[];
  /** What the errors of the shots leave of each pair. */
  readonly rest: readonly Milliseconds[];
}

/** A source at most this share of the receiver spacing away stands for the receiver. */
const NEAR = 0.5;
const ROUNDS = 20;

export function reciprocityOf(shots: readonly ShotSummary[], { spacing }: Stations): Reciprocity {
  const pairs = spacing === undefined ? [] : pairsOf(shots, NEAR * spacing * (1 + 1e-6));
  const error = errorsOf(pairs, shots.length);
  const rest = pairs.map(({ from, to, difference }) => ms(difference - error[from] + error[to]));
  const left: number[][] = shots.map(() => []);
  for (const [i, { from, to }] of pairs.entries()) {
    left[from].push(rest[i]);
    left[to].push(rest[i]);
  }
  return {
    pairs,
    shots: left.map((own, i) =>
      own.length === 0 ? undefined : { error: ms(error[i]), uncertainty: ms(uncertaintyOf(own)), pairs: own.length },
    ),
    rest,
  };
}

/** Of a median. */
const uncertaintyOf = (rest: readonly number[]) => (1.25 * (spreadOf(rest) ?? 0)) / Math.sqrt(rest.length);

function pairsOf(shots: readonly ShotSummary[], reach: number): ReciprocalPair[] {
  const sources = Map.groupBy(
    shots.flatMap(({ source }, shot) => (source ? [{ shot, source }] : [])),
    ({ source }) => cellKey(source, reach),
  );
  const receivers = shots.map(once((shot: ShotSummary) => picksByPlace(shot, reach)));
  return shots.flatMap(({ source, traces, branches }, from) =>
    source === undefined
      ? []
      : traces.flatMap(({ receiver, time }, k): ReciprocalPair[] => {
          if (receiver === undefined || time === undefined) return [];
          return around(receiver, reach, sources).flatMap(({ shot: to, source: other }): ReciprocalPair[] => {
            if (to <= from || distanceBetween(other, receiver) > reach) return [];
            const back = nearest(source, reach, receivers[to]());
            if (back === undefined) return [];
            const { receiver: end, time: reverse } = shots[to].traces[back];
            const longer = distanceBetween(source, receiver) - distanceBetween(other, end!);
            const correction = longer * slownessAt(branches, distanceBetween(source, receiver));
            return [{ from, to, traces: [k, back], difference: ms(time - reverse! - correction) }];
          });
        }),
  );
}

/** A function of no argument for each item, which computes once. */
const once =
  <A, B>(compute: (item: A) => B) =>
  (item: A): (() => B) => {
    let kept: { readonly value: B } | undefined;
    return () => (kept ??= { value: compute(item) }).value;
  };

interface PlacedPick {
  readonly trace: number;
  readonly at: Position;
}

function picksByPlace({ traces }: ShotSummary, cell: number): Map<string, PlacedPick[]> {
  const picked = traces.flatMap(({ receiver, time }: TraceSummary, trace): PlacedPick[] =>
    receiver && time !== undefined ? [{ trace, at: receiver }] : [],
  );
  return Map.groupBy(picked, ({ at }) => cellKey(at, cell));
}

/** Members of the cell of a place and of the eight cells around it. */
function around<T>({ x, y, z }: Position, cell: number, cells: ReadonlyMap<string, readonly T[]>): readonly T[] {
  const found: T[] = [];
  for (const dx of [-cell, 0, cell])
    for (const dy of [-cell, 0, cell])
      found.push(...(cells.get(cellKey({ x: x + dx, y: y + dy, z } as Position, cell)) ?? []));
  return found;
}

function nearest(at: Position, reach: number, picks: ReadonlyMap<string, readonly PlacedPick[]>): number | undefined {
  let best: number | undefined;
  let least = reach;
  for (const pick of around(at, reach, picks)) {
    const distance = distanceBetween(at, pick.at);
    if (distance > least || (distance === least && best !== undefined)) continue;
    least = distance;
    best = pick.trace;
  }
  return best;
}

/** ms a metre; 0 where the shot has no moveout model. */
function slownessAt(branches: readonly Branch[], distance: number): number {
  const branch = branches.find(({ from, to }) => distance >= from && distance <= to) ?? branches.at(-1);
  return branch === undefined ? 0 : 1000 / branch.velocity;
}

/**
 * One error a shot that explains the pairs, by medians: first from shot to shot, so that a jump is carried on, then in turn. The
 * median of the errors of shots that hang together is 0.
 */
function errorsOf(pairs: readonly ReciprocalPair[], count: number): readonly number[] {
  const links: { readonly other: number; readonly difference: number }[][] = Array.from({ length: count }, () => []);
  for (const { from, to, difference } of pairs) {
    links[from].push({ other: to, difference });
    links[to].push({ other: from, difference: -difference });
  }
  const error = new Array<number>(count).fill(0);
  const groups = groupsOf(links);
  for (const group of groups) {
    const known = new Set<number>();
    for (const shot of group) {
      const told = links[shot].filter(({ other }) => known.has(other));
      error[shot] = middle(told.map(({ other, difference }) => difference + error[other])) ?? 0;
      known.add(shot);
    }
  }
  for (let round = 0; round < ROUNDS; round++)
    for (let shot = 0; shot < count; shot++)
      error[shot] = middle(links[shot].map(({ other, difference }) => difference + error[other])) ?? 0;
  for (const group of groups) {
    const centre = middle(group.map((shot) => error[shot])) ?? 0;
    for (const shot of group) error[shot] -= centre;
  }
  return error;
}

/**
 * Standard error of the difference between the ends of the line: where pairs join only neighbouring shots, it grows with the
 * root of the number of joints between the ends.
 */
export function endToEnd({ pairs, shots, rest }: Reciprocity): number {
  const reach = middle(pairs.map(({ from, to }) => to - from)) ?? 0;
  const each = middle(shots.flatMap((shot) => shot?.pairs ?? [])) ?? 0;
  if (reach === 0 || each === 0) return 0;
  const joints = Math.max(1, shots.length / reach);
  return 1.25 * (spreadOf(rest) ?? 0) * Math.sqrt(joints / each);
}

/** Shots that hang together by links, each list in the order in which one leads to the next. */
function groupsOf(links: readonly (readonly { readonly other: number }[])[]): number[][] {
  const seen = new Set<number>();
  return links.flatMap((_, start) => {
    if (seen.has(start) || links[start].length === 0) return [];
    const group = [start];
    seen.add(start);
    for (const shot of group)
      for (const { other } of links[shot])
        if (!seen.has(other)) {
          seen.add(other);
          group.push(other);
        }
    return [group];
  });
}
