/** From what the picker saw to the chance that a pick is within a quarter of a period of a person's. */

export interface Evidence {
  /** Onset score at the ridge, in nepers of power. */
  readonly ratio: number;
  /** 0–1: how sharply the criterion points to the onset. */
  readonly sharp: number;
  /** Distance from the neighbours' running median, in periods. */
  readonly departure: number;
}

/** Logistic model. */
export function confidence({ ratio, sharp, departure }: Evidence): number {
  const z = -1.5 + 0.6 * ratio + 1.5 * sharp - 2 * Math.min(departure, 2);
  return 1 / (1 + Math.exp(-z));
}
