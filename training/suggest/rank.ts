/**
 * Which gathers to label next: those that stand for many others which no labelled one resembles, the doubtful ones first.
 * Greedy: each choice lowers the distance of all gathers to their nearest labelled one the most, gathers weighing by doubt
 * (greedy k-medoids; weighed by doubt as in Sener and Savarese 2018 and Ash et al. 2020, who join coverage and uncertainty).
 */
import type { Doubt } from './doubt.ts';

export interface Candidate {
  /** See `codeOf`; undefined: nothing to be seen, and nothing to be learnt. */
  readonly code: Float32Array | undefined;
  readonly doubt: Doubt;
  /** Has labels already. */
  readonly labelled: boolean;
}

export interface Choice {
  /** In the list of candidates. */
  readonly at: number;
  /** Gathers nearer to it than to any labelled or chosen before, itself left out. */
  readonly stands: number;
  /** To the nearest one that was labelled or chosen before, where 1 is the mean distance of two gathers. */
  readonly distance: number | undefined;
}

/** What a gather weighs that the picker is sure of; one that it knows nothing of weighs 1 more. */
const SURE = 0.25;

export function ranked(candidates: readonly Candidate[], count: number): readonly Choice[] {
  const open = candidates.flatMap(({ code }, at) => (code ? [{ at, code }] : []));
  const between = distances(open.map(({ code }) => code));
  const weights = open.map(
    ({ at }) => SURE + (candidates[at].doubt.uncertainty + candidates[at].doubt.disagreement) / 2,
  );
  const nearest = open.map(() => Number.POSITIVE_INFINITY);
  const take = (i: number) => {
    for (const j of open.keys()) nearest[j] = Math.min(nearest[j], between[i][j]);
  };
  const left = new Set(open.keys());
  open.forEach(({ at }, i) => {
    if (!candidates[at].labelled) return;
    take(i);
    left.delete(i);
  });
  const chosen: Choice[] = [];
  while (chosen.length < count && left.size > 0) {
    let best = { i: -1, cost: Number.POSITIVE_INFINITY };
    for (const i of left) {
      const cost = weights.reduce((sum, weight, j) => sum + weight * Math.min(nearest[j], between[i][j]), 0);
      if (cost < best.cost) best = { i, cost };
    }
    const { i } = best;
    chosen.push({
      at: open[i].at,
      stands: nearest.filter((distance, j) => j !== i && between[i][j] < distance).length,
      distance: Number.isFinite(nearest[i]) ? nearest[i] : undefined,
    });
    take(i);
    left.delete(i);
  }
  return chosen;
}

/** Between all pairs, each number of the codes scaled to spread 1, their mean 1. */
function distances(codes: readonly Float32Array[]): readonly Float64Array[] {
  const size = codes[0]?.length ?? 0;
  const spread = Float64Array.from({ length: size }, (_, k) => {
    const mean = codes.reduce((sum, code) => sum + code[k], 0) / codes.length;
    return Math.sqrt(codes.reduce((sum, code) => sum + (code[k] - mean) ** 2, 0) / codes.length);
  });
  const raw = codes.map((a) =>
    Float64Array.from(codes, (b) =>
      Math.sqrt(a.reduce((sum, value, k) => sum + (spread[k] > 0 ? ((value - b[k]) / spread[k]) ** 2 : 0), 0)),
    ),
  );
  const total = raw.reduce((sum, row) => sum + row.reduce((part, value) => part + value, 0), 0);
  const mean = total / Math.max(1, codes.length * (codes.length - 1)) || 1;
  return raw.map((row) => row.map((value) => value / mean));
}
