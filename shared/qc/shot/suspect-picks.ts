/** Picks that neighbours and moveout contradict: a second look is due, by a person or by the picker. */
import { type Remark, severityAbove } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { suspectsOf } from '../moveout/suspects.ts';

export const suspectPicks: Judge = (facts, profile): readonly Remark[] => {
  const suspects = suspectsOf(facts, profile);
  if (suspects.length === 0) return [];
  const { limits } = profile;
  const picked = facts.live.filter((i) => facts.times[i] !== undefined).length;
  const value = (100 * suspects.length) / picked;
  const severity = severityAbove(value, { warn: limits['suspect-picks.warn'], fail: limits['suspect-picks.fail'] });
  return [
    {
      code: 'suspect-picks',
      severity,
      traces: suspects.map(({ row }) => facts.shot.traces[row].index),
      value: Math.round(value * 100) / 100,
      unit: '% of picks',
      threshold: limits[severity === 'fail' ? 'suspect-picks.fail' : 'suspect-picks.warn'],
      cause: 'picked a cycle off, on noise, or on another wave; a channel in the wrong place',
      advice: 'look at these picks again and correct or remove them',
      says: `${suspects.length} of ${picked} picks lie off the moveout`,
    },
  ];
};
