/**
 * PyRefra's files (github.com/HZeyen/PyRefra, `data/traces.py` and `data/geometry.py`): `picks.dat` with one pick a line,
 * shot point, receiver point, time, earliest and latest time in seconds; `shots.geo` and `receivers.geo` with number, x, y
 * and z, positive downwards. Points are numbered from 1.
 */
import type { Position, Shot } from '../gather.ts';
import type { PickedShot } from '../picks.ts';
import { ms } from '../units.ts';
import { decimals } from './print.ts';
import type { Place, ReferencePick } from './reference-pick.ts';
import { hasColumns, type NumberRow, numberRows, rowsWith } from './text-table.ts';
import { uncertainty } from './uncertainty.ts';

export interface PyRefraFiles {
  readonly picks: string;
  readonly shots: string;
  readonly receivers: string;
}

export function writePyRefra(shots: readonly PickedShot[]): PyRefraFiles {
  const sourceNumber = numbering(
    shots.flatMap(({ shot }, i) => (shot.source ? [{ own: pointOf(shot, i), place: shot.source }] : [])),
  );
  const receiverNumber = numbering(
    shots.flatMap(({ shot }) =>
      shot.traces.flatMap(({ channel, receiver }) => (receiver ? [{ own: channel, place: receiver }] : [])),
    ),
  );
  const sources = new Map<number, Position>();
  const receivers = new Map<number, Position>();
  const lines = shots.flatMap(({ shot, picks }, i) => {
    const point = sourceNumber(pointOf(shot, i), shot.source);
    if (shot.source) sources.set(point, shot.source);
    return shot.traces.flatMap(({ channel, receiver }, row) => {
      const station = receiverNumber(channel, receiver);
      if (receiver) receivers.set(station, receiver);
      const pick = picks[row];
      if (pick.kind !== 'picked') return [];
      const error = uncertainty(pick.confidence, shot.sampleInterval);
      const times = [pick.time, pick.time - error, pick.time + error].map((time) => (time / 1000).toFixed(6));
      return [`${point} ${station} ${times.join(' ')}\n`];
    });
  });
  return { picks: lines.join(''), shots: geo(sources), receivers: geo(receivers) };
}

/** One line, or empty. */
export function pyRefraNote(shots: readonly PickedShot[]): string {
  const without = shots.filter(({ shot }) => !shot.source || shot.traces.some(({ receiver }) => !receiver)).length;
  return without > 0 ? `${without} of ${shots.length} shots have no geometry: the .geo files lack their points` : '';
}

/** PyRefra numbers shot points by SOURCE_STATION_NUMBER where the file has it, else by the number of the file. */
const pointOf = ({ sourcePoint, ffid }: Shot, i: number): number => sourcePoint ?? ffid ?? i + 1;

/**
 * The recorder's own numbers where each stands for one place. Where the spread moved, a number stands for several: places are
 * then numbered along the line.
 */
function numbering(
  points: readonly { readonly own: number; readonly place: Position }[],
): (own: number, place: Position | undefined) => number {
  const keyOf = ({ x, y, z }: Position) => [x, y, z].map((value) => decimals(value, 3)).join(' ');
  const placeOf = new Map<number, string>();
  const clash = points.some(({ own, place }) => {
    const key = keyOf(place);
    const first = placeOf.get(own) ?? key;
    placeOf.set(own, first);
    return first !== key;
  });
  if (!clash) return (own) => own;
  const places = new Map(points.map(({ place }) => [keyOf(place), place]));
  const sorted = [...places].sort(([, a], [, b]) => a.x - b.x || a.y - b.y || a.z - b.z);
  const numbers = new Map(sorted.map(([key], i) => [key, i + 1]));
  return (own, place) => (place ? numbers.get(keyOf(place))! : own);
}

const geo = (places: ReadonlyMap<number, Position>): string =>
  [...places]
    .sort(([a], [b]) => a - b)
    .map(([number, { x, y, z }]) => `${[number, ...[x, y, 0 - z].map((value) => decimals(value, 3))].join('\t')}\n`)
    .join('');

export const isPyRefra = (text: string): boolean => numberRows(text)?.every(isPick) ?? false;

const isPick = (row: NumberRow) => hasColumns([row], 5, [0, 1]) && row.values[3] <= row.values[4];

/**
 * `geometry`: the text of the two geometry files, where they are at hand.
 * @throws RecordError `malformed`
 */
export function readPyRefra(
  text: string,
  file = 'picks.dat',
  geometry: { readonly shots?: string; readonly receivers?: string } = {},
): ReferencePick[] {
  const sources = geometry.shots === undefined ? undefined : readGeo(geometry.shots, 'shots.geo');
  const receivers = geometry.receivers === undefined ? undefined : readGeo(geometry.receivers, 'receivers.geo');
  return rowsWith(file, text, 'shot point, receiver point, time, earliest, latest', isPick).map(({ values }) => {
    const [sourcePoint, channel, time, earliest, latest] = values;
    const [source, receiver] = [sources?.get(sourcePoint), receivers?.get(channel)];
    return {
      sourcePoint,
      channel,
      ...(source && { source }),
      ...(receiver && { receiver }),
      time: inMs(time),
      uncertainty: inMs((latest - earliest) / 2),
    };
  });
}

/** A fifth column, the component, may follow. */
function readGeo(text: string, file: string): ReadonlyMap<number, Place> {
  const numbers = text.replaceAll(/[A-Za-z]+[ \t]*$/gm, '');
  const rows = rowsWith(file, numbers, 'number, x, y and z', ({ values }) => values.length >= 4);
  return new Map(rows.map(({ values: [number, x, y, z] }) => [number, { x, y, z: 0 - z }]));
}

const inMs = (seconds: number) => ms(Number((seconds * 1000).toPrecision(12)));
