/**
 * How well picks agree with a reference: hit rates (strict `|error| < tolerance`), errors, coverage.
 * Every reference pick counts; one that was missed or skipped is a miss at every tolerance. `error = pick − reference`.
 */
import type { Milliseconds, Samples } from '../units.ts';
import { matchFiles } from './match-files.ts';
import { type PixelError, type PixelScore, pixelIndex, pixelScore } from './score-hardpicks.ts';

/** A row of a picks table; without `time` and `sample` the trace was looked at and not picked. */
export interface PickRow {
  readonly file?: string | undefined;
  /** From 0 in the file. */
  readonly trace?: number | undefined;
  /** Shots of one file may begin at different times. */
  readonly ffid?: number | undefined;
  readonly time?: Milliseconds | undefined;
  readonly sample?: Samples | undefined;
  readonly picker?: string | undefined;
}

export const TOLERANCES_MS = [1, 2, 3, 5, 10, 20, 40] as const;
export const TOLERANCES_SAMPLES = [1, 3, 5, 7, 9] as const;

/** Shares are 0–1; `undefined` where nothing was there to measure, or where the sample interval is not known. */
export interface Agreement {
  readonly referencePicks: number;
  /** Reference picks that have a pick at all. */
  readonly picked: number;
  readonly coverage: number;
  /** By tolerance. */
  readonly hitRateMs: Readonly<Record<number, number | undefined>>;
  readonly hitRateSamples: Readonly<Record<number, number | undefined>>;
  /** Over the traces picked in both, ms. */
  readonly meanAbsolute: number | undefined;
  readonly medianAbsolute: number | undefined;
  readonly rmse: number | undefined;
  readonly biasMean: number | undefined;
  readonly biasMedian: number | undefined;
  /** Traces of these files that the reference left unpicked, and how many of them were picked. */
  readonly unpicked: { readonly traces: number; readonly picked: number };
  readonly hardpicks: PixelScore | undefined;
}

export interface Score {
  /** Named picker of the reference, or undefined: the first in the file per trace. */
  readonly picker: string | undefined;
  readonly all: Agreement;
  readonly files: readonly (Agreement & { readonly file: string; readonly matched: string | undefined })[];
  /** Reference files with no counterpart: all their picks are misses. `candidates`: several that would fit equally. */
  readonly missing: readonly { readonly file: string; readonly candidates: readonly string[] }[];
}

/** Rows without file or trace cannot be matched and are left out. */
export function score(
  picks: readonly PickRow[],
  reference: readonly PickRow[],
  { picker }: { picker?: string | undefined } = {},
): Score {
  const ours = byFile(picks, () => true);
  const theirs = byFile(reference, (row) => isPicked(row) && (picker === undefined || row.picker === picker));
  const matches = matchFiles([...theirs.keys()], [...ours.keys()]);
  const tallies: { file: string; matched: string | undefined; tally: Tally }[] = [];
  const missing: { file: string; candidates: readonly string[] }[] = [];
  for (const [file, rows] of theirs) {
    const match = matches.get(file);
    const matched = match?.kind === 'one' ? match.file : undefined;
    if (matched === undefined) missing.push({ file, candidates: match?.kind === 'several' ? match.files : [] });
    tallies.push({ file, matched, tally: compare((matched && ours.get(matched)) || new Map(), rows) });
  }
  return {
    picker,
    all: agreement(tallies.map(({ tally }) => tally)),
    files: tallies.map(({ file, matched, tally }) => ({ file, matched, ...agreement([tally]) })),
    missing,
  };
}

type Rows = ReadonlyMap<number, PickRow>;
const isPicked = (row: PickRow) => row.time !== undefined || row.sample !== undefined;

/** The first row of each trace stands; later ones are other passes over the same trace. */
function byFile(rows: readonly PickRow[], take: (row: PickRow) => boolean): Map<string, Map<number, PickRow>> {
  const files = new Map<string, Map<number, PickRow>>();
  for (const row of rows) {
    if (row.file === undefined || row.trace === undefined || !take(row)) continue;
    let traces = files.get(row.file);
    if (!traces) files.set(row.file, (traces = new Map()));
    if (!traces.has(row.trace)) traces.set(row.trace, row);
  }
  return files;
}

interface Tally {
  readonly referencePicks: number;
  /** Of the traces picked in both; `samples` is NaN when the interval is not known. */
  readonly errors: readonly { readonly ms: number; readonly samples: number }[];
  readonly pixels: readonly PixelError[];
  readonly unpicked: { readonly traces: number; readonly picked: number };
}

