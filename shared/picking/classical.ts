/**
 * The default classical picker: an energy-ratio image of the whole gather, the best ridge through it (neighbouring traces
 * decide together), then the onset near the ridge. Nothing to set; every length follows from the period it measures.
 */
import type { TimedShot } from '../gather.ts';
import type { Pick as TracePick } from '../picks.ts';
import { median, spectralPeriod, zeroCrossingPeriod } from '../signal/period.ts';
import { ms } from '../units.ts';
import { binMeans, smooth } from './bins.ts';
import { confidence, leastConfidence } from './confidence.ts';
import { kept } from './kept.ts';
import { type LiveRows, liveRows } from './live-rows.ts';
import { onsets } from './onset.ts';
import { onsetScores, onsetWork } from './onset-image.ts';
import type { Picker } from './pick-shot.ts';
import { ridge } from './ridge.ts';
import { CLASSICAL, type ClassicalSettings } from './settings.ts';
import { meanLead, type Strength, strengthAt } from './strength.ts';
import { localMedian, localTrend } from './trend.ts';

export const classicalPicker: Picker = {
  name: 'classical',
  pick: async (shot) => pickClassical(shot),
};

/** Cells of an image held at once; larger gathers go in panels of neighbouring traces. */
const PANEL_CELLS = 4 * 1024 * 1024;
/** Traces that panels share, so that a ridge has settled where one takes over. */
const OVERLAP = 16;
/** Neighbours on either side that tell the slope of the moveout. */
const REACH = 2;

export function pickClassical(shot: TimedShot, set: ClassicalSettings = CLASSICAL): readonly TracePick[] {
  const live = liveRows(shot);
  const picks: TracePick[] = live.skipped.map((skipped) => skipped ?? { kind: 'skipped', reason: 'dead' });
  for (const panel of panels(live, shot.samples)) {
    const { at, trust, overall } = bestGuide(shot, panel, set);
    const least = leastConfidence(overall);
    for (let r = panel.keep[0]; r < panel.keep[1]; r++)
      picks[panel.at[r]] =
        trust[r] < least
          ? { kind: 'skipped', reason: 'low-confidence' }
          : { kind: 'picked', time: timeOf(shot, panel, r, at[r]), confidence: trust[r] };
  }
  return picks;
}

/** Where the first breaks of live rows seem to lie. All [row]. */
export interface Guide {
  readonly time: Float64Array; // ms after the shot
  /** Dominant period after the breaks, ms; the same for rows that were looked at together. */
  readonly period: Float64Array;
  /** Confidence of the classical picker. */
  readonly trust: Float64Array;
}

/** What the classical picker makes of a shot, for pickers that look closer. */
export function guideOf(shot: TimedShot, live: LiveRows): Guide {
  return guideBy(shot, live, (panel) => bestGuide(shot, panel, CLASSICAL));
}

/** The same from a first period that is `factor` times the one measured. */
export function guideAt(shot: TimedShot, live: LiveRows, factor: number): Guide {
  return guideBy(shot, live, (panel) => follow(shot, panel, factor * panel.firstPeriod, CLASSICAL));
}

function guideBy(shot: TimedShot, live: LiveRows, find: (panel: Panel) => Found): Guide {
  const n = live.at.length;
  const guide = { time: new Float64Array(n), period: new Float64Array(n), trust: new Float64Array(n) };
  let row = 0;
  for (const panel of panels(live, shot.samples)) {
    const { at, trust, period } = find(panel);
    for (let r = panel.keep[0]; r < panel.keep[1]; r++, row++) {
      guide.time[row] = timeOf(shot, panel, r, at[r]);
      guide.period[row] = period * shot.sampleInterval;
      guide.trust[row] = trust[r];
    }
  }
  return guide;
}

const timeOf = (shot: TimedShot, { from, to }: LiveRows, r: number, sample: number) =>
  ms(shot.firstSample.time + Math.min(Math.max(sample, from[r]), to[r] - 1) * shot.sampleInterval);

interface Panel extends LiveRows {
  /** Rows whose picks count. */
  readonly keep: readonly [number, number];
  /** Of the whole records, samples. */
  readonly firstPeriod: number;
}

/** Where a guide is doubted, others follow from the same first period. */
const knownPanels = new WeakMap<LiveRows, readonly Panel[]>();

function panels(live: LiveRows, samples: number): readonly Panel[] {
  const known = knownPanels.get(live);
  if (known) return known;
  const made = Array.from(parts(live, samples), (part) => ({ ...part, firstPeriod: firstPeriod(part) }));
  knownPanels.set(live, made);
  return made;
}

