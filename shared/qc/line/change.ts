/** What changed from one end of a line to the other, as a drift or as one step; a tenth of blunders does not move it. */
import { middle, spreadOf } from '../middle.ts';

export interface Change {
  readonly kind: 'drift' | 'step';
  /** From the first to the last value of a drift; height of a step. */
  readonly amount: number;
  /** Place of the first value after the step; 0 for a drift. */
  readonly at: number;
  /** Standard error of `amount`, from what the drift or step leaves. */
  readonly error: number;
}

/** More values than this are thinned before slopes of all pairs are taken. */
const MOST = 300;
/** Values to either side of a step. */
const SIDE = 3;

/**
 * The drift (median of all slopes, Theil 1950, Sen 1968) or the single step that leaves less of the values, whichever does;
 * undefined for less than twice `SIDE` values.
 */
export function changeOf(values: readonly (number | undefined)[]): Change | undefined {
  const known = values.flatMap((value, i) => (value === undefined ? [] : [{ i, value }]));
  const n = known.length;
  if (n < 2 * SIDE) return undefined;
  const slope = slopeOf(known);
  const level = middle(known.map(({ i, value }) => value - slope * i))!;
  const leftByDrift = known.map(({ i, value }) => value - slope * i - level);
  const { cut, before, after } = stepOf(known.map(({ value }) => value));
  const leftByStep = known.map(({ value }, k) => value - (k < cut ? before : after));
  if (size(leftByStep) < size(leftByDrift))
    return {
      kind: 'step',
      amount: after - before,
      at: known[cut].i,
      error: 1.25 * spreadOf(leftByStep)! * Math.sqrt(1 / cut + 1 / (n - cut)), // of two medians
    };
  const span = known[n - 1].i - known[0].i;
  return { kind: 'drift', amount: slope * span, at: 0, error: spreadOf(leftByDrift)! * Math.sqrt(12 / n) };
}

/** A change that is both larger than `limit` and no chance: three standard errors. */
export const isChange = (change: Change | undefined, limit: number): change is Change =>
  change !== undefined && Math.abs(change.amount) > limit && Math.abs(change.amount) > 3 * change.error;

const size = (rest: readonly number[]) => rest.reduce((sum, value) => sum + Math.abs(value), 0);

function slopeOf(known: readonly { readonly i: number; readonly value: number }[]): number {
  const stride = Math.ceil(known.length / MOST);
  const some = known.filter((_, k) => k % stride === 0);
  const slopes: number[] = [];
  for (let a = 0; a < some.length; a++)
    for (let b = a + 1; b < some.length; b++) slopes.push((some[b].value - some[a].value) / (some[b].i - some[a].i));
  return middle(slopes) ?? 0;
}

/** The cut between two levels that leaves least, looked for at no more than `MOST` places. */
function stepOf(values: readonly number[]): { cut: number; before: number; after: number } {
  let best = { cut: SIDE, before: 0, after: 0, left: Number.POSITIVE_INFINITY };
  const stride = Math.ceil(values.length / MOST);
  for (let cut = SIDE; cut <= values.length - SIDE; cut += stride) {
    const before = middle(values.slice(0, cut))!;
    const after = middle(values.slice(cut))!;
    const left = size(values.map((value, k) => value - (k < cut ? before : after)));
    if (left < best.left) best = { cut, before, after, left };
  }
  return best;
}
