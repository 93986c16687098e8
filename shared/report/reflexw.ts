/**
 * Picks in the ASCII columns of ReflexW (Sandmeier), as its files show them: position of the trace, time in ms, shot x and y,
 * a column that is 0, receiver x and y, between tabs. Shots follow one another.
 */
import type { PickedShot } from '../picks.ts';
import { ms } from '../units.ts';
import { raysOf } from './picked-rays.ts';
import type { ReferencePick } from './reference-pick.ts';
import { hasColumns, type NumberRow, numberRows, rowsWith } from './text-table.ts';

export const writeReflexw = (shots: readonly PickedShot[]): string =>
  raysOf(shots)
    .rays.map(({ source, receiver, time }) => [receiver.x, time, source.x, source.y, 0, receiver.x, receiver.y])
    .map((row) => `${row.map((value) => value.toFixed(6).padStart(14)).join('\t')}\r\n`)
    .join('');

const isPick = (row: NumberRow) => hasColumns([row], 7);

export const isReflexw = (text: string): boolean => numberRows(text)?.every(isPick) ?? false;

/** @throws RecordError `malformed` */
export const readReflexw = (text: string, file = 'picks'): ReferencePick[] =>
  rowsWith(file, text, 'position, time, shot x and y, 0, receiver x and y', isPick).map(
    ({ values: [, time, sourceX, sourceY, , receiverX, receiverY] }) => ({
      source: { x: sourceX, y: sourceY },
      receiver: { x: receiverX, y: receiverY },
      time: ms(time),
    }),
  );
