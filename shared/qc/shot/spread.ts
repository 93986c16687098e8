/** Where source and receivers of a shot lie along the line of the receivers, as far as the file tells. */
import type { Position } from '../../gather.ts';
import { type Metres, metres } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import { middle } from '../middle.ts';
import { lineThrough, moveoutOf } from '../moveout/of-shot.ts';
import { wildRows } from '../moveout/suspects.ts';
import { remembered } from '../remembered.ts';

export interface Spread {
  /** Along the line from the stated source; undefined where it is not known. [row] */
  readonly at: readonly (Metres | undefined)[];
  /** Of the stated source beside the line. */
  readonly beside: Metres;
  /** Usual distance of neighbouring receivers. */
  readonly spacing: Metres;
  /** The coordinate along the line of any place, counted from the stated source; undefined where only offsets are known. */
  readonly along: ((place: Pick<Position, 'x' | 'y'>) => Metres) | undefined;
}

/** undefined: no geometry, or receivers over an area. */
export const spreadOf: (facts: ShotFacts) => Spread | undefined = remembered((facts) => {
  const { shot, seismic, distances } = facts;
  if (seismic.every((i) => distances[i] === undefined)) return undefined;
  const { source } = shot;
  const receivers = seismic.flatMap((i) => shot.traces[i].receiver ?? []);
  if (source === undefined || receivers.length < seismic.length) {
    const { sides } = moveoutOf(facts);
    const at = distances.map((distance, i) => (distance === undefined ? undefined : metres(sides[i] * distance)));
    const spacing = spacingOf(seismic.flatMap((i) => at[i] ?? []));
    return spacing === undefined ? undefined : { at, beside: metres(0), spacing, along: undefined };
  }
  const { along, length, width } = lineThrough(receivers);
  if (width > CROOKED * length) return undefined;
  const coordinate = (place: Pick<Position, 'x' | 'y'>) =>
    metres((place.x - source.x) * along.x + (place.y - source.y) * along.y);
  const across = (place: Position) => (place.y - source.y) * along.x - (place.x - source.x) * along.y;
  const at = shot.traces.map(({ receiver }) => receiver && coordinate(receiver));
  const spacing = spacingOf(seismic.flatMap((i) => at[i] ?? []));
  if (spacing === undefined) return undefined;
  const beside = metres(Math.abs(middle(receivers.map(across)) ?? 0));
  return { at, beside, spacing, along: coordinate };
});

/** Receivers this far off a straight line, as a share of its length, have no place along it. */
const CROOKED = 0.1;

function spacingOf(at: readonly Metres[]): Metres | undefined {
  const sorted = at.toSorted((a, b) => a - b);
  const gaps = sorted.slice(1).flatMap((x, i) => (x - sorted[i] > 1e-6 ? [x - sorted[i]] : []));
  const spacing = middle(gaps);
  return spacing === undefined ? undefined : metres(spacing);
}

export interface PlacedPick {
  readonly row: number;
  /** Along the line from the stated source. */
  readonly at: Metres;
  readonly time: number;
}

/** Doubtful picks in a shot: with more of them the others prove nothing either. */
const MOST_DOUBTFUL = 1 / 3;
const DOUBTFUL = 0.5;

/** Of the root mean square before a break: with less behind it, noise is the larger part of what was picked. */
const LEAST_RISE = Math.SQRT2;

/** Whether the picks of the shot can speak against what the file says. */
export function picksSpeak({ live, picks, breakLevels }: ShotFacts): boolean {
  let [picked, doubtful] = [0, 0];
  for (const i of live) {
    const pick = picks[i];
    if (pick.kind === 'skipped') continue;
    picked++;
    const level = breakLevels[i];
    const drowned = level?.noise !== undefined && level.signal < LEAST_RISE * level.noise;
    if (drowned || pick.confidence < DOUBTFUL) doubtful++;
  }
  return picked >= live.length / 2 && doubtful <= MOST_DOUBTFUL * picked;
}

/** Picks by place along the line, those off their neighbours left out; none where they are doubtful. */
export const placedPicks: (facts: ShotFacts) => readonly PlacedPick[] = remembered((facts) => {
  const spread = spreadOf(facts);
  if (!spread || !picksSpeak(facts)) return [];
  const wild = wildRows(facts);
  return facts.live
    .flatMap((row): PlacedPick[] => {
      const [at, time] = [spread.at[row], facts.times[row]];
      return at === undefined || time === undefined || wild.has(row) ? [] : [{ row, at, time }];
    })
    .sort((a, b) => a.at - b.at);
});
