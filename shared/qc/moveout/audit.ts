/** Picks of people or other programs, looked at as those of the picker are. */
import type { TimedShot } from '../../gather.ts';
import type { Pick } from '../../picks.ts';
import { type FactsOptions, factsOf } from '../facts.ts';
import { PROFILES, type Profile } from '../profile.ts';
import { type SuspectPick, suspectsOf } from './suspects.ts';

/** `picks[i]` belongs to `shot.traces[i]`; they may be a person's. None is changed. */
export const auditPicks = (
  shot: TimedShot,
  picks: readonly Pick[],
  { profile = PROFILES.refraction, ...options }: FactsOptions & { readonly profile?: Profile } = {},
): readonly SuspectPick[] => suspectsOf(factsOf(shot, picks, options), profile);
