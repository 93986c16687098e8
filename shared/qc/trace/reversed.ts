/**
 * Traces whose first break swings the other way than that of their neighbours. Two things must say so: the sign of the first
 * swing after the pick, and the wave form, which aligned on the picks fits the traces around better upside down. Picks off the
 * moveout of their neighbours, by a skipped half-cycle say, take no part, and a gather whose swings are mixed tells nothing.
 */
import { decibels, percent } from '../../units.ts';
import { coarsePlace } from '../coarse.ts';
import type { ShotFacts } from '../facts.ts';
import { ABOVE_NOISE, firstSwing } from '../first-swing.ts';
import { middle } from '../middle.ts';
import { moveoutOf } from '../moveout/of-shot.ts';
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
/** Periods before and after the break that are compared, and by which picks may be off. */
const BEFORE = 0.25;
const BEHIND = 0.6;
const LAG = 0.2;
/** Periods off its neighbours, and next to a source, where times bend, off the branches, from which on a pick may be half a cycle off. */
const SKIPPED = 0.3;
/** Usable traces to either side that a trace is compared with, and how many of them must tell. */
const NEIGHBOURS = 6;
const LEAST = 4;
/** Of those the wave form is compared with the closest only: it changes along the spread. */
const CLOSEST = 4;
/** Rounds in which what was found reversed counts as turned; the last one must be sure. */
const ROUNDS = 4;

function reversedRows(facts: ShotFacts, { limits }: Profile): readonly number[] {
  const { residuals } = moveoutOf(facts);
  const usable = facts.live.filter((i) => {
    const level = facts.breakLevels[i];
    const off = facts.offTrend[i];
    return (
      off !== undefined &&
      Math.min(Math.abs(off), Math.abs(residuals[i] ?? off)) < SKIPPED * facts.period! &&
      level?.noise !== undefined &&
      decibels(level.signal / level.noise) > limits['reversed-traces.signal']
    );
  });
  if (percent(usable.length / facts.live.length) < limits['reversed-traces.clear']) return [];
  const heights = usable.map((i) => firstSwing(facts, i));
  const swings = heights.map(Math.sign);
  const cuts = usable.map((i) => cutAt(facts, i));
  const n = usable.length;
  const fits = new Map<number, number>();
  // Few are asked for: those of traces that swing against their neighbours.
  const fitOf = (a: number, b: number): number => {
    const [one, other] = [Math.min(a, b), Math.max(a, b)];
    const known = fits.get(one * n + other);
    if (known !== undefined) return known;
    const fit = compare(cuts[one], cuts[other]);
    fits.set(one * n + other, fit);
    return fit;
  };
  const mean = swings.reduce((sum, swing) => sum + swing, 0) / n;
  const oneWay = Math.abs(mean) > limits['reversed-traces.against'];
  let turned = Int8Array.from(swings, (swing) => (oneWay && swing * mean < 0 ? -1 : 1));
  /** Over the traces around that swing plainly, or the closest of them, the mean of something; 0 where they are too few. */
  const meanAround = (a: number, of: (b: number) => number, most = 2 * NEIGHBOURS) => {
    let [sum, count] = [0, 0];
    for (let step = 1; step <= NEIGHBOURS; step++)
      for (const b of [a - step, a + step]) {
        if (b < 0 || b >= n || swings[b] === 0 || count === most) continue;
        sum += of(b);
        count++;
      }
    return count < LEAST ? 0 : sum / count;
  };
  const swing = (b: number) => swings[b] * turned[b];
  const sameAs = (a: number) => meanAround(a, (b) => fitOf(a, b) * turned[b], CLOSEST);
  for (let round = 0; round < ROUNDS; round++)
    turned = turned.map((_, a) => {
      const last = round === ROUNDS - 1;
      if (swings[a] === 0) return last && sameAs(a) < -SAME ? -1 : 1;
      if (swings[a] * meanAround(a, swing) > -limits['reversed-traces.against']) return 1;
      return sameAs(a) < (last ? -limits['reversed-traces.fit'] : 0) ? -1 : 1;
    });
  const agree = usable.filter(
    (_, a) => swings[a] * turned[a] * meanAround(a, swing) > limits['reversed-traces.against'],
  );
  if (percent(agree.length / usable.length) < limits['reversed-traces.agree']) return [];
  // where the usual first swing would drown in the noise, the second one is taken for it; and so is what comes before it
  const shows = (i: number, a: number) => {
    const heard: number[] = [];
    for (let b = Math.max(0, a - NEIGHBOURS); b <= Math.min(n - 1, a + NEIGHBOURS); b++)
      if (swing(b) * swings[a] < 0) heard.push(Math.abs(heights[b]) / facts.breakLevels[usable[b]]!.signal);
    const [share, { signal, noise }] = [middle(heard) ?? 0, facts.breakLevels[i]!];
    return share * signal > ABOVE_NOISE * noise! && Math.abs(heights[a]) > AS_FAR * share * signal;
  };
  const changes = changesOf(usable.map((_, a) => turned[a] < 0 || swings[a] * meanAround(a, swing) <= 0));
  const found = usable.filter(
    (i, a) => turned[a] < 0 && (swings[a] === 0 || shows(i, a)) && (sameAs(a) < -SAME || !changes.has(a)),
  );
  return percent(found.length / usable.length) > limits['reversed-traces.most'] ? [] : found;
}

