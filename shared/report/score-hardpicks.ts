/**
 * The metrics of the hardpicks benchmark (St-Charles et al. 2021, mila-iqia/hardpicks, `metrics/fbp/evaluator.py`), so that
 * figures can be laid beside its tables. Its own rules: whole sample indices ("pixels"), every labelled trace counts, and
 * a trace without a prediction counts as predicted at index 0, which also weighs on the mean errors.
 */

export interface PixelError {
  /** Whole sample index; undefined when it cannot be told. Not above 0: the trace has no label. */
  readonly target: number | undefined;
  /** Whole sample index; 0: no prediction. */
  readonly prediction: number | undefined;
}

/** Names as hardpicks prints them; errors in samples. */
export interface PixelScore {
  readonly labelled: number;
  readonly HitRate1px: number;
  readonly HitRate3px: number;
  readonly HitRate5px: number;
  readonly HitRate7px: number;
  readonly HitRate9px: number;
  readonly MeanAbsoluteError: number;
  readonly RootMeanSquaredError: number;
  readonly MeanBiasError: number;
  readonly GatherCoverage: number;
}

/** A fractional sample as an index: rounded down, but the first sample counts as 1 because 0 means "none". */
export const pixelIndex = (sample: number): number => (sample > 0 && sample <= 1 ? 1 : Math.floor(sample));

/** undefined when there is no labelled trace, or when an index of one cannot be told. */
export function pixelScore(traces: readonly PixelError[]): PixelScore | undefined {
  if (traces.some(({ target, prediction }) => target === undefined || prediction === undefined)) return undefined;
  const labelled = (traces as readonly Required<{ target: number; prediction: number }>[]).filter(
    ({ target }) => target > 0,
  );
  const n = labelled.length;
  if (n === 0) return undefined;
  const errors = labelled.map(({ target, prediction }) => prediction - target);
  const share = (holds: (error: number) => boolean) => errors.filter(holds).length / n;
  const mean = (of: (error: number) => number) => errors.reduce((total, error) => total + of(error), 0) / n;
  return {
    labelled: n,
    HitRate1px: share((error) => Math.abs(error) < 1),
    HitRate3px: share((error) => Math.abs(error) < 3),
    HitRate5px: share((error) => Math.abs(error) < 5),
    HitRate7px: share((error) => Math.abs(error) < 7),
    HitRate9px: share((error) => Math.abs(error) < 9),
    MeanAbsoluteError: mean(Math.abs),
    RootMeanSquaredError: Math.sqrt(mean((error) => error * error)),
    MeanBiasError: mean((error) => error),
    GatherCoverage: labelled.filter(({ prediction }) => prediction > 0).length / n,
  };
}
