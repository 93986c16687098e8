/**
 * The rising line that turns raw confidence into a chance, from picks of which it is known whether they hit: isotonic regression
 * by pooling adjacent violators (Barlow et al. 1972), each pooled block a knot at its centre (centred isotonic regression, Oron &
 * Flournoy 2017), then as few knots as describe it.
 */
import { type Calibration, calibrated } from '#shared/picking/calibration.ts';

export interface Pair {
  /** 0–1, as the picker says it before any calibration. */
  readonly raw: number;
  /** Whether the pick lay within tolerance. */
  readonly hit: boolean;
  /** How much it counts. @default 1 */
  readonly weight?: number;
}

export const MOST_KNOTS = 16;
/** Added to every block, as picks that hit as often as all do: few picks say little. */
const PRIOR = 2;
/** Nothing is certain or hopeless: chances stay within this and one less this. */
const MARGIN = 0.005;
/** Share of the raw confidence in the result, so that it rises where the regression is level. */
const SLOPE = 0.01;
/** Pairs of about the same raw confidence are taken together first. */
const CELLS = 512;

/** No knots where there is nothing to fit: the raw confidence stands. */
export function fitCalibration(pairs: readonly Pair[]): Calibration {
  const blocks = blocksOf(pairs);
  if (blocks.length === 0) return [];
  const overall =
    blocks.reduce((sum, block) => sum + block.hits, 0) / blocks.reduce((sum, { weight }) => sum + weight, 0);
  // Drawing small blocks to the middle may turn the order of neighbours round: they are pooled again.
  const smooth = pooled(
    pooled(blocks).map((block) => {
      const trust = block.count / (block.count + PRIOR);
      return { ...block, hits: block.weight * (trust * (block.hits / block.weight) + (1 - trust) * overall) };
    }),
  );
  const knots = smooth.map((block) => ({ raw: block.raw, chance: block.hits / block.weight, weight: block.weight }));
  // Level beyond the outermost blocks.
  const [first, last] = [knots[0], knots[knots.length - 1]];
  const near = 0.5 / CELLS;
  const ends = [{ ...first, raw: 0 }, ...knots.filter(({ raw }) => raw > near && raw < 1 - near), { ...last, raw: 1 }];
  return thinned(ends).map(({ raw, chance }) => ({
    raw: rounded(raw),
    chance: rounded(MARGIN + (1 - 2 * MARGIN) * ((1 - SLOPE) * chance + SLOPE * raw)),
  }));
}

interface Block {
  /** Weighted mean. */
  readonly raw: number;
  readonly weight: number;
  /** Weight of those that hit. */
  readonly hits: number;
  /** Pairs in it, by number. */
  readonly count: number;
}

/** One block a cell of raw confidence. */
function blocksOf(pairs: readonly Pair[]): readonly Block[] {
  const cells = new Map<number, Pair[]>();
  for (const pair of pairs) {
    if (!(pair.raw >= 0 && pair.raw <= 1)) throw new RangeError(`expected a confidence from 0 to 1, found ${pair.raw}`);
    const cell = Math.round(pair.raw * CELLS);
    const inside = cells.get(cell);
    if (inside) inside.push(pair);
    else cells.set(cell, [pair]);
  }
  return [...cells]
    .sort(([a], [b]) => a - b)
    .map(([cell, inside]) =>
      inside
        .map(({ hit, weight = 1 }) => ({ raw: cell / CELLS, weight, hits: hit ? weight : 0, count: 1 }))
        .reduce(together),
    );
}

function together(a: Block, b: Block): Block {
  const weight = a.weight + b.weight;
  return {
    raw: (a.raw * a.weight + b.raw * b.weight) / weight,
    weight,
    hits: a.hits + b.hits,
    count: a.count + b.count,
  };
}

/** Neighbours whose chances do not rise become one block. */
function pooled(blocks: readonly Block[]): readonly Block[] {
  const done: Block[] = [];
  for (const block of blocks) {
    done.push(block);
    while (done.length > 1) {
      const [a, b] = done.slice(-2);
      if (a.hits / a.weight < b.hits / b.weight) break;
      done.splice(-2, 2, together(a, b));
    }
  }
  return done;
}

interface Knot {
  readonly raw: number;
  readonly chance: number;
  readonly weight: number;
}

/** Inner knots go, the least missed one first, until few enough are left. */
function thinned(knots: readonly Knot[]): readonly Knot[] {
  const left = [...knots];
  while (left.length > MOST_KNOTS) {
    const missed = left.map((knot, i) =>
      i === 0 || i === left.length - 1
        ? Number.POSITIVE_INFINITY
        : knot.weight * Math.abs(knot.chance - calibrated([left[i - 1], left[i + 1]], knot.raw)),
    );
    left.splice(missed.indexOf(Math.min(...missed)), 1);
  }
  return left;
}

const rounded = (value: number) => Number(value.toFixed(6));