function compare(picks: Rows, reference: Rows): Tally {
  const interval = intervalOf(picks) ?? intervalOf(reference);
  const anchor = anchorsOf(picks);
  const errors: { ms: number; samples: number }[] = [];
  const pixels: PixelError[] = [];
  for (const [trace, truth] of reference) {
    const pick = picks.get(trace);
    const found = pick !== undefined && isPicked(pick) ? pick : undefined;
    if (found) errors.push(errorOf(found, truth, interval));
    const target = truth.sample ?? indexOf(truth, anchor(trace), interval);
    const guess = found && (found.sample ?? indexOf(found, truth, interval));
    pixels.push({
      target: target === undefined ? undefined : pixelIndex(target),
      prediction: found ? (guess === undefined ? undefined : pixelIndex(guess)) : 0,
    });
  }
  const others = [...picks].filter(([trace]) => reference.size > 0 && !reference.has(trace));
  return {
    referencePicks: reference.size,
    errors,
    pixels,
    unpicked: { traces: others.length, picked: others.filter(([, row]) => isPicked(row)).length },
  };
}

/** Sample interval from two rows of one shot that tell both time and sample, as far apart as there are. */
function intervalOf(rows: Rows): number | undefined {
  const anchored = [...rows.values()].filter(({ time, sample }) => time !== undefined && sample !== undefined);
  let best: { readonly spread: number; readonly interval: number } | undefined;
  for (const ofShot of Map.groupBy(anchored, ({ ffid }) => ffid).values()) {
    const low = ofShot.reduce((a, b) => (b.sample! < a.sample! ? b : a));
    const high = ofShot.reduce((a, b) => (b.sample! > a.sample! ? b : a));
    const spread = high.sample! - low.sample!;
    if (spread >= 1 && spread > (best?.spread ?? 0)) best = { spread, interval: (high.time! - low.time!) / spread };
  }
  return best && best.interval > 0 ? best.interval : undefined;
}

function errorOf(pick: PickRow, truth: PickRow, interval = Number.NaN): { ms: number; samples: number } {
  const ms = pick.time !== undefined && truth.time !== undefined ? pick.time - truth.time : Number.NaN;
  const samples = pick.sample !== undefined && truth.sample !== undefined ? pick.sample - truth.sample : Number.NaN;
  return {
    ms: Number.isNaN(ms) ? samples * interval : ms,
    samples: Number.isNaN(samples) ? ms / interval : samples,
  };
}

/** Finds the row nearest to a trace that tells both time and sample: it fixes where sample 0 lies. */
function anchorsOf(rows: Rows): (trace: number) => PickRow | undefined {
  const anchors = [...rows]
    .filter(([, row]) => row.time !== undefined && row.sample !== undefined)
    .sort(([a], [b]) => a - b);
  return (trace) => {
    let low = 0;
    for (let high = anchors.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (anchors[middle][0] < trace) low = middle + 1;
      else high = middle;
    }
    const [before, after] = [anchors[low - 1], anchors[low]];
    if (!before || !after) return (before ?? after)?.[1];
    return trace - before[0] < after[0] - trace ? before[1] : after[1];
  };
}

/** Sample index of a row that only tells its time, from another row of the same axis that tells both. */
function indexOf(row: PickRow, anchor: PickRow | undefined, interval: number | undefined): number | undefined {
  if (interval === undefined || row.time === undefined) return undefined;
  if (anchor?.time === undefined || anchor.sample === undefined) return undefined;
  return anchor.sample + (row.time - anchor.time) / interval;
}

function agreement(tallies: readonly Tally[]): Agreement {
  const referencePicks = sum(tallies.map((tally) => tally.referencePicks));
  const errors = tallies.flatMap((tally) => tally.errors);
  const inMs = errors.map((error) => error.ms);
  const inSamples = errors.map((error) => error.samples);
  const absolute = inMs.map(Math.abs);
  return {
    referencePicks,
    picked: errors.length,
    coverage: referencePicks === 0 ? 0 : errors.length / referencePicks,
    hitRateMs: hitRates(TOLERANCES_MS, inMs, referencePicks),
    hitRateSamples: hitRates(TOLERANCES_SAMPLES, inSamples, referencePicks),
    meanAbsolute: defined(sum(absolute) / absolute.length),
    medianAbsolute: defined(median(absolute)),
    rmse: defined(Math.sqrt(sum(inMs.map((error) => error * error)) / inMs.length)),
    biasMean: defined(sum(inMs) / inMs.length),
    biasMedian: defined(median(inMs)),
    unpicked: {
      traces: sum(tallies.map((tally) => tally.unpicked.traces)),
      picked: sum(tallies.map((tally) => tally.unpicked.picked)),
    },
    hardpicks: pixelScore(tallies.flatMap((tally) => tally.pixels)),
  };
}

function hitRates(
  tolerances: readonly number[],
  errors: readonly number[],
  referencePicks: number,
): Record<number, number | undefined> {
  const known = referencePicks > 0 && !errors.some(Number.isNaN);
  return Object.fromEntries(
    tolerances.map((tolerance) => [
      tolerance,
      known ? errors.filter((error) => Math.abs(error) < tolerance).length / referencePicks : undefined,
    ]),
  );
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const defined = (value: number) => (Number.isNaN(value) ? undefined : value);

function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
