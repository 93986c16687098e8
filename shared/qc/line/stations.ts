/** The receivers of a line: which traces of different shots stood at the same place, or, without geometry, on the same channel. */
import type { Position } from '../../gather.ts';
import type { Metres } from '../../units.ts';
import { middle } from '../middle.ts';
import { lineThrough } from '../moveout/of-shot.ts';
import type { ShotSummary, Station, TraceSummary } from './summary.ts';

export interface Stations {
  /** Along the line; without geometry by channel. */
  readonly list: readonly Station[];
  /** `of[shot][k]` is the place in `list` of `shots[shot].traces[k]`; undefined where the shot lacks the geometry of the others. */
  readonly of: readonly (readonly (number | undefined)[])[];
  readonly by: 'place' | 'channel';
  /** Usual distance between neighbouring receivers. */
  readonly spacing: Metres | undefined;
}

/** Receivers closer than this share of the spacing are one. */
const SAME = 0.25;

export function stationsOf(shots: readonly ShotSummary[]): Stations {
  const surveyed = shots.map(({ traces }) => isSurveyed(traces));
  const spacing = middle(shots.flatMap(({ traces }, i) => (surveyed[i] ? (spacingOf(traces) ?? []) : [])));
  if (spacing === undefined || surveyed.filter(Boolean).length * 2 < shots.length) return byChannel(shots);
  const cell = SAME * spacing;
  const places = new Map<string, { readonly at: Position; readonly channels: Set<number> }>();
  const keys = shots.map(({ traces }, i) =>
    traces.map(({ receiver, channel }) => {
      if (!surveyed[i] || !receiver) return undefined;
      const key = cellKey(receiver, cell);
      const known = places.get(key);
      if (known) known.channels.add(channel);
      else places.set(key, { at: receiver, channels: new Set([channel]) });
      return key;
    }),
  );
  const along = axisOf([...places.values()].map(({ at }) => at));
  const order = [...places].sort(([, a], [, b]) => along(a.at) - along(b.at));
  const index = new Map(order.map(([key], i) => [key, i]));
  return {
    list: order.map(([, { at, channels }]) => (channels.size === 1 ? { at, channel: [...channels][0] } : { at })),
    of: keys.map((row) => row.map((key) => (key === undefined ? undefined : index.get(key)))),
    by: 'place',
    spacing: spacing as Metres,
  };
}

function byChannel(shots: readonly ShotSummary[]): Stations {
  const channels = [...new Set(shots.flatMap(({ traces }) => traces.map(({ channel }) => channel)))].sort(
    (a, b) => a - b,
  );
  const index = new Map(channels.map((channel, i) => [channel, i]));
  return {
    list: channels.map((channel) => ({ channel })),
    of: shots.map(({ traces }) => traces.map(({ channel }) => index.get(channel))),
    by: 'channel',
    spacing: undefined,
  };
}

/** Headers that were never filled in say the same place for every receiver. */
function isSurveyed(traces: readonly TraceSummary[]): boolean {
  const places = new Set(traces.flatMap(({ receiver }) => (receiver ? [`${receiver.x} ${receiver.y}`] : [])));
  return places.size > 1 && 2 * places.size >= traces.length;
}

const spacingOf = (traces: readonly TraceSummary[]): number | undefined =>
  middle(
    traces.slice(1).flatMap(({ receiver }, i) => {
      const before = traces[i].receiver;
      const step = receiver && before ? distanceBetween(before, receiver) : 0;
      return step > 0 ? [step] : [];
    }),
  );

export const distanceBetween = (a: Position, b: Position): number => Math.hypot(a.x - b.x, a.y - b.y);

export const cellKey = ({ x, y }: Position, cell: number): string => `${Math.round(x / cell)} ${Math.round(y / cell)}`;

/** Place along the longest direction of the places. */
function axisOf(places: readonly Position[]): (at: Position) => number {
  const { along } = lineThrough(places);
  return ({ x, y }) => x * along.x + y * along.y;
}

/** `channel 5`, `receiver at 24 m`, `channel 5 at 24, 3 m`. */
export function stationWords({ channel, at }: Station): string {
  const number = (value: number) => String(Math.round(value * 10) / 10);
  const place = at && (at.y === 0 ? `at ${number(at.x)} m` : `at ${number(at.x)}, ${number(at.y)} m`);
  const who = channel === undefined ? 'receiver' : `channel ${channel}`;
  return place ? `${who} ${place}` : who;
}
