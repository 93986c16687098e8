/** All judgements of one shot, in the order in which their findings are listed; one judgement a file. */
import type { ShotFacts } from './facts.ts';
import type { Remark } from './finding.ts';
import type { Profile } from './profile.ts';
import { SHOT_JUDGES } from './shot/judges.ts';
import { TRACE_JUDGES } from './trace/judges.ts';

/** Says nothing where the data do not allow a judgement. */
export type Judge = (facts: ShotFacts, profile: Profile) => readonly Remark[];

export const JUDGES: readonly Judge[] = [...TRACE_JUDGES, ...SHOT_JUDGES];
