/**
 * Two traces in each other's place. Pickers follow the moveout of the neighbours and do not show it, so what counts is how the
 * energy of a trace comes in over time: a swapped trace is unlike its neighbours and like those of the other.
 */
import { decibels, percent, samples } from '../../units.ts';
import { coarsePlace, swing } from '../coarse.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';
import { astrayRows } from '../moveout/suspects.ts';
import type { Limits, Profile } from '../profile.ts';
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
/** Traces between the two at the most: take-outs of one cable, channels of one box. */
const MOST_BETWEEN = 240;
/** Fewer traces show no moveout. */
const LEAST = 10;
/** Periods that the moveout must lie between two traces. */
const APART = 0.7;

function pairsOf(facts: ShotFacts, { limits }: Profile): readonly (readonly [number, number])[] {
  const { live, period } = facts;
  if (period === undefined || live.length < LEAST) return [];
  const clear = clearPlaces(facts, limits);
  const wave = period / facts.coarse.interval;
  const due = live.map((i) => dueAt(facts, i));
  const rise = (a: number, b: number) => riseAt(facts, live[a], due[b]);
  const own = live.map((_, a) => rise(a, a));
  const odd = live.flatMap((_, a) => (clear[a] && (own[a] ?? Infinity) < limits['swapped-traces.own'] ? [a] : []));
  const better = (a: number, b: number) => (rise(a, b) ?? -Infinity) - own[a]!;
  const least = limits['swapped-traces.better'];
  const found: [number, number][] = [];
  for (const [k, a] of odd.entries())
    for (let n = k + 1; n < odd.length && odd[n] - a <= MOST_BETWEEN; n++) {
      const b = odd[n];
      if (Math.abs(due[a] - due[b]) < APART * wave) continue;
      const [one, other] = [better(a, b), better(b, a)];
      if (Math.min(one, other) > least / 2 && one + other > 2 * least) found.push([a, b]);
    }
  const profiles = found.length === 0 ? undefined : energyProfiles(facts);
  if (profiles === undefined) return [];
  const leftOf = (a: number, b: number) => unlike(profiles, a, b) / unlike(profiles, a, a);
  const pairs = found
    .map(([a, b]) => ({ a, b, left: (leftOf(a, b) + leftOf(b, a)) / 2 }))
    .filter(({ left }) => left < limits['swapped-traces.left']);
  const taken = new Set<number>();
  return pairs
    .sort((one, other) => one.left - other.left)
    .flatMap(({ a, b }): [number, number][] => {
      if (taken.has(a) || taken.has(b)) return [];
      taken.add(a).add(b);
      return [[live[a], live[b]]];
    });
}

/** Traces to either side of which most must be clear: in noise none is like its neighbours. */
const AROUND = 4;

/** [live trace] */
function clearPlaces({ live, breakLevels }: ShotFacts, limits: Limits): readonly boolean[] {
  const clear = live.map((i) => {
    const level = breakLevels[i];
    return level !== undefined && decibels(level.signal / (level.noise ?? 0)) > limits['weak-traces.signal'];
  });
  return live.map((_, a) => {
    const around = [...clear.slice(Math.max(0, a - AROUND), a), ...clear.slice(a + 1, a + 1 + AROUND)];
    return percent(around.filter((is) => is).length / around.length) >= limits['swapped-traces.clear'];
  });
}

/** Coarse sample at which the moveout of the traces around has the break. */
function dueAt(facts: ShotFacts, i: number): number {
  const { coarse, breaks, offTrend, shot } = facts;
  const off = astrayRows(facts).has(i) ? 0 : (offTrend[i] ?? 0);
  return coarsePlace(coarse, samples(breaks[i]! - off / shot.sampleInterval));
}

/** Periods that are compared before and behind the place where a break is due, and left out between. */
const ASIDE = 1;
const GUARD = 0.25;
/** … of which so much before it is enough. */
const LEAST_BEFORE = 0.5;

/** How much louder a trace is behind a place than before it; dB; undefined where it was not recorded there. */
function riseAt({ coarse, period }: ShotFacts, i: number, place: number): number | undefined {
  const wave = period! / coarse.interval;
  const [end, at] = [Math.round(place - GUARD * wave), Math.round(place)];
  const aside = Math.max(2, Math.round(ASIDE * wave));
  const begin = Math.max(coarse.from[i], end - aside);
  if (end - begin < LEAST_BEFORE * wave || at + aside > coarse.to[i]) return undefined;
  const x = coarse.rows[i]!;
  return decibels(swing(x, at, at + aside) / (swing(x, begin, end) + Number.MIN_VALUE));
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

/** Mean distance in dB of trace `a` from the mean of the traces around place `b`, leaving both out. */
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
