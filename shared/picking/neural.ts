/**
 * The learned picker: the classical picker says where to look, the network looks, and neighbouring traces decide together.
 *
 *   guide (ridge and period of the gather) ─▶ windows along its moveout ─▶ network ─▶ best path across traces ─▶ sub-bin pick
 */
import type { TimedShot } from '../gather.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Runtime } from '../model/runtime.ts';
import { binOfTime, CHANNELS, cutWindow, type Frame, SAMPLES, timeOfBin, windowTraces } from '../model/window.ts';
import type { Pick } from '../picks.ts';
import { ms, samples } from '../units.ts';
import { type Guide, guideAt, guideOf } from './classical.ts';
import { BINS_PER_PERIOD, guidedFrame, moveout } from './guided-frame.ts';
import { type LiveRows, liveRows } from './live-rows.ts';
import type { Picker } from './pick-shot.ts';
import { ridge } from './ridge.ts';

export interface NeuralModel {
  readonly manifest: Manifest;
  readonly runtime: Runtime;
}

export interface NeuralSettings {
  /** Cost of a period of departure from the guide's moveout between neighbours, nepers. */
  readonly step: number;
  /** Largest cost between neighbours. */
  readonly jump: number;
  /** Probabilities below count as this, nepers. */
  readonly floor: number;
  /** Bins on either side over which a pick is averaged. */
  readonly average: number;
  /** Share of the guide in a pick less than half a period from it: the two err in different ways. */
  readonly blend: number;
}
export const NEURAL: NeuralSettings = { step: 3, jump: 8, floor: -7, average: 3, blend: 0.3 };

/** Traces that go through the network at once; panels overlap so that each trace sees its neighbours. */
const PANEL = 240;
const OVERLAP = 8;

/** Below this mean confidence the guide is doubted … */
const DOUBT = 0.3;
/** … others are made from first periods this many times the measured one: much noise looks like a short period … */
const OTHER_PERIODS: readonly number[] = [4, 8, 16, 2, 32];
/** … and the one taken that the network is most confident of, by at least this. */
const GAIN = 0.1;

export const neuralPicker = (model: NeuralModel, settings: NeuralSettings = NEURAL): Picker => ({
  name: model.manifest.name,
  async pick(shot) {
    const live = liveRows(shot);
    const picks: Pick[] = live.skipped.map((skipped) => skipped ?? { kind: 'skipped', reason: 'dead' });
    if (live.at.length === 0) return picks;
    const looked = await lookAround(shot, live, model, settings);
    looked.forEach(({ time, confidence }, r) => {
      picks[live.at[r]] = { kind: 'picked', time: ms(time), confidence };
    });
    return picks;
  },
});

async function lookAround(
  shot: TimedShot,
  live: LiveRows,
  model: NeuralModel,
  settings: NeuralSettings,
): Promise<readonly Looked[]> {
  let best = await look(shot, live, guideOf(shot, live), model, settings);
  const first = meanConfidence(best);
  if (first >= DOUBT) return best;
  let most = first + GAIN;
  for (const factor of OTHER_PERIODS) {
    const other = await look(shot, live, guideAt(shot, live, factor), model, settings);
    const sure = meanConfidence(other);
    if (sure > most) [best, most] = [other, sure];
  }
  return best;
}

const meanConfidence = (looked: readonly Looked[]): number =>
  looked.reduce((sum, { confidence }) => sum + confidence, 0) / looked.length;

export interface Looked {
  readonly time: number; // ms
  readonly confidence: number;
}

export async function look(
  shot: TimedShot,
  live: LiveRows,
  guide: Guide,
  { manifest, runtime }: NeuralModel,
  settings: NeuralSettings,
  zoom = 1,
): Promise<readonly Looked[]> {
  const n = live.at.length;
  const centre = moveout(guide);
  const traces = windowTraces(shot, live.at);
  const multiple = manifest.input.traceMultiple;
  const looked: Looked[] = [];
  for (let from = 0; from < n; from += PANEL) {
    const a = Math.max(0, from - OVERLAP);
    const b = Math.min(n, from + PANEL + OVERLAP);
    const rows = b - a;
    const padded = Math.ceil(rows / multiple) * multiple;
    const taken = Array.from({ length: padded }, (_, k) => Math.min(a + k, n - 1));
    const frame = guidedFrame(
      Float64Array.from(taken, (k) => centre[k]),
      ms(guide.period[from]),
      shot.sampleInterval,
      zoom,
    );
    const features = new Float32Array(padded * SAMPLES * CHANNELS.length);
    cutWindow(
      taken.map((k) => traces[k]),
      frame,
      features,
    );
    const { onset, none } = await runtime.run(features, 1, padded);
    const part = decode(
      onset,
      none,
      rows,
      frame,
      settings,
      guide.period[from] / frame.interval,
      taken.map((k, r) => binOfTime(frame, r, ms(guide.time[k]))),
    );
    looked.push(...part.slice(from - a, Math.min(n, from + PANEL) - a));
  }
  return looked;
}

/** @param onset [trace, bin] @param period in bins @param guided bin of the guide's pick on each trace */
function decode(
  onset: Float32Array,
  none: Float32Array,
  rows: number,
  frame: Frame,
  { step, jump, floor, average, blend }: NeuralSettings,
  period: number,
  guided: readonly number[],
): Looked[] {
  const scores = new Float32Array(rows * SAMPLES);
  for (let r = 0; r < rows; r++) logSoftmax(onset, scores, r * SAMPLES, floor);
  const path = ridge({ scores, traces: rows, bins: SAMPLES }, { step: step / period, jump });
  return Array.from(path, (bin, r): Looked => {
    const s = scores.subarray(r * SAMPLES, (r + 1) * SAMPLES);
    let k = bin;
    for (let j = Math.max(0, bin - 2); j <= Math.min(SAMPLES - 1, bin + 2); j++) if (s[j] > s[k]) k = j;
    let [sum, moment, mass] = [0, 0, 0];
    const reach = Math.ceil(BINS_PER_PERIOD / 4);
    for (let j = Math.max(0, k - reach); j <= Math.min(SAMPLES - 1, k + reach); j++) {
      const p = Math.exp(s[j]);
      mass += p;
      if (Math.abs(j - k) > average) continue;
      sum += p;
      moment += p * j;
    }
    const own = moment / sum;
    const at = Math.abs(own - guided[r]) < period / 2 ? own + blend * (guided[r] - own) : own;
    const here = 1 / (1 + Math.exp(none[r]));
    return { time: timeOfBin(frame, r, samples(at)), confidence: Math.min(1, mass) * here };
  });
}

function logSoftmax(logits: Float32Array, into: Float32Array, from: number, floor: number): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = from; k < from + SAMPLES; k++) if (logits[k] > top) top = logits[k];
  let sum = 0;
  for (let k = from; k < from + SAMPLES; k++) sum += Math.exp(logits[k] - top);
  const all = top + Math.log(sum);
  for (let k = from; k < from + SAMPLES; k++) into[k] = Math.max(floor, logits[k] - all);
}
