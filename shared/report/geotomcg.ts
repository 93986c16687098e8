/**
 * Rays of GeoTomCG and TomTime (`.3dd`; GeoTom LLC, TomTime instructions, "Quick start"): an identifier, source x y z,
 * receiver x y z, time in ms, and sometimes an amplitude.
 */
import type { PickedShot } from '../picks.ts';
import { ms } from '../units.ts';
import { raysOf } from './picked-rays.ts';
import { decimals } from './print.ts';
import type { ReferencePick } from './reference-pick.ts';
import { hasColumns, type NumberRow, numberRows, rowsWith } from './text-table.ts';

export const writeGeoTomCg = (shots: readonly PickedShot[]): string =>
  raysOf(shots)
    .rays.map(({ source, receiver, time }, i) => {
      const places = [source, receiver].flatMap(({ x, y, z }) => [x, y, z]).map((value) => decimals(value, 3));
      return `${[i + 1, ...places, decimals(time, 4)].join(' ')}\n`;
    })
    .join('');

const isRay = (row: NumberRow) => hasColumns([row], 8, [0]) || hasColumns([row], 9, [0]);

export const isGeoTomCg = (text: string): boolean => numberRows(text)?.every(isRay) ?? false;

/** @throws RecordError `malformed` */
export const readGeoTomCg = (text: string, file = 'picks'): ReferencePick[] =>
  rowsWith(file, text, 'identifier, source x y z, receiver x y z and time', isRay).map(
    ({ values: [, sx, sy, sz, rx, ry, rz, time] }) => ({
      source: { x: sx, y: sy, z: sz },
      receiver: { x: rx, y: ry, z: rz },
      time: ms(time),
    }),
  );
