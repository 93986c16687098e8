/**
 * What a picker's own confidence is worth: a rising line of straight pieces from raw confidence to the chance that the pick lies
 * within tolerance of a person's. Fitted after the training (`firstbreak train calibrate`) and kept in the model's manifest.
 */

/** Knots in rising order of `raw`, both numbers 0–1; `chance` rises from knot to knot. */
export type Calibration = readonly { readonly raw: number; readonly chance: number }[];

/** The chance that belongs to `raw`: straight between knots, level outside them; `raw` itself where there is no calibration. */
export function calibrated(calibration: Calibration | undefined, raw: number): number {
  if (calibration === undefined || calibration.length === 0) return raw;
  const above = calibration.findIndex((knot) => knot.raw > raw);
  if (above === 0) return calibration[0].chance;
  if (above < 0) return calibration[calibration.length - 1].chance;
  const [a, b] = [calibration[above - 1], calibration[above]];
  return a.chance + ((b.chance - a.chance) * (raw - a.raw)) / (b.raw - a.raw);
}
