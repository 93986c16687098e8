/** Judgements of whole shots, in the order in which their findings are listed. */
import type { Judge } from '../judges.ts';

export const SHOT_JUDGES: readonly Judge[] = [];
