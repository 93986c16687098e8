/**
 * PyRefra's files (github.com/HZeyen/PyRefra, `data/traces.py` and `data/geometry.py`): `picks.dat` with one pick a line,
 * shot point, receiver point, time, earliest and latest time in seconds; `shots.geo` and `receivers.geo` with number, x, y
 * and z, positive downwards. Points are numbered from 1.
 */
import type { Position } from '../gather.ts';
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
  const sources = new Map<number, Position>();
  const receivers = new Map<number, Position>();
  const lines = shots.flatMap((picked, i) => {
    const { shot, picks } = picked;
    const point = pointOf(picked, i);
    if (shot.source) sources.set(point, shot.source);
    return shot.traces.flatMap((trace, row) => {
      if (trace.receiver) receivers.set(trace.channel, trace.receiver);
      const pick = picks[row];
      if (pick.kind !== 'picked') return [];
      const error = uncertainty(pick.confidence, shot.sampleInterval);
      const times = [pick.time, pick.time - error, pick.time + error].map((time) => (time / 1000).toFixed(6));
      return [`${point} ${trace.channel} ${times.join(' ')}\n`];
    });
  });
  return { picks: lines.join(''), shots: geo(sources), receivers: geo(receivers) };
}

/** PyRefra numbers shot points by SOURCE_STATION_NUMBER where the file has it, else by the number of the file. */
const pointOf = ({ shot }: PickedShot, i: number): number => shot.sourcePoint ?? shot.ffid ?? i + 1;

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
