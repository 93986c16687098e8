/** How the line stands: what only the whole line shows, and the shots that the quality control is not content with and nobody has decided on. */
import { type Verdict, worst } from '#shared/qc/finding.ts';
import { count } from '#shared/qc/line/words.ts';
import type { Decision, LineResponse } from '../station/api-types.ts';
import { nameOf } from './words.ts';

export interface LineStanding {
  readonly look: Verdict;
  /** What is left to do about single shots, and what was done; empty: nothing. */
  readonly todo: string;
}

/** @param decided of each shot, in the order of the line */
export function lineStanding(
  { verdict, shots }: Pick<LineResponse, 'verdict' | 'shots'>,
  decided: readonly (Decision | null)[],
): LineStanding {
  const open = shots.filter((_, i) => !decided[i]);
  const again = open.filter((shot) => shot.verdict === 'fail');
  const doubtful = open.filter((shot) => shot.verdict === 'warn');
  const accepted = shots.filter((shot, i) => decided[i] === 'accepted' && shot.verdict !== 'pass').length;
  const rejected = decided.filter((decision) => decision === 'rejected').length;
  const parts = [
    ...(again.length > 0 ? [`${count(again.length, 'shot')} to shoot again (${named(again)})`] : []),
    ...(doubtful.length > 0 ? [`${count(doubtful.length, 'shot')} to check`] : []),
    ...(rejected > 0 ? [`${rejected} rejected`] : []),
    ...(accepted > 0 ? [`${accepted} accepted by hand`] : []),
  ];
  return { look: worst([verdict, ...open.map((shot) => shot.verdict)]), todo: parts.join(', ') };
}

const MOST = 3;

function named(shots: LineResponse['shots']): string {
  const names = shots.slice(0, MOST).map(({ ffid, file }) => nameOf({ ffid, file, place: 0 }));
  return `${names.join(', ')}${shots.length > MOST ? ` and ${shots.length - MOST} more` : ''}`;
}
