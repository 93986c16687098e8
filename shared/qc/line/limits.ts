/** Thresholds on lines of many shots. */
import type { LimitTable } from '../limit.ts';

export const LINE_LIMITS = {} as const satisfies LimitTable;
