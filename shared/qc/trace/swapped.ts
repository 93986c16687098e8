/** Two traces that hold each other's place: exchanging their first breaks mends the moveout at both. */
import { localTrend } from '../../picking/trend.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';
import { spreadOf } from '../middle.ts';
import type { Profile } from '../profile.ts';
import { type ShareRule, shareRemark } from './share.ts';

const RULE: ShareRule = {
  code: 'swapped-traces',
  of: 'live traces',
  what: 'are in each other’s place',
  cause: 'geophones plugged into each other’s take-out, or two channels exchanged in the recorder',
  advice: 'check the plugs; exchange the traces, or their positions, before the picks are used',
};

/** Neighbours to either side that tell where a break should be. */
const REACH = 4;

export const swappedTraces: Judge = (facts, profile) => {
  const pairs = pairsOf(facts, profile);
  const rows = pairs.flat().sort((a, b) => a - b);
  const words = pairs.slice(0, 3).map((pair) => pair.map((i) => facts.shot.traces[i].channel).join(' and '));
  const cause = `first breaks of channels ${words.join(', ')} fit when exchanged: ${RULE.cause}`;
  const remark = shareRemark({ ...RULE, cause }, rows, facts, profile);
  return remark ? [remark] : [];
};

function pairsOf({ live, times, shot }: ShotFacts, { limits }: Profile): readonly (readonly [number, number])[] {
  const rows = live.filter((i) => times[i] !== undefined);
  if (rows.length < 2 * REACH + 2) return [];
  const t = Float64Array.from(rows, (i) => times[i]!);
  const expected = localTrend(t, REACH);
  const away = t.map((time, a) => time - expected[a]);
  const scatter = Math.max(spreadOf([...away])!, shot.sampleInterval, 0);
  const far = Math.max(limits['swapped-traces.misfit'] * scatter, limits['swapped-traces.time']);
  const odd = rows.flatMap((_, a) => (Math.abs(away[a]) > far ? [a] : []));
  const pairs: { a: number; b: number; left: number }[] = [];
  for (const [k, a] of odd.entries())
    for (const b of odd.slice(k + 1)) {
      const left = Math.max(Math.abs(t[b] - expected[a]), Math.abs(t[a] - expected[b]));
      if (left < limits['swapped-traces.left'] * Math.min(Math.abs(away[a]), Math.abs(away[b])))
        pairs.push({ a, b, left });
    }
  const taken = new Set<number>();
  return pairs
    .sort((one, other) => one.left - other.left)
    .flatMap(({ a, b }): [number, number][] => {
      if (taken.has(a) || taken.has(b)) return [];
      taken.add(a).add(b);
      return [[rows[a], rows[b]]];
    });
}
