/** Judgements of a shot as a whole, in the order in which their findings are listed. */
import type { Judge } from '../judges.ts';
import { suspectPicks } from './suspect-picks.ts';

export const SHOT_JUDGES: readonly Judge[] = [suspectPicks];
