/**
 * A record that runs backwards. A shot comes within a period and dies away slowly, so energy rises steeper than it falls, and the
 * steepest rises stand side by side on neighbouring traces, later with distance; when time is turned, the steepest falls do, earlier.
 */
import { spectralPeriod } from '../../signal/period.ts';
import { recorded } from '../../signal/with-amplitudes.ts';
import type { ShotFacts } from '../facts.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { middle } from '../middle.ts';
import { rememberedJudge } from '../remembered.ts';
import { tenths } from './numbers.ts';
import { someRows } from './some-rows.ts';
import { picksSpeak } from './spread.ts';

export const timeReversed: Judge = rememberedJudge((facts, { limits }): readonly Remark[] => {
  const steps = someRows(facts).flatMap((row) => steepest(facts, row) ?? []);
  const steeper = middle(steps.map(({ rise, fall }) => fall - rise));
  if (steeper === undefined || steps.length < LEAST_TRACES) return [];
  const limit = limits['time-reversed.steeper'];
  const ordered = apart(steps.map(({ riseAt }) => riseAt)) / apart(steps.map(({ fallAt }) => fallAt));
  const outwards = concordance(
    steps.flatMap(({ distance, fallAt }) => (distance === undefined ? [] : [[distance, fallAt]])),
  );
  // Of three signs two must be plain, and the steepness at least not speak against it.
  const signs = [steeper > limit, ordered > limits['time-reversed.ordered'], outwards < INWARDS];
  const backwards = steeper > 0 && signs.filter(Boolean).length >= 2;
  if (!backwards || pickedOutwards(facts)) return [];
  return [
    {
      code: 'time-reversed',
      severity: 'fail',
      traces: [],
      value: tenths(steeper),
      unit: 'dB',
      threshold: limit,
      cause:
        'the samples of the traces run from the end to the beginning, after a faulty conversion or a time-reversal meant for processing',
      advice: 'convert the file again from the recorder; its picks are worth nothing',
      says: 'the record runs backwards in time',
    },
  ];
});

const LEAST_TRACES = 6;
/** Kendall's τ of time against distance below which something runs towards the source. */
const INWARDS = -0.4;
/** Samples of a bin at least. */
const LEAST = 4;
/** Bins on either side of a step. */
const REACH = 2;
/** A trace of fewer bins shows no way to run. */
const LEAST_BINS = 12;

/** First breaks that can be trusted and come later with distance: time runs as it should. */
function pickedOutwards(facts: ShotFacts): boolean {
  const { distances, times, live } = facts;
  const pairs = live.flatMap((i) =>
    distances[i] === undefined || times[i] === undefined ? [] : [[distances[i], times[i]] as const],
  );
  return picksSpeak(facts) && concordance(pairs) > OUTWARDS;
}

/** Kendall's τ of clean picks is 0.9; with the two sides of a spread at different velocities 0.7. */
const OUTWARDS = 0.5;

interface Steepest {
  /** dB over two periods. */
  readonly rise: number;
  readonly fall: number;
  /** Samples. */
  readonly riseAt: number;
  readonly fallAt: number;
  readonly distance: number | undefined;
}

/** In bins of a period, which is the same whichever way time runs. */
function steepest({ shot, distances }: ShotFacts, row: number): Steepest | undefined {
  const x = recorded(shot, row);
  const length = Math.max(LEAST, Math.round(spectralPeriod(x, 0, x.length)));
  const n = Math.floor(x.length / length);
  if (!(n >= LEAST_BINS)) return undefined;
  const level = new Float64Array(n);
  let mean = 0;
  for (let k = 0; k < n * length; k++) mean += x[k];
  mean /= n * length;
  let loudest = 0;
  for (let k = 0; k < n; k++) {
    let sum = 0;
    for (let j = k * length; j < (k + 1) * length; j++) sum += (x[j] - mean) * (x[j] - mean);
    level[k] = sum;
    if (sum > loudest) loudest = sum;
  }
  let [rise, fall, riseAt, fallAt] = [1, 1, 0, 0];
  for (let k = REACH; k + REACH <= n; k++) {
    let [before, behind] = [1e-9 * loudest, 1e-9 * loudest];
    for (let j = 0; j < REACH; j++) {
      before += level[k - 1 - j];
      behind += level[k + j];
    }
    if (behind / before > rise) [rise, riseAt] = [behind / before, k * length];
    if (before / behind > fall) [fall, fallAt] = [before / behind, k * length];
  }
  return { rise: 10 * Math.log10(rise), fall: 10 * Math.log10(fall), riseAt, fallAt, distance: distances[row] };
}

/** Median distance of neighbouring traces, samples; one at least, so that it can divide. */
const apart = (at: readonly number[]): number =>
  Math.max(1, middle(at.slice(1).map((value, k) => Math.abs(value - at[k]))) ?? 1);

/** Pairs in the same order less pairs in opposite order, as a share of both (Kendall 1938); 0 for none. */
function concordance(pairs: readonly (readonly number[])[]): number {
  let [same, opposite] = [0, 0];
  for (const [i, [x, y]] of pairs.entries())
    for (let k = 0; k < i; k++) {
      const order = (x - pairs[k][0]) * (y - pairs[k][1]);
      if (order > 0) same++;
      else if (order < 0) opposite++;
    }
  return same + opposite === 0 ? 0 : (same - opposite) / (same + opposite);
}
