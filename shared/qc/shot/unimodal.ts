/**
 * Where along a line times turn from falling to rising: the split with the least squares misfit of falling times before it and rising
 * ones behind it (unimodal regression by pooling violators: Stout 2008, "Unimodal regression via prefix isotonic regression").
 * Whatever the ground, a first break comes later farther from the source, so the turn is where the source is.
 */

export interface Turn {
  /** Times before this place fall, those from it on rise: 0 … n. */
  readonly at: number;
  /** Root mean square misfit there, in the unit of the times. */
  readonly misfit: number;
  /** The misfit of any split. */
  readonly misfitAt: readonly number[];
}

export function turnOf(times: readonly number[]): Turn {
  const n = times.length;
  const falling = prefixMisfit(times.map((time) => -time));
  const rising = prefixMisfit(times.toReversed().map((time) => -time)).toReversed();
  const misfitAt = Array.from({ length: n + 1 }, (_, k) => Math.sqrt((falling[k] + rising[k]) / Math.max(1, n)));
  const misfit = Math.min(...misfitAt);
  // Of equal splits the middle one: a turn between two picks has two.
  const best = misfitAt.flatMap((value, k) => (value <= misfit * (1 + 1e-9) + 1e-9 ? [k] : []));
  return { at: best[best.length >> 1], misfit, misfitAt };
}

/** Sum of squares that rising values leave of the first k, k from 0 to n. */
function prefixMisfit(values: readonly number[]): number[] {
  const blocks: { sum: number; count: number; square: number }[] = [];
  const misfits = [0];
  let total = 0;
  const rest = ({ sum, count, square }: (typeof blocks)[number]) => square - (sum * sum) / count;
  for (const value of values) {
    let block = { sum: value, count: 1, square: value * value };
    for (let last = blocks.at(-1); last && last.sum / last.count >= block.sum / block.count; last = blocks.at(-1)) {
      blocks.pop();
      total -= rest(last);
      block = { sum: last.sum + block.sum, count: last.count + block.count, square: last.square + block.square };
    }
    total += rest(block);
    blocks.push(block);
    misfits.push(Math.max(0, total));
  }
  return misfits;
}
