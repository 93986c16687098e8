/** Shots whose swapped times disagree with those of the others, and pairs that no error of a shot explains. */
import { ms, percent } from '../../units.ts';
import type { LineJudge } from './judges.ts';
import { signed, times } from './words.ts';

/** Fewer pairs say nothing of a line. */
const ENOUGH = 10;

export const reciprocityErrors: LineJudge = ({ reciprocity, period = ms(0) }, { limits }) => {
  const threshold = Math.max(limits['reciprocity-error.time'], limits['reciprocity-error.period'] * period);
  return reciprocity.shots.flatMap((shot, i) =>
    shot === undefined || shot.pairs < limits['reciprocity-error.pairs'] || Math.abs(shot.error) <= threshold
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
            cause: `${shot.error > 0 ? 'a trigger that came early' : 'a late trigger'}, or a source that was not where the headers have it: the swapped times of ${shot.pairs} shots say so`,
            advice:
              'compare the first break nearest to the source with its neighbours; correct the time of the shot or its position',
            says: `its times are ${signed(shot.error)} ms off those of swapped source and receiver`,
          },
        ],
  );
};

export const reciprocityMisfit: LineJudge = ({ reciprocity, stations, shots, period = ms(0) }, { limits }) => {
  const { pairs, rest } = reciprocity;
  if (pairs.length < ENOUGH) return [];
  const allowed = Math.max(limits['reciprocity-error.time'], limits['reciprocity-error.period'] * period);
  const off = pairs.filter((_, i) => Math.abs(rest[i]) > allowed);
  const value = percent(off.length / pairs.length);
  if (value <= limits['reciprocity-misfit.warn']) return [];
  const counts = new Map<number, number>();
  for (const { from, to, traces } of off)
    for (const station of [stations.of[from][traces[0]], stations.of[to][traces[1]]])
      if (station !== undefined) counts.set(station, (counts.get(station) ?? 0) + 1);
  const often = [...counts].filter(([, count]) => count >= 3).map(([station]) => stations.list[station]);
  return [
    {
      code: 'reciprocity-misfit',
      severity: 'warn',
      traces: [],
      shots: [...new Set(off.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b),
      receivers: often,
      value: Math.round(value),
      unit: '% of pairs',
      threshold: limits['reciprocity-misfit.warn'],
      cause: `picks on different waves, or wrong positions: of ${pairs.length} swapped pairs ${off.length} differ by more than ${times(allowed)} ms, from shot to shot in ${shots.length} shots without a common error`,
      advice: 'look at the far traces of these shots: one of each pair follows another wave; check the positions',
      says: `${off.length} of ${pairs.length} swapped pairs of source and receiver disagree`,
    },
  ];
};
