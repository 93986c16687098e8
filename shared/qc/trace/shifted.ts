/**
 * Channels that are all in order but begin at the wrong one, as when two cables of a spread are exchanged: the moveout breaks at
 * one place, and the end of the spread goes on smoothly at its beginning.
 */
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

function cutOf({ live, times, distances, period }: ShotFacts, { limits }: Profile): { row: number } | undefined {
  const rows = live.filter((i) => times[i] !== undefined);
  if (period === undefined || rows.length < 4 * REACH) return undefined;
  const t = rows.map((i) => times[i]!);
  const jumps = rows.flatMap((_, k) =>
    k < REACH || k > rows.length - REACH ? [] : [{ k, size: Math.abs(gapAt(t, k)) }],
  );
  const largest = jumps.reduce((best, next) => (next.size > best.size ? next : best));
  const usual = middle(jumps.filter(({ k }) => Math.abs(k - largest.k) > REACH).map(({ size }) => size));
  if (usual === undefined) return undefined;
  const limit = Math.max(limits['shifted-traces.jump'] * usual, limits['shifted-traces.periods'] * period);
  const others = jumps.filter(({ k, size }) => Math.abs(k - largest.k) >= REACH && size > largest.size / 2);
  if (largest.size < limit || others.length > 0) return undefined;
  const around = [...t.slice(-REACH), ...t.slice(0, REACH)];
  if (Math.abs(gapAt(around, REACH)) > limits['shifted-traces.left'] * largest.size) return undefined;
  if (slopeOf(t.slice(-REACH)) > 0 && slopeOf(t.slice(0, REACH)) < 0) return undefined; // later towards both ends: a spread as it should be
  return jumpsInGeometry(rows, distances, largest.k) ? undefined : { row: rows[largest.k] };
}

/** What the traces from `k` on lie later than those before it lead to expect. */
function gapAt(t: readonly number[], k: number): number {
  const [before, after] = [t.slice(k - REACH, k), t.slice(k, k + REACH)];
  const at = (part: readonly number[], place: number) =>
    middle(part.map((time, n) => time + slopeOf(part) * (place - n)))!;
  return at(after, -0.5) - at(before, REACH - 0.5);
}

/** Of neighbouring times, middle of all pairs. */
const slopeOf = (t: readonly number[]): number =>
  middle(t.flatMap((time, a) => t.slice(a + 1).map((later, n) => (later - time) / (n + 1))))!;

/** The file knows of the jump: two lines of receivers, say. */
function jumpsInGeometry(rows: readonly number[], distances: ShotFacts['distances'], k: number): boolean {
  const steps = rows.slice(1).map((i, n) => Math.abs((distances[i] ?? 0) - (distances[rows[n]] ?? 0)));
  const usual = middle(steps);
  return usual !== undefined && steps[k - 1] > 3 * usual;
}