function* parts(live: LiveRows, samples: number): Generator<Omit<Panel, 'firstPeriod'>> {
  const n = live.at.length;
  const size = Math.max(3 * OVERLAP, Math.floor(PANEL_CELLS / samples));
  if (n <= size + OVERLAP) {
    if (n) yield { ...live, keep: [0, n] };
    return;
  }
  for (let from = 0; from < n; from += size) {
    const a = Math.max(0, from - OVERLAP);
    const b = Math.min(n, from + size + OVERLAP);
    const { at, rows, from: starts, to: ends, skipped } = live;
    const part = {
      at: at.slice(a, b),
      rows: rows.slice(a, b),
      from: starts.slice(a, b),
      to: ends.slice(a, b),
      skipped,
    };
    yield { ...part, keep: [from - a, Math.min(n, from + size) - a] };
  }
}

const firstPeriod = ({ rows, from, to }: LiveRows) =>
  median(Float64Array.from(rows, (x, r) => spectralPeriod(x, from[r], to[r])));

/** From the measured period; where that leaves much in doubt, from others too. */
function bestGuide(shot: TimedShot, panel: Panel, set: ClassicalSettings): Found {
  const period = panel.firstPeriod;
  let best = follow(shot, panel, period, set);
  // The strong part of a record may be slower or faster noise than its first breaks: then other periods see more.
  for (const factor of best.overall < set.doubt ? set.otherPeriods : []) {
    const other = follow(shot, panel, period * factor, set);
    if (other.overall > best.overall + set.gain) best = other;
  }
  return best;
}

interface Found {
  /** Onsets, fractional samples on the row axis. */
  readonly at: Float64Array;
  /** Confidence of each. */
  readonly trust: Float64Array;
  /** Its median. */
  readonly overall: number;
  /** Measured after the ridge, samples. */
  readonly period: number;
}

const scoresOf = kept((length) => new Float32Array(length));
const meansOf = kept((length) => new Float32Array(length));

/** From a first guess of the period (samples) to onsets: image and ridge, the period measured anew, then the onsets near it. */
function follow(shot: TimedShot, { rows, from, to }: Panel, guess: number, set: ClassicalSettings): Found {
  const n = shot.samples;
  const shotAt = -shot.firstSample.time / shot.sampleInterval;
  let period = guess;
  let near = new Float64Array(rows.length);
  let trend: Float64Array | undefined;
  let strength: Strength[] = [];
  for (let pass = 0; pass < set.passes; pass++) {
    const last = pass === set.passes - 1;
    period = Math.min(Math.max(period * (last ? set.widen : 1), 4), n / 10);
    const width = Math.max(1, Math.round(period / (last ? set.binsPerPeriod : set.coarseBins)));
    const bins = Math.max(8, Math.floor(n / width));
    const inBins = period / width;
    const scores = scoresOf(rows.length * bins); // [row, bin]
    const means = meansOf(rows.length * bins); // [row, bin]
    const work = onsetWork(bins);
    const earliest = Math.floor(shotAt / width - set.preShot * inBins);
    for (let r = 0; r < rows.length; r++) {
      const y = means.subarray(r * bins, (r + 1) * bins);
      binMeans(rows[r], 0, width, y);
      smooth(y, set.smoothing);
      const first = Math.min(bins - 2, Math.ceil(from[r] / width));
      const end = Math.max(first + 2, Math.min(bins, Math.floor(to[r] / width)));
      onsetScores(y, inBins, first, end, earliest, scores.subarray(r * bins, (r + 1) * bins), work, set);
    }
    const image = { scores, traces: rows.length, bins };
    const path = ridge(
      image,
      { step: (trend ? set.follow : set.step) / inBins, jump: set.jump },
      trend?.map((s) => s / width),
    );
    near = Float64Array.from(path, (b) => b * width);
    if (last)
      strength = Array.from(path, (b, r) =>
        strengthAt(scores.subarray(r * bins, (r + 1) * bins), b, Math.ceil(inBins)),
      );
    trend = localTrend(near, REACH);
    period =
      width *
      median(Float64Array.from(path, (b, r) => periodAfter(means.subarray(r * bins, (r + 1) * bins), b, inBins)));
  }
  const { at, sharp } = onsets(rows, localMedian(near, 1), from, to, period, set);
  const steady = localTrend(at, REACH);
  const trust = Float64Array.from(at, (sample, r) =>
    confidence({
      ...strength[r],
      around: meanLead(strength, r),
      sharp: sharp[r],
      departure: Math.abs(sample - steady[r]) / period,
    }),
  );
  return { at, trust, overall: median(trust.slice()), period };
}

/** Period of a trace in bins, from two periods after bin `b`, the window following what it finds. */
function periodAfter(y: Float32Array, b: number, period: number): number {
  const from = Math.min(y.length - 8, b);
  let window = Math.round(2 * period);
  for (let k = 0; k < 3; k++) {
    const found = zeroCrossingPeriod(y, from, Math.min(y.length, from + window));
    window = Math.max(6, Math.min(Math.round(2 * found), Math.round(4 * period)));
  }
  return window / 2;
}
