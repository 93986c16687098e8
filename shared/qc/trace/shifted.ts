/**
 * Channels that are all in order but begin at the wrong one, as when two cables of a spread are exchanged. First breaks come later
 * away from the source, so times along a spread fall, then rise; where they do so only once the spread is begun at another channel
 * and joined at its ends, that is where it begins.
 */
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';
import { middle } from '../middle.ts';
import type { Profile } from '../profile.ts';
import { clearShare } from './clear.ts';

/** Traces on either side of the jump that are left out: pickers follow their neighbours, and smooth it. */
const GAP = 2;
/** Fewer picked traces show no moveout. */
const LEAST = 16;
/** Places that are tried: those of the largest steps. */
const TRIED = 8;

export const shiftedTraces: Judge = (facts, profile) => {
  const at = cutOf(facts, profile);
  if (at === undefined) return [];
  const { shot, seismic } = facts;
  const first = shot.traces[at.row].channel;
  return [
    {
      code: 'shifted-traces',
      severity: 'warn',
      traces: seismic.map((i) => shot.traces[i].index),
      value: seismic.indexOf(at.row),
      unit: 'traces',
      threshold: 0,
      cause: `the spread begins at channel ${first} and goes on from the last to the first: cables exchanged, or channels numbered from another end`,
      advice: 'put the traces in order, or correct the geometry, before the picks are used',
      says: `the channels are shifted: the spread begins at channel ${first}`,
    },
  ];
};

function cutOf(facts: ShotFacts, { limits }: Profile): { row: number } | undefined {
  const { live, times, distances, period } = facts;
  const rows = live.filter((i) => times[i] !== undefined);
  if (period === undefined || rows.length < LEAST) return undefined;
  if (clearShare(facts, limits['weak-traces.signal']) < limits['shifted-traces.clear']) return undefined;
  const t = Float64Array.from(rows, (i) => times[i]!);
  const before = excess(t);
  if (before < limits['shifted-traces.periods'] * period) return undefined;
  const margin = Math.ceil((limits['shifted-traces.least'] / 100) * rows.length);
  const across = (k: number) => Math.abs(t[k + GAP - 1] - t[k - GAP]);
  const tried = Array.from({ length: rows.length - 2 * margin + 1 }, (_, n) => n + margin)
    .sort((a, b) => across(b) - across(a))
    .slice(0, TRIED)
    .map((k) => ({ k, after: excess(Float64Array.of(...t.subarray(k + GAP), ...t.subarray(0, k - GAP))) }));
  const best = tried.reduce((one, other) => (other.after < one.after ? other : one));
  if (best.after > limits['shifted-traces.left'] * before) return undefined;
  const k = steepest(t, best.k);
  return jumpsInGeometry(rows, distances, k) ? undefined : { row: rows[k] };
}

/** How much further the times go up and down than from one end down to the least and up to the other. */
function excess(t: Float64Array): number {
  let least = t[0];
  let way = 0;
  for (let k = 1; k < t.length; k++) {
    way += Math.abs(t[k] - t[k - 1]);
    least = Math.min(least, t[k]);
  }
  return way - (t[0] - least) - (t[t.length - 1] - least);
}

/** The largest step from one trace to the next about `k`. */
function steepest(t: Float64Array, k: number): number {
  let best = k;
  for (let n = k - GAP + 1; n < k + GAP; n++) if (Math.abs(t[n] - t[n - 1]) > Math.abs(t[best] - t[best - 1])) best = n;
  return best;
}

/** The file knows of the jump: two lines of receivers, say. */
function jumpsInGeometry(rows: readonly number[], distances: ShotFacts['distances'], k: number): boolean {
  const steps = rows.slice(1).map((i, n) => Math.abs((distances[i] ?? 0) - (distances[rows[n]] ?? 0)));
  const usual = middle(steps);
  return usual !== undefined && steps[k - 1] > 3 * usual;
}
