/**
 * What is gained by leaving doubtful picks out: hit rate of the picks that are kept against the share of all traces that keep one,
 * as the least confidence rises (the risk–coverage curve of El-Yaniv & Wiener 2010, turned over).
 */

/** A trace that should be picked; without a confidence it has no pick. */
export interface JudgedTrace {
  readonly confidence: number | undefined;
  readonly hit: boolean;
}

export interface AbstentionPoint {
  /** Picks of at least this confidence are kept. */
  readonly confidence: number;
  /** Of all traces, those that keep a pick. */
  readonly coverage: number;
  /** Of the picks kept, those that hit. */
  readonly hitRate: number;
}

/** One point for each confidence that occurs, the surest picks first: coverage rises along the curve. */
export function abstention(traces: readonly JudgedTrace[]): readonly AbstentionPoint[] {
  const picked = traces.flatMap(({ confidence, hit }) => (confidence === undefined ? [] : [{ confidence, hit }]));
  picked.sort((a, b) => b.confidence - a.confidence);
  const curve: AbstentionPoint[] = [];
  let hits = 0;
  picked.forEach(({ confidence, hit }, i) => {
    if (hit) hits++;
    // Picks of one confidence are kept or left out together.
    if (picked[i + 1]?.confidence !== confidence)
      curve.push({ confidence, coverage: (i + 1) / traces.length, hitRate: hits / (i + 1) });
  });
  return curve;
}

/** The point of the least coverage that is at least `coverage`; undefined where so many traces have no pick. */
export const atCoverage = (curve: readonly AbstentionPoint[], coverage: number): AbstentionPoint | undefined =>
  curve.find((point) => point.coverage >= coverage);
