/**
 * Whether confidence means what it says: picks in bins of confidence, beside the share of them that hit. The expected calibration
 * error is the mean distance of the two, bins weighing by their picks (Guo et al. 2017, equation 3), here over ten equal bins.
 */

export const RELIABILITY_BINS = 10;

export interface JudgedPick {
  /** 0–1. */
  readonly confidence: number;
  readonly hit: boolean;
}

export interface ReliabilityBin {
  /** Confidences from here … */
  readonly from: number;
  /** … to below here; the last bin holds 1 as well. */
  readonly to: number;
  readonly picks: number;
  /** Means over the picks; undefined in an empty bin. */
  readonly confidence: number | undefined;
  readonly hitRate: number | undefined;
}

export interface Reliability {
  readonly bins: readonly ReliabilityBin[];
  /** undefined without picks. */
  readonly expectedError: number | undefined;
}

export function reliability(picks: readonly JudgedPick[], count = RELIABILITY_BINS): Reliability {
  const inside = Array.from({ length: count }, (): JudgedPick[] => []);
  for (const pick of picks) inside[Math.min(count - 1, Math.floor(pick.confidence * count))].push(pick);
  const bins = inside.map((members, k): ReliabilityBin => {
    const n = members.length;
    return {
      from: k / count,
      to: (k + 1) / count,
      picks: n,
      confidence: n === 0 ? undefined : members.reduce((sum, { confidence }) => sum + confidence, 0) / n,
      hitRate: n === 0 ? undefined : members.filter(({ hit }) => hit).length / n,
    };
  });
  return { bins, expectedError: expectedError(bins) };
}

/** Of bins, however they came together; undefined when they are empty. */
export function expectedError(bins: readonly ReliabilityBin[]): number | undefined {
  const filled = bins.filter(({ picks }) => picks > 0);
  const total = filled.reduce((sum, { picks }) => sum + picks, 0);
  const apart = filled.reduce(
    (sum, { picks, confidence, hitRate }) => sum + picks * Math.abs(confidence! - hitRate!),
    0,
  );
  return total === 0 ? undefined : apart / total;
}
