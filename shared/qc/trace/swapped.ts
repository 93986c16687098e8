/**
 * Two traces in each other's place. Pickers follow the moveout of the neighbours and do not show it, so what counts is how the
 * energy of a trace comes in over time: a swapped trace is unlike its neighbours and like those of the other.
 */
import { coarsePlace } from '../coarse.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';
import { middle } from '../middle.ts';
import type { Profile } from '../profile.ts';
import { type ShareRule, shareRemark } from './share.ts';

const RULE: ShareRule = {
  code: 'swapped-traces',
  of: 'live traces',
  what: 'are in each other’s place',
  cause: 'geophones plugged into each other’s take-out, or two channels exchanged in the recorder',
  advice: 'check the plugs; exchange the traces, or their positions, before the picks are used',
};

export const swappedTraces: Judge = (facts, profile) => {
  const pairs = pairsOf(facts, profile);
  const rows = pairs.flat().sort((a, b) => a - b);
  const words = pairs.slice(0, 3).map((pair) => pair.map((i) => facts.shot.traces[i].channel).join(' and '));
  const cause = `channels ${words.join(', ')} fit when exchanged: ${RULE.cause}`;
  const remark = shareRemark({ ...RULE, cause }, rows, facts, profile);
  return remark ? [remark] : [];
};

/** Traces to either side that a trace is compared with. */
const REACH = 2;
/** Fewer traces show no usual unlikeness. */
const LEAST = 10;

function pairsOf(facts: ShotFacts, { limits }: Profile): readonly (readonly [number, number])[] {
  const { live } = facts;
  const profiles = energyProfiles(facts);
  if (profiles === undefined || live.length < LEAST) return [];
  const own = live.map((_, a) => unlike(profiles, a, a));
  const usual = middle(own)!;
  // near the source even sound neighbours differ
  const usualAt = (place: number) =>
    Math.max(usual, middle(own.filter((_, n) => n !== place && Math.abs(n - place) <= 2 * REACH))!);
  const odd = live.flatMap((_, a) => (own[a] > limits['swapped-traces.unlike'] * usual ? [a] : []));
  const pairs: { a: number; b: number; left: number }[] = [];
  for (const [k, a] of odd.entries())
    for (const b of odd.slice(k + 1)) {
      const [atB, atA] = [unlike(profiles, a, b), unlike(profiles, b, a)];
      const left = Math.max(atB / own[a], atA / own[b]);
      const fits = atB < limits['swapped-traces.fit'] * usualAt(b) && atA < limits['swapped-traces.fit'] * usualAt(a);
      if (fits && left < limits['swapped-traces.left']) pairs.push({ a, b, left });
    }
  const taken = new Set<number>();
  return pairs
    .sort((one, other) => one.left - other.left)
    .flatMap(({ a, b }): [number, number][] => {
      if (taken.has(a) || taken.has(b)) return [];
      taken.add(a).add(b);
      return [[live[a], live[b]]];
    });
}

/** Bins of half a period, from some periods before the first break of the shot to some after the last. */
const BINS_PER_PERIOD = 2;
const BEFORE = 3;
const BEHIND = 10;
const MOST_BINS = 120;

/** Energy over time in dB, about its mean, so that gain does not count. [live trace][bin] */
function energyProfiles({ coarse, breaks, live, period }: ShotFacts): readonly Float64Array[] | undefined {
  if (period === undefined) return undefined;
  const wave = period / coarse.interval;
  const places = live.flatMap((i) => (breaks[i] === undefined ? [] : [coarsePlace(coarse, breaks[i])]));
  const from = Math.max(0, Math.floor(Math.min(...places) - BEFORE * wave));
  const to = Math.min(...live.map((i) => coarse.to[i]), Math.ceil(Math.max(...places) + BEHIND * wave));
  const width = Math.max(2, Math.round(wave / BINS_PER_PERIOD));
  const bins = Math.min(MOST_BINS, Math.floor((to - from) / width));
  if (!(bins >= BEFORE * BINS_PER_PERIOD)) return undefined;
  return live.map((i) => {
    const x = coarse.rows[i]!;
    const y = new Float64Array(bins);
    let mean = 0;
    for (let b = 0; b < bins; b++) {
      let square = 0;
      for (let k = from + b * width; k < from + (b + 1) * width; k++) square += x[k] * x[k];
      y[b] = 10 * Math.log10(square + Number.MIN_VALUE);
      mean += y[b] / bins;
    }
    for (let b = 0; b < bins; b++) y[b] -= mean;
    return y;
  });
}

/** Mean distance in dB of trace `a` from the traces around place `b`, leaving both out. */
function unlike(profiles: readonly Float64Array[], a: number, b: number): number {
  const around: Float64Array[] = [];
  for (let n = b - REACH; n <= b + REACH; n++)
    if (n >= 0 && n < profiles.length && n !== a && n !== b) around.push(profiles[n]);
  const x = profiles[a];
  let sum = 0;
  for (let k = 0; k < x.length; k++) {
    let mean = 0;
    for (const y of around) mean += y[k] / around.length;
    sum += Math.abs(x[k] - mean);
  }
  return sum / x.length;
}
