/**
 * What a picker's own confidence is worth: a rising line of straight pieces from raw confidence to the chance that the pick lies
 * within tolerance of a person's. Fitted after the training (`firstbreak train calibrate`) and kept in the model's manifest.
 */
import { RecordError } from '../errors.ts';

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

const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

/**
 * Knots as a file gives them.
 * @throws RecordError `malformed` when they are no shares, or do not rise
 */
export function readCalibration(value: unknown, file: string): Calibration {
  const knots: readonly Partial<Calibration[number]>[] = Array.isArray(value) ? value : [];
  if (!Array.isArray(value) || !knots.every((knot) => isShare(knot?.raw) && isShare(knot?.chance)))
    throw new RecordError('malformed', file, 'expected calibration as a list of {raw, chance} from 0 to 1');
  const fall = knots.findIndex(
    (knot, i) => i > 0 && !(knot.raw! > knots[i - 1].raw! && knot.chance! > knots[i - 1].chance!),
  );
  if (fall > 0)
    throw new RecordError(
      'malformed',
      file,
      `expected a calibration that rises, found ${JSON.stringify(knots[fall])} after ${JSON.stringify(knots[fall - 1])}`,
    );
  return knots as Calibration;
}
