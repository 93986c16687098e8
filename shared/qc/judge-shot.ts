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
  const remarks = unexplained(
    JUDGES.flatMap((judge) => judge(facts, profile)),
    facts,
  );
  const verdict = worst(remarks.map(({ severity }) => verdictOf(severity)));
  return { verdict, reason: reasonFor(verdict, remarks, facts), findings: remarks.map(findingOf) };
}

/** What follows from a fault and would be blamed on something else: channels out of order look like a source out of place. */
const EXPLAINS: Readonly<Record<string, readonly string[]>> = {
  'shifted-traces': [
    'source-position-error',
    'reversed-traces',
    'swapped-traces',
    'trigger-time-error',
    'noisy-traces',
    'low-signal-to-noise',
  ],
  'spread-order': ['source-position-error', 'reversed-traces', 'swapped-traces'],
  'mains-picked': ['duplicate-traces', 'low-signal-to-noise', 'weak-traces'],
};
/** Traces disturbed in one of these ways … */
const DISTURBED = ['noisy-traces', 'burst-traces', 'mains-traces', 'weak-traces', 'spiky-traces'];
/** … are not accused of what their wave forms tell then; a swapped trace shows another wave form than its neighbours. */
const SPOILS: Readonly<Record<string, readonly string[]>> = {
  'reversed-traces': [...DISTURBED, 'swapped-traces'],
  'gain-traces': [...DISTURBED, 'swapped-traces'],
  'swapped-traces': ['mains-traces'],
};
/** Nor is the source said to be elsewhere when so much of the shot (share of the live traces) is disturbed: some picks are wrong then. */
const MUCH = 0.15;

function unexplained(remarks: readonly Remark[], { live }: ShotFacts): readonly Remark[] {
  const worse = remarks.filter(({ severity }) => severity !== 'info');
  const causes = new Set(worse.flatMap(({ code }) => EXPLAINS[code] ?? []));
  const tracesOf = (codes: readonly string[]) =>
    new Set(remarks.flatMap(({ code, traces }) => (codes.includes(code) ? traces : [])));
  const much = worse.some(({ code }) => DISTURBED.includes(code)) && tracesOf(DISTURBED).size > MUCH * live.length;
  if (much) causes.add('source-position-error');
  return remarks.filter(({ code, traces }) => {
    const spoilt = tracesOf(SPOILS[code] ?? []);
    return (
      !causes.has(code) &&
      (spoilt.size === 0 || 2 * traces.filter((trace) => spoilt.has(trace)).length <= traces.length)
    );
  });
}

const findingOf = ({ says: _, ...finding }: Remark): Finding => finding;

function reasonFor(verdict: Verdict, remarks: readonly Remark[], { seismic, live, times }: ShotFacts): string {
  if (seismic.length === 0) return 'auxiliary traces only, nothing to judge';
  const picked = live.filter((i) => times[i] !== undefined).length;
  const summary = `${picked} of ${live.length} live traces picked`;
  const reasons = remarks.filter(({ severity }) => verdict !== 'pass' && verdictOf(severity) === verdict);
  return `${[...reasons.map(({ says }) => says), summary].join('; ')}.`;
}
