/** The verdict on a shot: the worst of what its judges find, in one sentence. */
import type { TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { type FactsOptions, factsOf, type ShotFacts } from './facts.ts';
import { type Finding, type Judgement, type Remark, type Verdict, verdictOf, worst } from './finding.ts';
import { JUDGES } from './judges.ts';
import { PROFILES, type Profile } from './profile.ts';

export interface JudgeOptions extends FactsOptions {
  /** @default PROFILES.refraction */
  readonly profile?: Profile;
}

/** `picks[i]` belongs to `shot.traces[i]`. */
export const judgeShot = (shot: TimedShot, picks: readonly Pick[], options: JudgeOptions = {}): Judgement =>
  judgeFacts(factsOf(shot, picks, options), options.profile);

export function judgeFacts(facts: ShotFacts, profile: Profile = PROFILES.refraction): Judgement {
  const remarks = unexplained(JUDGES.flatMap((judge) => judge(facts, profile)));
  const verdict = worst(remarks.map(({ severity }) => verdictOf(severity)));
  return { verdict, reason: reasonFor(verdict, remarks, facts), findings: remarks.map(findingOf) };
}

/** What follows from a fault and would be blamed on something else: channels out of order look like a source out of place. */
const EXPLAINS: Readonly<Record<string, readonly string[]>> = {
  'shifted-traces': ['source-position-error', 'reversed-traces', 'swapped-traces'],
  'spread-order': ['source-position-error', 'reversed-traces', 'swapped-traces'],
};

function unexplained(remarks: readonly Remark[]): readonly Remark[] {
  const causes = remarks.filter(({ severity }) => severity !== 'info').flatMap(({ code }) => EXPLAINS[code] ?? []);
  return remarks.filter(({ code }) => !causes.includes(code));
}

const findingOf = ({ says: _, ...finding }: Remark): Finding => finding;

function reasonFor(verdict: Verdict, remarks: readonly Remark[], { seismic, live, times }: ShotFacts): string {
  if (seismic.length === 0) return 'auxiliary traces only, nothing to judge';
  const picked = live.filter((i) => times[i] !== undefined).length;
  const summary = `${picked} of ${live.length} live traces picked`;
  const reasons = remarks.filter(({ severity }) => verdict !== 'pass' && verdictOf(severity) === verdict);
  return `${[...reasons.map(({ says }) => says), summary].join('; ')}.`;
}
