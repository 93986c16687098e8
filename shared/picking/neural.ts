/**
 * The learned picker: the classical picker says where to look, the network looks, and neighbouring traces decide together.
 *
 *   guide (ridge and period of the gather) ─▶ windows along its moveout ─▶ network ─▶ best path ─▶ place ─▶ confidence
 */
import type { TimedShot } from '../gather.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Runtime } from '../model/runtime.ts';
import { CHANNELS, cutWindow, SAMPLES, type WindowTrace, windowTraces } from '../model/window.ts';
import type { Pick as TracePick } from '../picks.ts';
import { median } from '../signal/period.ts';
import { ms } from '../units.ts';
import { calibrated } from './calibration.ts';
import { type Guide, guideAt, guideOf } from './classical.ts';
import { correctedGuide } from './corrected-guide.ts';
import { decode } from './decode.ts';
import { guidedFrame, moveout } from './guided-frame.ts';
import { type LiveRows, liveRows } from './live-rows.ts';
import { neuralConfidence } from './neural-confidence.ts';
import type { Picker } from './pick-shot.ts';
import { localTrend } from './trend.ts';

export interface NeuralModel {
  readonly manifest: Pick<Manifest, 'name' | 'calibration'> & {
    readonly input: Pick<Manifest['input'], 'traceMultiple'>;
  };
  readonly runtime: Runtime;
}

/** What says where to look; whoever picks the same shots again and again may remember its answers. */
export interface Guides {
  readonly guideOf: typeof guideOf;
  readonly guideAt: typeof guideAt;
}

/** Below this mean certainty of the network the guide is doubted, … */
const DOUBT = 0.25;
/** … others are made from first periods this many times the measured one (much noise looks like a short period), … */
const OTHER_PERIODS: readonly number[] = [2, 3, 4, 6, 8, 12, 16, 24, 32];
/** … and the one that the network is surest of is taken, if it is surer by this. */
const GAIN = 0.1;

/** The network's pick leans this far towards a guide less than half a period away: the two err in different ways. */
const LEAN = 0.4;

export interface NeuralOptions {
  readonly guides?: Guides;
  /** false: every live trace is picked, however unsure; for measuring what a network has learnt. @default true */
  readonly abstain?: boolean;
}

export const neuralPicker = (
  { manifest, runtime }: NeuralModel,
  { guides = { guideOf, guideAt }, abstain = true }: NeuralOptions = {},
): Picker => ({
  name: manifest.name,
  async pick(shot) {
    const live = liveRows(shot);
    const picks: TracePick[] = live.skipped.map((skipped) => skipped ?? { kind: 'skipped', reason: 'dead' });
    const seen = await lookAround(shot, live, { manifest, runtime }, guides);
    const least = leastConfidence(seen);
    seen.forEach(({ time, sure, confidence, recorded }, r) => {
      picks[live.at[r]] =
        abstain && (sure < HOPELESS || confidence < least || !recorded)
          ? { kind: 'skipped', reason: 'low-confidence' }
          : { kind: 'picked', time: ms(time), confidence: calibrated(manifest.calibration, confidence) };
    });
    return picks;
  },
});

interface Seen {
  readonly time: number; // ms
  /** Probability that the first break is here, by the network alone. */
  readonly sure: number;
  /** Before calibration. */
  readonly confidence: number;
  /** Within the record, and not long before the shot. */
  readonly recorded: boolean;
}

/** Gathers of noise, or of records that end before their breaks, have a lower median; there a pick must stand out. */
const NOISE_MEDIAN = 0.35;
const OUTSTANDING = 0.5;

const leastConfidence = (seen: readonly Seen[]): number =>
  median(Float64Array.from(seen, ({ confidence }) => confidence)) < NOISE_MEDIAN ? OUTSTANDING : 0;

/** Less sure than this, a trace is skipped. */
const HOPELESS = 0.12;

/** What the network makes of the live rows; where it is not sure, of other guides too. */
async function lookAround(
  shot: TimedShot,
  live: LiveRows,
  model: NeuralModel,
  { guideOf, guideAt }: Guides,
): Promise<readonly Seen[]> {
  if (live.at.length === 0) return [];
  const traces = windowTraces(shot, live.at);
  const first = await look(shot, traces, guideOf(shot, live), model);
  let best = first;
  if (first.certainty < DOUBT) {
    let most = standing(first) + GAIN;
    const tried = [first.guide];
    for (const factor of OTHER_PERIODS) {
      const guide = guideAt(shot, live, factor);
      if (tried.some((each) => sameGuide(each, guide))) continue; // periods beyond what a record holds are cut down to it
      tried.push(guide);
      const other = await look(shot, traces, guide, model);
      if (standing(other) > most) [best, most] = [other, standing(other)];
    }
  }
  const guide = correctedGuide(best.guide, best.time, best.sure);
  if (guide) {
    const again = await look(shot, traces, guide, model);
    if (again.certainty > best.certainty) best = again;
  }
  return seenOf(best, shot, live);
}

