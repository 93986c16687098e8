/**
 * Traces whose first break swings the other way than that of their neighbours. Each is compared with the traces around it,
 * aligned on the picks, over lags of half a period either way: a break picked half a cycle off fits better shifted than
 * upside down, so only what fits clearly better upside down counts. The signs of all traces are then settled together.
 */
import { decibels } from '../../units.ts';
import { coarsePlace } from '../coarse.ts';
import type { ShotFacts } from '../facts.ts';
import type { Profile } from '../profile.ts';
import { shareJudge } from './share.ts';

export const reversedTraces = shareJudge(
  {
    code: 'reversed-traces',
    of: 'live traces',
    what: 'are of reversed polarity',
    cause: 'geophone or take-out connected the wrong way round',
    advice: 'turn the plugs of these channels; picks of onsets stay usable, those of peaks and troughs do not',
  },
  reversedRows,
);

/** Samples a period of what is compared. */
const PER_PERIOD = 12;
/** Periods before and after the break. */
const BEFORE = 0.5;
const BEHIND = 1.5;
const LAG = 0.6;
/** Usable traces to either side that a trace is compared with. */
const NEIGHBOURS = 4;
/** Sweeps over the signs; they settle in two or three. */
const SWEEPS = 8;
/** Comparisons that must speak for a sign, and of the traces, those that must be clear before any is called reversed. */
const LEAST_CLEAR = 3;
const CLEAR_SHARE = 0.5;

function reversedRows(facts: ShotFacts, { limits }: Profile): readonly number[] {
  const usable = facts.live.filter((i) => {
    const level = facts.breakLevels[i];
    return (
      facts.times[i] !== undefined &&
      level?.noise !== undefined &&
      decibels(level.signal / level.noise) > limits['reversed-traces.signal']
    );
  });
  const cuts = usable.map((i) => cutAt(facts, i));
  const fits = usable.map((_, a) =>
    Array.from({ length: NEIGHBOURS }, (_, k) => {
      const b = a + k + 1;
      const fit = b < usable.length ? compare(cuts[a], cuts[b]) : 0;
      return Math.abs(fit) > limits['reversed-traces.margin'] ? fit : 0;
    }),
  );
  const around = (a: number) =>
    Array.from({ length: 2 * NEIGHBOURS }, (_, k) => {
      const b = k < NEIGHBOURS ? a - k - 1 : a + k - NEIGHBOURS + 1;
      return { b, fit: b < 0 ? 0 : b < a ? fits[b][a - b - 1] : fits[a][b - a - 1] };
    }).filter(({ fit }) => fit !== 0);
  const signs = usable.map(() => 1);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let a = 0; a < usable.length; a++) {
      const pull = around(a).reduce((sum, { b, fit }) => sum + fit * signs[b], 0);
      if (pull !== 0) signs[a] = Math.sign(pull);
    }
  const clear = usable.map((_, a) => {
    const votes = around(a);
    const agree = votes.filter(({ b, fit }) => fit * signs[b] * signs[a] > 0);
    return votes.length >= LEAST_CLEAR && agree.length >= 0.8 * votes.length;
  });
  if (clear.filter(Boolean).length < CLEAR_SHARE * facts.live.length) return [];
  const total = signs.reduce((sum, sign, a) => sum + (clear[a] ? sign : 0), 0);
  const usual = total < 0 ? -1 : 1;
  return usable.filter((_, a) => clear[a] && signs[a] !== usual);
}

/** A trace around its break, from the quiet before it. */
function cutAt({ coarse, breaks, period }: ShotFacts, i: number): Float64Array {
  const x = coarse!.rows[i]!;
  const at = coarsePlace(coarse!, breaks[i]!);
  const step = period! / coarse!.interval / PER_PERIOD;
  const first = Math.round((BEFORE + LAG) * PER_PERIOD);
  const y = new Float64Array(first + Math.round((BEHIND + LAG) * PER_PERIOD));
  for (let k = 0; k < y.length; k++) {
    const place = Math.max(coarse!.from[i], Math.min(coarse!.to[i] - 2, at + (k - first) * step));
    const floor = Math.floor(place);
    y[k] = x[floor] + (place - floor) * (x[floor + 1] - x[floor]);
  }
  let level = 0;
  for (let k = 0; k < first; k++) level += y[k] / first;
  for (let k = 0; k < y.length; k++) y[k] -= level;
  return y;
}

/** How much better `b` fits `a` as it is than upside down: best correlation less best negative one, over all lags; −1 … 1. */
function compare(a: Float64Array, b: Float64Array): number {
  const reach = Math.round(LAG * PER_PERIOD);
  const length = a.length - 2 * reach;
  let own = 0;
  for (let k = reach; k < reach + length; k++) own += a[k] * a[k];
  let best = 0;
  let worst = 0;
  for (let lag = -reach; lag <= reach; lag++) {
    let cross = 0;
    let other = 0;
    for (let k = reach; k < reach + length; k++) {
      const v = b[k + lag];
      cross += a[k] * v;
      other += v * v;
    }
    const r = own > 0 && other > 0 ? cross / Math.sqrt(own * other) : 0;
    if (r > best) best = r;
    if (r < worst) worst = r;
  }
  return best + worst;
}
