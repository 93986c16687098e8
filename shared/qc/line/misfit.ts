/** How far the pairs of swapped source and receiver of a line can be believed. */
import { ms, percent } from '../../units.ts';
import type { Profile } from '../profile.ts';
import type { LineFacts } from './facts.ts';

/** Fewer pairs say nothing of a line. */
const ENOUGH = 10;
/** Where so many pairs disagree, per cent, medians over them mean nothing. */
export const HOPELESS = 50;
/** What the times of a pair may differ by, ms. */
export const allowedBy = ({ period = ms(0) }: LineFacts, { limits }: Profile): number =>
  Math.max(limits['reciprocity-error.time'], limits['reciprocity-error.period'] * period);

/** Pairs that disagree when the errors of the shots are taken off, per cent; 0 where there are too few. */
export function misfitOf(line: LineFacts, profile: Profile): number {
  const { rest } = line.reciprocity;
  const allowed = allowedBy(line, profile);
  return rest.length < ENOUGH ? 0 : percent(rest.filter((left) => Math.abs(left) > allowed).length / rest.length);
}
