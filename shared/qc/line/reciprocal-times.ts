/** Shots whose swapped times disagree with those of the others, and pairs that no error of a shot explains. */
import { middle } from '../middle.ts';
import type { Change } from './change.ts';
import type { LineJudge } from './judges.ts';
import { allowedBy, HOPELESS, misfitOf } from './misfit.ts';
import { driftOf } from './trigger-drift.ts';
import { signed, times } from './words.ts';

/** A receiver is named when it is in so many pairs that disagree. */
const OFTEN = 3;

export const reciprocityErrors: LineJudge = (line, profile) => {
  const { reciprocity } = line;
  const threshold = allowedBy(line, profile);
  if (misfitOf(line, profile) > HOPELESS) return [];
  const own = withoutDrift(
    reciprocity.shots.map((shot) => shot?.error),
    driftOf(line, profile),
  );
  return reciprocity.shots.flatMap((shot, i) =>
    shot === undefined ||
    shot.pairs < profile.limits['reciprocity-error.pairs'] ||
    Math.abs(own[i] ?? 0) <= Math.max(threshold, 3 * shot.uncertainty)
      ? []
      : [
          {
            code: 'reciprocity-error',
            severity: 'warn' as const,
            traces: [],
            shots: [i],
            receivers: [],
            value: times(own[i]!),
            unit: 'ms',
            threshold: times(threshold),
            cause: `${own[i]! > 0 ? 'a trigger that came early' : 'a late trigger'}, or a source that was not where the headers have it: ${shot.pairs} pairs of swapped source and receiver say so`,
            advice:
              'compare the first break nearest to the source with its neighbours; correct the time of the shot or its position',
            says: `a shot is ${signed(own[i]!)} ms off the times of swapped source and receiver`,
          },
        ],
  );
};

/** A drift or jump of the whole line is said once, not of each shot. */
function withoutDrift(
  errors: readonly (number | undefined)[],
  drift: Change | undefined,
): readonly (number | undefined)[] {
  if (!drift) return errors;
  const { kind, amount, at } = drift;
  const part = (i: number) =>
    kind === 'step' ? (i >= at ? amount : 0) : (amount * i) / Math.max(1, errors.length - 1);
  const rest = errors.map((error, i) => (error === undefined ? undefined : error - part(i)));
  const centre = middle(rest.filter((error) => error !== undefined)) ?? 0;
  return rest.map((error) => (error === undefined ? undefined : error - centre));
}

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
