/** The middle of a list of numbers, and how far they lie from it, deaf to wild ones. */
import { median } from '../signal/period.ts';

/** undefined for an empty list. */
export const middle = (values: ArrayLike<number>): number | undefined =>
  values.length === 0 ? undefined : median(new Float64Array(values));

/** Median distance from the median, times what makes it the standard deviation of normal numbers; undefined for an empty list. */
export function spreadOf(values: readonly number[]): number | undefined {
  const centre = middle(values);
  return centre === undefined ? undefined : 1.4826 * middle(values.map((value) => Math.abs(value - centre)))!;
}
