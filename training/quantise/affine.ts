/**
 * Numbers as 8-bit integers: q = round(x / scale) + zero, within −128 … 127 (Jacob et al. 2018, section 2.1). How far a
 * range reaches is chosen from samples of what flows through: all of it, most of it, or what keeps the squared error least.
 */

export interface Affine {
  readonly scale: number;
  readonly zero: number;
}

const LEAST = -128;
const MOST = 127;

export interface Range {
  readonly least: number;
  readonly most: number;
}

/** Zero is met exactly: padding is zero, and so is much of what a rectifier lets through. */
export function affineOf({ least, most }: Range): Affine {
  const [low, high] = [Math.min(0, least), Math.max(0, most)];
  const scale = Math.fround(Math.max(high - low, 1e-8) / (MOST - LEAST));
  return { scale, zero: Math.max(LEAST, Math.min(MOST, Math.round(LEAST - low / scale))) };
}

/** What a number is after it was an integer. */
export function rounded(x: number, { scale, zero }: Affine): number {
  const q = Math.max(LEAST, Math.min(MOST, Math.round(x / scale) + zero));
  return (q - zero) * scale;
}

/** What was seen of a value: its extremes, and some of its numbers in rising order. */
export interface Seen extends Range {
  readonly sorted: Float32Array;
}

/** Ways to choose a range. */
export const RANGE_WAYS = ['extremes', 'percentile', 'squared error'] as const;
export type RangeWay = (typeof RANGE_WAYS)[number];

/** Share of the numbers beyond the range on either side, by percentile. */
const CUT = 5e-5;
/** Shares of the extremes that are tried for the least squared error. */
const TRIED = Array.from({ length: 24 }, (_, i) => 1 - i / 30);

export function rangeOf({ least, most, sorted }: Seen, way: RangeWay): Range {
  if (way === 'extremes' || sorted.length === 0) return { least, most };
  if (way === 'percentile') {
    const out = Math.floor(CUT * sorted.length);
    return { least: sorted[out], most: sorted[sorted.length - 1 - out] };
  }
  const candidates = TRIED.map((share): Range => ({ least: least * share, most: most * share }));
  const errors = candidates.map((range) => squaredError(sorted, affineOf(range)));
  return candidates[errors.indexOf(Math.min(...errors))];
}

/** Mean over the samples. */
export function squaredError(values: Float32Array, affine: Affine): number {
  let sum = 0;
  for (const x of values) sum += (x - rounded(x, affine)) ** 2;
  return sum / Math.max(1, values.length);
}
