/**
 * Channels that are all in order but begin at the wrong one, as when two cables of a spread are exchanged: the moveout breaks at
 * one place, and the end of the spread goes on smoothly at its beginning.
 */
import { median } from '../../signal/period.ts';
import { decibels, percent } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';
import { middle } from '../middle.ts';
import type { Profile } from '../profile.ts';

/** Traces that carry a moveout on beyond their end. */
const REACH = 4;

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

function cutOf(
  { live, times, distances, period, breakLevels }: ShotFacts,
  { limits }: Profile,
): { row: number } | undefined {
  const rows = live.filter((i) => times[i] !== undefined);
  if (period === undefined || rows.length < 4 * REACH) return undefined;
  const clear = rows.filter((i) => {
    const level = breakLevels[i];
    return level !== undefined && decibels(level.signal / (level.noise ?? 0)) > limits['weak-traces.signal'];
  });
  if (percent(clear.length / live.length) < limits['shifted-traces.clear']) return undefined;
  const t = Float64Array.from(rows, (i) => times[i]!);
  const last = rows.length - REACH;
  const sizes = Float64Array.from({ length: last + 1 - REACH }, (_, n) => Math.abs(gapAt(t, n + REACH)));
  let at = 0;
  for (let n = 1; n < sizes.length; n++) if (sizes[n] > sizes[at]) at = n;
  const largest = { k: at + REACH, size: sizes[at] };
  const usual = middle(sizes.filter((_, n) => Math.abs(n - at) > REACH));
  if (usual === undefined) return undefined;
  const limit = Math.max(limits['shifted-traces.jump'] * usual, limits['shifted-traces.periods'] * period);
  if (largest.size < limit || sizes.some((size, n) => Math.abs(n - at) >= REACH && size > largest.size / 2))
    return undefined;
  const around = Float64Array.of(...t.slice(-REACH), ...t.slice(0, REACH));
  if (Math.abs(gapAt(around, REACH)) > limits['shifted-traces.left'] * largest.size) return undefined;
  // later towards both ends: a spread as it should be
  if (slopeOf(t, t.length - REACH) > 0 && slopeOf(t, 0) < 0) return undefined;
  return jumpsInGeometry(rows, distances, largest.k) ? undefined : { row: rows[largest.k] };
}

/** What the traces from `k` on lie later than those before it lead to expect. */
const gapAt = (t: Float64Array, k: number): number => carriedTo(t, k, -0.5) - carriedTo(t, k - REACH, REACH - 0.5);

/** Where the line through `REACH` times from `from` on is at `place`, counted from there. */
function carriedTo(t: Float64Array, from: number, place: number): number {
  const slope = slopeOf(t, from);
  const there = new Float64Array(REACH);
  for (let n = 0; n < REACH; n++) there[n] = t[from + n] + slope * (place - n);
  return median(there);
}

/** Of neighbouring times from `from` on, middle of all pairs. */
function slopeOf(t: Float64Array, from: number): number {
  const slopes = new Float64Array((REACH * (REACH - 1)) / 2);
  let count = 0;
  for (let a = 0; a < REACH; a++)
    for (let b = a + 1; b < REACH; b++) slopes[count++] = (t[from + b] - t[from + a]) / (b - a);
  return median(slopes);
}

/** The file knows of the jump: two lines of receivers, say. */
function jumpsInGeometry(rows: readonly number[], distances: ShotFacts['distances'], k: number): boolean {
  const steps = rows.slice(1).map((i, n) => Math.abs((distances[i] ?? 0) - (distances[rows[n]] ?? 0)));
  const usual = middle(steps);
  return usual !== undefined && steps[k - 1] > 3 * usual;
}
