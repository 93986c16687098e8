/** From what the network saw to how far its pick is to be trusted; a model's own calibration comes after it. */

export interface NeuralEvidence {
  /** Probability of the trace's first break within a quarter of a period of the pick. */
  readonly mass: number;
  /** Mean over the gather of mass × chance that there is a first break at all. */
  readonly gather: number;
  /** Confidence of the classical picker in its own pick. */
  readonly trust: number;
}

/** Fitted by logistic regression to hits and misses on field and synthetic gathers, each set weighing the same. */
const WEIGHTS = { constant: -0.25, mass: 0.45, gather: 0.39, trust: 0.29 };

export function neuralConfidence({ mass, gather, trust }: NeuralEvidence): number {
  const z =
    WEIGHTS.constant + WEIGHTS.mass * logOdds(mass) + WEIGHTS.gather * logOdds(gather) + WEIGHTS.trust * logOdds(trust);
  return 1 / (1 + Math.exp(-z));
}

/** Probabilities beyond these say no more. */
const LEAST = 0.01;
function logOdds(p: number): number {
  const kept = Math.min(1 - LEAST, Math.max(LEAST, p));
  return Math.log(kept / (1 - kept));
}
