/** The middle of a list of numbers, and how far they lie from it, deaf to wild ones. */
import { select } from '../signal/selection.ts';

/** Of an even number of values, the upper; undefined for an empty list. */
export function middle(values: ArrayLike<number>): number | undefined {
  const { length } = values;
  if (length === 0) return undefined;
  if (room.length < length) room = new Float64Array(2 * length);
  for (let k = 0; k < length; k++) room[k] = values[k];
  return select(room, length >> 1, length);
}

/** Kept from call to call: there are hundreds a shot. */
let room = new Float64Array(256);

/** Median distance from the median, times what makes it the standard deviation of normal numbers; undefined for an empty list. */
export function spreadOf(values: readonly number[]): number | undefined {
  const centre = middle(values);
  return centre === undefined ? undefined : 1.4826 * middle(values.map((value) => Math.abs(value - centre)))!;
}
