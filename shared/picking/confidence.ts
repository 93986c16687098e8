/** From what the picker saw to the chance that a pick is within a quarter of a period of a person's. */

export interface Evidence {
  /** Onset score at the ridge, in nepers of power. */
  readonly score: number;
  /** The same above the best score a period or more earlier: noise has none. */
  readonly lead: number;
  /** Mean lead of the trace and its neighbours. */
  readonly around: number;
  /** 0–1: how sharply the criterion points to the onset. */
  readonly sharp: number;
  /** Distance from the line through the neighbours, in periods. */
  readonly departure: number;
}

/** Fitted by logistic regression to picks on field, synthetic and pure-noise gathers, each set weighing the same. */
const WEIGHTS = { constant: -4.35, score: 0.56, lead: -0.39, around: 0.7, sharp: 2.86, departure: -2.63 };

export function confidence({ score, lead, around, sharp, departure }: Evidence): number {
  const z =
    WEIGHTS.constant +
    WEIGHTS.score * clamp(score, -1, 6) +
    WEIGHTS.lead * clamp(lead, -3, 6) +
    WEIGHTS.around * clamp(around, -3, 6) +
    WEIGHTS.sharp * sharp +
    WEIGHTS.departure * Math.min(departure, 1);
  return 1 / (1 + Math.exp(-z));
}

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

/** Below, a pick is no better than a guess. */
const HOPELESS = 0.12;
/** Most gathers of pure noise have a lower median; there a pick must stand out to be believed. */
const NOISE_MEDIAN = 0.26;
const OUTSTANDING = 0.45;

/** The least confidence at which a pick of a gather is kept. */
export const leastConfidence = (medianOfGather: number): number =>
  medianOfGather < NOISE_MEDIAN ? OUTSTANDING : HOPELESS;
