/** Thresholds on whole shots. */
import type { LimitTable } from '../limit.ts';

export const SHOT_LIMITS = {} as const satisfies LimitTable;
