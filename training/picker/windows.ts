/**
 * Windows to learn from, cut from a labelled shot as picking would cut them: the whole record, a shorter one from the shot on,
 * and ever narrower ones around picks that are somewhat wrong.
 */
import {
  binOfTime,
  CHANNELS,
  cutWindow,
  type Frame,
  SAMPLES,
  type WindowTrace,
  windowTraces,
} from '#shared/model/window.ts';
import { zeroCrossingPeriod } from '#shared/signal/period.ts';
import { type Milliseconds, ms } from '#shared/units.ts';
import type { Label, LabelledShot } from '../data/labelled.ts';
import { type Dice, smoothLine } from '../synthetic/dice.ts';
import type { Batch } from './gradients.ts';

/** A batch of windows × traces, to be filled window by window. */
export function emptyBatch(windows: number, traces: number): Batch {
  const cells = windows * traces;
  return {
    shape: [windows, traces, SAMPLES, CHANNELS.length],
    features: new Float32Array(cells * SAMPLES * CHANNELS.length),
    targets: {
      position: new Float32Array(cells),
      seen: new Float32Array(cells),
      known: new Float32Array(cells),
    },
  };
}

/** Cuts one random window of the shot into place `at` of the batch; false when the shot has no label to learn from. */
export function fillWindow(batch: Batch, at: number, { shot, labels }: LabelledShot, dice: Dice): boolean {
  const rows = batch.shape[1];
  const live = shot.traces.flatMap(({ kind, count }, i) => (kind !== 'auxiliary' && count > 1 ? [i] : []));
  const curve = breakCurve(live.map((i) => labels[i]));
  if (!curve) return false;
  const first = dice.integer(0, Math.max(0, live.length - rows));
  const taken = Array.from({ length: rows }, (_, r) => Math.min(first + r, live.length - 1));
  if (dice.chance(0.5)) taken.reverse();
  const traces = windowTraces(
    shot,
    taken.map((k) => live[k]),
  );
  const breaks = taken.map((k) => curve[k]);
  const frame = randomFrame(traces, breaks, dice);

  const cells = batch.features.subarray(at * rows * ROW, (at + 1) * rows * ROW);
  const { flat } = cutWindow(traces, frame, cells);
  if (dice.chance(0.5)) flipPolarity(cells);
  const { position, seen, known } = batch.targets;
  taken.forEach((k, r) => {
    const cell = at * rows + r;
    const label = labels[live[k]];
    // Rows beyond the shot repeat its last trace, as in picking; they are not asked for.
    const repeated = first + rows > live.length && taken.indexOf(k) !== r;
    const bin = label.kind === 'onset' ? binOfTime(frame, r, label.time) : Number.NaN;
    const inside = bin >= -0.5 && bin < SAMPLES - 0.5 && !flat[r];
    position[cell] = inside ? bin : 0;
    seen[cell] = inside && !repeated ? 1 : 0;
    known[cell] = label.kind !== 'unknown' && !repeated ? 1 : 0;
  });
  return true;
}

const ROW = SAMPLES * CHANNELS.length;

/** All channels but the last, which is a magnitude, change their sign. */
function flipPolarity(features: Float32Array): void {
  for (let k = 0; k < features.length; k++) if (k % CHANNELS.length !== CHANNELS.length - 1) features[k] = -features[k];
}

/** Times of all traces; those without a label take what lies between their neighbours. undefined without any label. */
function breakCurve(labels: readonly Label[]): readonly number[] | undefined {
  const known = labels.flatMap((label, i) => (label.kind === 'onset' ? [{ i, time: label.time }] : []));
  if (known.length === 0) return undefined;
  let next = 0;
  return labels.map((_, i) => {
    while (next < known.length && known[next].i < i) next++;
    const right = known[Math.min(next, known.length - 1)];
    const left = known[Math.max(0, right.i <= i ? Math.min(next, known.length - 1) : next - 1)];
    return right.i === left.i ? left.time : left.time + ((right.time - left.time) * (i - left.i)) / (right.i - left.i);
  });
}

/** Zoomed windows go on until the period has this many samples; picking ends before. */
const MOST_PER_PERIOD = 110;
const ZOOM = 4;

function randomFrame(traces: readonly WindowTrace[], breaks: readonly number[], dice: Dice): Frame {
  const { sampleInterval } = traces[0];
  const start = Math.max(0, Math.min(...traces.map(({ first }) => first)));
  const end = Math.max(...traces.map(({ first, x }) => first + x.length * sampleInterval));
  const whole = Math.max(end - start, 2 * sampleInterval) / SAMPLES;
  const late = [...breaks].sort((a, b) => a - b)[Math.floor(0.92 * breaks.length)];
  const anchored = (2 * Math.max(0, late - start)) / SAMPLES;
  const widths = [whole];
  if (anchored < 0.6 * whole && anchored > sampleInterval / 2) widths.push(anchored);
  const zoomedFrom = widths.length;
  const finest = Math.max(sampleInterval / 2, periodAfter(traces, breaks) / MOST_PER_PERIOD);
  for (let width = widths[zoomedFrom - 1] / ZOOM; width > finest; width /= ZOOM) widths.push(width);
  widths.push(Math.min(finest, widths[zoomedFrom - 1]));

  const level = dice.integer(0, widths.length - 1);
  const interval = widths[level] * (level === 0 ? dice.uniform(1, 1.2) : dice.uniform(0.8, 1.2));
  const starts =
    level < zoomedFrom
      ? new Array<number>(traces.length).fill(
          start - (dice.chance(0.25) ? dice.uniform(0, 0.5) * SAMPLES * interval : 0),
        )
      : zoomedStarts(breaks, interval, dice.chance(0.5) ? start : Number.NEGATIVE_INFINITY, dice);
  return { start: starts.map(ms), interval: ms(interval) };
}

/** Around picks of an earlier pass: wrong smoothly, by trace, all together, and now and then by a run of traces. */
function zoomedStarts(breaks: readonly number[], interval: number, earliest: number, dice: Dice): number[] {
  const n = breaks.length;
  const smooth = smoothLine(dice, n, dice.uniform(3, 16));
  const [smoothly, singly] = [dice.logUniform(0.5, 6), dice.logUniform(0.3, 3)];
  const together = dice.uniform(-0.2, 0.2) * SAMPLES;
  const off = dice.chance(0.3) ? dice.uniform(-0.4, 0.4) * SAMPLES : 0;
  const [from, count] = [dice.integer(0, n - 1), dice.integer(1, Math.max(1, n >> 2))];
  return breaks.map((time, i) => {
    const run = i >= from && i < from + count ? off : 0;
    const wrong = together + run + smoothly * smooth[i] + dice.normal(singly);
    return Math.max(time + (wrong - SAMPLES / 2) * interval, earliest);
  });
}

/** Samples after the break in which the period is measured. */
const LOOK = 48;

/** The middle of the traces' dominant periods just after their breaks. */
function periodAfter(traces: readonly WindowTrace[], breaks: readonly number[]): Milliseconds {
  const periods = traces.flatMap(({ x, first, sampleInterval }, i) => {
    const from = Math.max(0, Math.floor((breaks[i] - first) / sampleInterval));
    const to = Math.min(x.length, from + LOOK);
    return to - from > 6 ? [zeroCrossingPeriod(x, from, to) * sampleInterval] : [];
  });
  periods.sort((a, b) => a - b);
  return ms(periods[periods.length >> 1] ?? LOOK * traces[0].sampleInterval);
}
