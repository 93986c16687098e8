/** Shots whose swapped times disagree with those of the others, and pairs that no error of a shot explains. */
import { ms, percent } from '../../units.ts';
import type { Profile } from '../profile.ts';
import type { LineFacts } from './facts.ts';
import type { LineJudge } from './judges.ts';
import { signed, times } from './words.ts';

/** Fewer pairs say nothing of a line. */
const ENOUGH = 10;
/** Where so many pairs disagree, per cent, medians over them mean nothing. */
export const HOPELESS = 50;
/** A receiver is named when it is in so many pairs that disagree. */
const OFTEN = 3;

export const reciprocityErrors: LineJudge = (line, profile) => {
  const { reciprocity } = line;
  const threshold = allowedBy(line, profile);
  if (misfitOf(line, profile) > HOPELESS) return [];
  return reciprocity.shots.flatMap((shot, i) =>
    shot === undefined ||
    shot.pairs < profile.limits['reciprocity-error.pairs'] ||
    Math.abs(shot.error) <= Math.max(threshold, 3 * shot.uncertainty)
      ? []
      : [
          {
            code: 'reciprocity-error',
            severity: 'warn' as const,
            traces: [],
            shots: [i],
            receivers: [],
            value: times(shot.error),
            unit: 'ms',
            threshold: times(threshold),
            cause: `${shot.error > 0 ? 'a trigger that came early' : 'a late trigger'}, or a source that was not where the headers have it: ${shot.pairs} pairs of swapped source and receiver say so`,
            advice:
              'compare the first break nearest to the source with its neighbours; correct the time of the shot or its position',
            says: `a shot is ${signed(shot.error)} ms off the times of swapped source and receiver`,
          },
        ],
  );
};

export const reciprocityMisfit: LineJudge = (line, profile) => {
  const { reciprocity, stations } = line;
  const { pairs, rest } = reciprocity;
  const value = misfitOf(line, profile);
  const threshold = profile.limits['reciprocity-misfit.share'];
  if (value <= threshold) return [];
  const allowed = allowedBy(line, profile);
  const off = pairs.filter((_, i) => Math.abs(rest[i]) > allowed);
  const counts = new Map<number, number>();
  for (const { from, to, traces } of off)
    for (const station of [stations.of[from][traces[0]], stations.of[to][traces[1]]])
      if (station !== undefined) counts.set(station, (counts.get(station) ?? 0) + 1);
  const often = [...counts].filter(([, n]) => n >= OFTEN).sort(([a], [b]) => a - b);
  return [
    {
      code: 'reciprocity-misfit',
      severity: 'warn',
      traces: [],
      shots: [...new Set(off.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b),
      receivers: often.map(([station]) => stations.list[station]),
      value: Math.round(value),
      unit: '% of pairs',
      threshold,
      cause: `picks on different waves, or wrong positions: ${off.length} of ${pairs.length} pairs differ by more than ${times(allowed)} ms, and no time error of whole shots explains it`,
      advice: 'look at the far traces of these shots: one of each pair follows another wave; check the positions',
      says: `${off.length} of ${pairs.length} pairs of swapped source and receiver disagree`,
    },
  ];
};

/** What the times of a pair may differ by, ms. */
const allowedBy = ({ period = ms(0) }: LineFacts, { limits }: Profile): number =>
  Math.max(limits['reciprocity-error.time'], limits['reciprocity-error.period'] * period);

/** Pairs that disagree when the errors of the shots are taken off, per cent; 0 where there are too few. */
export function misfitOf(line: LineFacts, profile: Profile): number {
  const { rest } = line.reciprocity;
  const allowed = allowedBy(line, profile);
  return rest.length < ENOUGH ? 0 : percent(rest.filter((left) => Math.abs(left) > allowed).length / rest.length);
}
