/** The verdict on a line: what only many shots together show, and which of them are to be shot again. */
import { verdictOf, worst } from '../finding.ts';
import { PROFILES, type Profile } from '../profile.ts';
import { type LineFacts, lineFactsOf } from './facts.ts';
import { LINE_JUDGES } from './judges.ts';
import type { LineFinding, LineJudgement, LineRemark, ShotSummary } from './summary.ts';
import { count } from './words.ts';

/** The shots in the order in which they were taken. */
export const judgeLine = (shots: readonly ShotSummary[], profile: Profile = PROFILES.refraction): LineJudgement =>
  judgeLineFacts(lineFactsOf(shots), profile);

export function judgeLineFacts(line: LineFacts, profile: Profile = PROFILES.refraction): LineJudgement {
  const remarks = LINE_JUDGES.flatMap((judge) => judge(line, profile));
  const verdict = worst(remarks.map(({ severity }) => verdictOf(severity)));
  return { verdict, reason: reasonFor(line.shots, remarks), findings: remarks.map(findingOf) };
}

const findingOf = ({ says: _, ...finding }: LineRemark): LineFinding => finding;

/** Said in full up to here; further ones are counted. */
const MOST = 3;

function reasonFor(shots: readonly ShotSummary[], remarks: readonly LineRemark[]): string {
  const verdicts = (['fail', 'warn', 'pass'] as const).map((verdict) => ({
    verdict,
    n: shots.filter((shot) => shot.verdict === verdict).length,
  }));
  const tally = verdicts.flatMap(({ verdict, n }) => (n > 0 ? [`${n} ${verdict}`] : [])).join(', ');
  const told = remarks.filter(({ severity }) => severity !== 'info');
  const rest = told.length > MOST ? [`${count(told.length - MOST, 'further finding')}`] : [];
  return `${[...told.slice(0, MOST).map(({ says }) => says), ...rest, `${count(shots.length, 'shot')}: ${tally || 'none'}`].join('; ')}.`;
}
