/**
 * Standard error of a pick, which tomography programs weigh data by. People who pick the same clean shot differ by 1 ms in
 * 68 % of the traces, so no pick is better than that or than one sample; a doubtful one is worse as its confidence is lower.
 */
import { type Milliseconds, ms } from '../units.ts';

const BEST = ms(1);
/** Below this the error stops growing: at ten times the best a pick hardly counts. */
const LEAST_CONFIDENCE = 0.1;

export const uncertainty = (confidence: number, interval: Milliseconds | undefined): Milliseconds =>
  ms(Math.max(BEST, interval ?? 0) / Math.max(LEAST_CONFIDENCE, Math.min(1, confidence)));