/** They lay the same windows, from which the network says the same again. */
const sameGuide = (a: Guide, b: Guide): boolean =>
  a.time.every((time, r) => time === b.time[r]) && a.period.every((period, r) => period === b.period[r]);

/** What the network makes of one guide. All [row]. */
interface Look {
  readonly guide: Guide;
  readonly time: Float64Array; // ms
  readonly mass: Float64Array;
  /** mass × here */
  readonly sure: Float64Array;
  /** Distance from the line through the neighbours, in periods. */
  readonly departure: Float64Array;
  /** Mean of `sure`. */
  readonly certainty: number;
}

/** Picks that are sure and lie along a line. */
const standing = ({ certainty, departure }: Look): number => certainty - mean(departure);

/** Traces that go through the network at once; panels overlap so that each trace sees its neighbours. */
const PANEL = 240;
const OVERLAP = 8;
/** Neighbours on either side that tell where a pick should lie. */
const REACH = 2;

async function look(
  { sampleInterval }: TimedShot,
  traces: readonly WindowTrace[],
  guide: Guide,
  { manifest, runtime }: NeuralModel,
): Promise<Look> {
  const n = traces.length;
  const centre = moveout(guide);
  const multiple = manifest.input.traceMultiple;
  const time = new Float64Array(n);
  const mass = new Float64Array(n);
  const here = new Float64Array(n);
  // One for all panels: each is done with before the next is cut.
  const most = Math.ceil(Math.min(n, PANEL + 2 * OVERLAP) / multiple) * multiple;
  const windows = new Float32Array(most * SAMPLES * CHANNELS.length); // [trace, sample, channel]
  for (let from = 0; from < n; from += PANEL) {
    const a = Math.max(0, from - OVERLAP);
    const rows = Math.min(n, from + PANEL + OVERLAP) - a;
    const padded = Math.ceil(rows / multiple) * multiple;
    const taken = Array.from({ length: padded }, (_, k) => Math.min(a + k, n - 1));
    const period = ms(guide.period[from]);
    const frame = guidedFrame(
      Float64Array.from(taken, (k) => centre[k]),
      period,
      sampleInterval,
    );
    const features = windows.subarray(0, padded * SAMPLES * CHANNELS.length);
    cutWindow(
      taken.map((k) => traces[k]),
      frame,
      features,
    );
    const { onset, none } = await runtime.run(features, 1, padded);
    const decoded = decode(onset, rows, frame, period / frame.interval);
    for (let r = from; r < Math.min(n, from + PANEL); r++) {
      time[r] = decoded[r - a].time;
      mass[r] = decoded[r - a].mass;
      here[r] = 1 / (1 + Math.exp(none[r - a]));
    }
  }
  const times = time.map((own, r) =>
    Math.abs(own - guide.time[r]) < guide.period[r] / 2 ? own + LEAN * (guide.time[r] - own) : own,
  );
  const steady = localTrend(times, REACH);
  const sure = mass.map((share, r) => share * here[r]);
  return {
    guide,
    time: times,
    mass,
    sure,
    departure: times.map((at, r) => Math.min(1, Math.abs(at - steady[r]) / guide.period[r])),
    certainty: mean(sure),
  };
}

/** Periods before the shot at which a break is still believed: triggers are late. */
const BEFORE_SHOT = 2;

const seenOf = (
  { guide, time, mass, sure, certainty }: Look,
  { firstSample, sampleInterval }: TimedShot,
  { from, to }: LiveRows,
): readonly Seen[] =>
  Array.from(time, (at, r) => ({
    time: at,
    sure: sure[r],
    confidence: neuralConfidence({ mass: mass[r], gather: certainty, trust: guide.trust[r] }),
    recorded:
      at >= Math.max(firstSample.time + from[r] * sampleInterval, -BEFORE_SHOT * guide.period[r]) &&
      at <= firstSample.time + (to[r] - 1) * sampleInterval,
  }));

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
