/**
 * Traces whose first break, noise before it and whole record all stand apart from the traces around: another gain. Noise alone is
 * a noisy trace, the others alone the ground.
 */
import { decibels } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import { middle } from '../middle.ts';
import { astrayRows } from '../moveout/suspects.ts';
import type { Profile } from '../profile.ts';
import { nearestRow } from './nearest.ts';
import { shareJudge } from './share.ts';

export const gainTraces = shareJudge(
  {
    code: 'gain-traces',
    of: 'live traces',
    what: 'were recorded with another gain than their neighbours',
    cause: 'preamplifier gain set differently on these channels, another kind of geophone, or a poor contact',
    advice: 'compare the gains of the channels; first breaks stay usable, amplitudes do not',
  },
  gainRows,
);

/** Traces to either side that a trace is compared with, and how many of them must tell. */
const REACH = 5;
const LEAST = 5;

/** Traces on either side of the one nearest to the source, between which signals fall too steeply to tell; noise knows of no source. */
const NEAR_SOURCE = 2;

function gainRows(facts: ShotFacts, { limits }: Profile): readonly number[] {
  const { live, breakLevels, conditions } = facts;
  // where the pick is in the wrong place, the break is a guess between others
  const astray = astrayRows(facts);
  const known = live.filter((i) => !astray.has(i) && (breakLevels[i]?.noise ?? 0) > 0 && breakLevels[i]!.signal > 0);
  const signal = known.map((i) => decibels(breakLevels[i]!.signal));
  const noise = known.map((i) => decibels(breakLevels[i]!.noise!));
  const record = known.map((i) => decibels(conditions[i].rms));
  const nearest = nearestRow(facts) ?? 0;
  return known.filter((i, a) => {
    if (signal[a] - noise[a] < limits['gain-traces.signal']) return false;
    // most traces are done with the first of the three
    const first = apart(record, a);
    if (Math.abs(first) <= limits['gain-traces.least']) return false;
    const unrest = apart(noise, a);
    const near = Math.abs(i - nearest) <= NEAR_SOURCE;
    const sign = Math.sign(first);
    if ((near || liesBetween(signal, a)) && besides(noise, a) * sign <= limits['gain-traces.noise']) return false;
    // next to the source the first wave may come before a pick that is late, on several traces
    if (near && [a - 1, a + 1].some((b) => (noise[a] - noise[b]) * sign <= limits['gain-traces.noise'])) return false;
    const off = [first, apart(signal, a), unrest].map((level) => level * sign).sort((x, y) => x - y);
    return off[0] > limits['gain-traces.least'] && off[1] > limits['gain-traces.change'];
  });
}

/** From the line through the traces on either side (Theil 1950, Sen 1968); 0 where too few tell. */
function apart(levels: readonly number[], a: number): number {
  const near = nearTo(levels, a);
  if (near.length < LEAST) return 0;
  const slope = middle(
    near.flatMap((one, k) => near.slice(k + 1).map((next) => (next.level - one.level) / (next.at - one.at))),
  )!;
  return levels[a] - middle(near.map(({ at, level }) => level - slope * at))!;
}

/** From the middle of the traces around; what does not fall with distance needs no line. */
const besides = (levels: readonly number[], a: number): number =>
  levels[a] - middle(nearTo(levels, a).map(({ level }) => level))!;

/** Traces on either side … */
const BESIDE = 3;

/** … between whose middles a trace may lie: near the source levels fall too steeply for a line. At an end nothing shows how steeply. */
function liesBetween(levels: readonly number[], a: number): boolean {
  if (a < 2 || a >= levels.length - 2) return true;
  const before = middle(levels.slice(Math.max(0, a - BESIDE), a))!;
  const behind = middle(levels.slice(a + 1, a + 1 + BESIDE))!;
  return levels[a] > before !== levels[a] > behind;
}

function nearTo(levels: readonly number[], a: number): { readonly at: number; readonly level: number }[] {
  const near = [];
  for (let n = Math.max(0, a - REACH); n <= Math.min(levels.length - 1, a + REACH); n++)
    if (n !== a) near.push({ at: n - a, level: levels[n] });
  return near;
}
