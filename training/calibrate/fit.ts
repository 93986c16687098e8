/**
 * The rising line that turns raw confidence into a chance, from picks of which it is known whether they hit: logistic scaling
 * (Platt 1999), chance = 1 / (1 + exp(−(a + b·logit(raw)))). Two numbers are what a handful of sites can tell; a free line would
 * learn these sites.
 */
import type { Calibration } from '#shared/picking/calibration.ts';

export interface Pair {
  /** 0–1, as the picker says it before any calibration. */
  readonly raw: number;
  /** Whether the pick lay within tolerance. */
  readonly hit: boolean;
  /** How much it counts. @default 1 */
  readonly weight?: number;
}

/** Raw confidence beyond the outermost of these says no more; between them the line is straight, within 0.015 of any likely curve. */
const RAW = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99] as const;
export const MOST_KNOTS = RAW.length;
/** Nothing is certain or hopeless. */
const [LEAST_CHANCE, MOST_CHANCE] = [0.001, 0.999] as const;

interface Logistic {
  /** 0: neither too sure nor too modest on the whole. */
  readonly a: number;
  /** 1: the odds are as said. */
  readonly b: number;
}
const RANGE_OF_A = [-10, 10] as const;
/** Above 0, as the surer pick is the better one. */
const RANGE_OF_B = [0.1, 4] as const;
/** Before anything is seen, a is 0 ± 1 and b is 1 ± 1. As traces of a site are alike, all pairs tell no more than this many. */
const MOST_TOLD = 1000;

/** No knots where there is nothing to fit: the raw confidence stands. */
export function fitCalibration(pairs: readonly Pair[]): Calibration {
  for (const { raw } of pairs)
    if (!(raw >= 0 && raw <= 1)) throw new RangeError(`expected a confidence from 0 to 1, found ${raw}`);
  const total = pairs.reduce((sum, { weight = 1 }) => sum + weight, 0);
  if (total === 0) return [];
  const { a, b } = likeliest(pairs, total);
  const knots = RAW.map((raw) => ({ raw, chance: rounded(within(logistic(a + b * logit(raw)))) }));
  // A calibration is level beyond its outermost knots anyway.
  return knots.filter(
    ({ chance }, i) =>
      !(chance === LEAST_CHANCE && knots[i + 1]?.chance === LEAST_CHANCE) &&
      !(chance === MOST_CHANCE && knots[i - 1]?.chance === MOST_CHANCE),
  );
}

/** The loss is convex in a and b: its slope in a rises, and so does its slope in b along the best a for each b. */
function likeliest(pairs: readonly Pair[], total: number): Logistic {
  const told = pairs.map(({ raw, hit, weight = 1 }) => ({
    logit: logit(Math.min(RAW[MOST_KNOTS - 1], Math.max(RAW[0], raw))),
    hit: hit ? 1 : 0,
    share: weight / total,
  }));
  const pull = 1 / Math.min(total, MOST_TOLD);
  const slopes = ({ a, b }: Logistic) => {
    let [inA, inB] = [pull * a, pull * (b - 1)];
    for (const { logit, hit, share } of told) {
      const excess = share * (logistic(a + b * logit) - hit);
      inA += excess;
      inB += excess * logit;
    }
    return { inA, inB };
  };
  const bestA = (b: number) => rootOf((a) => slopes({ a, b }).inA, RANGE_OF_A);
  const b = rootOf((b) => slopes({ a: bestA(b), b }).inB, RANGE_OF_B);
  return { a: bestA(b), b };
}

/** Where a rising function is 0, by halving; the end of the range that is nearer when it is 0 nowhere inside. */
function rootOf(rising: (x: number) => number, [from, to]: readonly [number, number]): number {
  let [below, above] = [from, to];
  while (above - below > 1e-6) {
    const middle = (below + above) / 2;
    if (rising(middle) < 0) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

const logistic = (z: number): number => 1 / (1 + Math.exp(-z));
const logit = (share: number): number => Math.log(share / (1 - share));
const within = (chance: number): number => Math.min(MOST_CHANCE, Math.max(LEAST_CHANCE, chance));
const rounded = (value: number): number => Number(value.toFixed(6));
