/** A shot with many doubtful picks: faint first breaks that the picker found, but does not vouch for. */
import { type Remark, severityAbove } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { tenths } from './numbers.ts';

export const lowConfidence: Judge = ({ live, picks, shot }, { limits }): readonly Remark[] => {
  const picked = live.flatMap((i) => {
    const pick = picks[i];
    return pick.kind === 'picked' ? [{ i, confidence: pick.confidence }] : [];
  });
  const doubtful = picked.filter(({ confidence }) => 100 * confidence < limits['low-confidence.confidence']);
  if (doubtful.length === 0) return [];
  const value = (100 * doubtful.length) / picked.length;
  const severity = severityAbove(value, { warn: limits['low-confidence.warn'], fail: limits['low-confidence.fail'] });
  return [
    {
      code: 'low-confidence',
      severity,
      traces: doubtful.map(({ i }) => shot.traces[i].index),
      value: tenths(value),
      unit: '% of picks',
      threshold: limits[severity === 'fail' ? 'low-confidence.fail' : 'low-confidence.warn'],
      cause: 'first breaks too faint against noise or other waves to be sure of',
      advice: 'look at these picks before they are used; shoot with more energy or more stacks, plant geophones firmly',
      says: `${doubtful.length} of ${picked.length} picks are doubtful`,
    },
  ];
};