/** A trace the other way round swings as far as the others; a quarter of it allows for what traces differ by. */
const AS_FAR = 0.25;
/** The wave form changes with distance: so many traces in a row that swing against the rest, and so many up to an end of the spread. */
const ROW = 5;
const END = 2;
/** … unless it is the same wave form upside down: fit from which on it is; that tells by itself where noise hides the first swing. */
const SAME = 0.95;

/** @param against does it swing against the rest, or not at all. [usable trace] */
function changesOf(against: readonly boolean[]): ReadonlySet<number> {
  const n = against.length;
  const found = new Set<number>();
  for (let from = 0, to = 0; from < n; from = to + 1) {
    for (to = from; to < n && against[to]; ) to++;
    const least = from === 0 || to === n ? END : ROW;
    if (to - from >= least) for (let a = from; a < to; a++) found.add(a);
  }
  return found;
}

/** A trace around its break, from the quiet before it. */
function cutAt({ coarse, breaks, period }: ShotFacts, i: number): Float64Array {
  const x = coarse.rows[i]!;
  const at = coarsePlace(coarse, breaks[i]!);
  const step = period! / coarse.interval / PER_PERIOD;
  const first = Math.round((BEFORE + LAG) * PER_PERIOD);
  const y = new Float64Array(first + Math.round((BEHIND + LAG) * PER_PERIOD));
  for (let k = 0; k < y.length; k++) {
    const place = Math.max(coarse.from[i], Math.min(coarse.to[i] - 2, at + (k - first) * step));
    const floor = Math.floor(place);
    y[k] = x[floor] + (place - floor) * (x[floor + 1] - x[floor]);
  }
  let level = 0;
  for (let k = 0; k < first; k++) level += y[k] / first;
  for (let k = 0; k < y.length; k++) y[k] -= level;
  return y;
}

/** How much better `b` fits `a` as it is than upside down: best correlation less best negative one; −1 … 1. */
function compare(a: Float64Array, b: Float64Array): number {
  const reach = Math.round(LAG * PER_PERIOD);
  const length = a.length - 2 * reach;
  let own = 0;
  for (let k = reach; k < reach + length; k++) own += a[k] * a[k];
  let [best, worst] = [0, 0];
  for (let lag = -reach; lag <= reach; lag++) {
    let [cross, other] = [0, 0];
    for (let k = reach; k < reach + length; k++) {
      const v = b[k + lag];
      cross += a[k] * v;
      other += v * v;
    }
    const r = own > 0 && other > 0 ? cross / Math.sqrt(own * other) : 0;
    best = Math.max(best, r);
    worst = Math.min(worst, r);
  }
  return best + worst;
}
