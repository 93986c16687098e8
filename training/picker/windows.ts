/** Windows to learn from, cut from a labelled shot as picking would cut them: along the guide of the classical picker. */
import { binOfTime, CHANNELS, cutWindow, type Frame, SAMPLES, windowTraces } from '#shared/model/window.ts';
import type { Guide } from '#shared/picking/classical.ts';
import { guidedFrame } from '#shared/picking/guided-frame.ts';
import { type Milliseconds, ms } from '#shared/units.ts';
import type { Label, LabelledShot } from '../data/labelled.ts';
import { type Prepared, preparedShot } from '../data/prepared.ts';
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
export function fillWindow(batch: Batch, at: number, labelled: LabelledShot, dice: Dice): boolean {
  const { shot, labels } = labelled;
  const rows = batch.shape[1];
  const prepared = preparedShot(shot);
  const { live } = prepared;
  const n = live.at.length;
  if (!live.at.some((i) => labels[i].kind === 'onset')) return false;
  const first = dice.integer(0, Math.max(0, n - rows));
  const taken = Array.from({ length: rows }, (_, r) => Math.min(first + r, n - 1));
  if (dice.chance(0.5)) taken.reverse();
  const traces = windowTraces(
    shot,
    taken.map((k) => live.at[k]),
  );
  const lead = leadOf(labelled, prepared, dice);
  const frame = randomFrame(shot.sampleInterval, lead, taken, dice);

  const cells = batch.features.subarray(at * rows * ROW, (at + 1) * rows * ROW);
  const { flat } = cutWindow(traces, frame, cells);
  if (dice.chance(0.5)) flipPolarity(cells);
  const { position, seen, known } = batch.targets;
  taken.forEach((k, r) => {
    const cell = at * rows + r;
    const label = labels[live.at[k]];
    // Rows beyond the shot repeat its last trace, as in picking; they are not asked for.
    const repeated = first + rows > n && taken.indexOf(k) !== r;
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
export function flipPolarity(features: Float32Array): void {
  for (let k = 0; k < features.length; k++) if (k % CHANNELS.length !== CHANNELS.length - 1) features[k] = -features[k];
}

/** What windows are laid along. [row] */
type Lead = Pick<Guide, 'period'> & { readonly centre: Float64Array };

/** Share of made shots that are looked at where the truth is: picking in noise tries several guides, one of which is right. */
const TRUE = 0.3;

function leadOf({ labels, period }: LabelledShot, { live, guide, centre }: Prepared, dice: Dice): Lead {
  if (period === undefined || !dice.chance(TRUE)) return { period: guide.period, centre };
  const breaks = breakCurve(live.at.map((i) => labels[i]));
  return { period: guide.period.map(() => period * dice.logUniform(0.8, 1.25)), centre: breaks };
}

/** Times of all rows; those without a label take what lies between their neighbours. At least one label is needed. */
function breakCurve(labels: readonly Label[]): Float64Array {
  const known = labels.flatMap((label, i) => (label.kind === 'onset' ? [{ i, time: label.time }] : []));
  let next = 0;
  return Float64Array.from(labels, (_, i) => {
    while (next < known.length - 1 && known[next].i < i) next++;
    const right = known[next];
    const left = known[right.i <= i ? next : Math.max(0, next - 1)];
    return right.i === left.i ? left.time : left.time + ((right.time - left.time) * (i - left.i)) / (right.i - left.i);
  });
}

/** Share of windows that are wider than those that picking begins with. */
const WIDE = 0.15;

/** A window as picking lays it, somewhat displaced and stretched. */
function randomFrame(
  sampleInterval: Milliseconds,
  { period, centre }: Lead,
  taken: readonly number[],
  dice: Dice,
): Frame {
  const zoom = dice.chance(WIDE) ? dice.logUniform(1.4, 5) : dice.logUniform(0.7, 1.4);
  const middle = taken[taken.length >> 1];
  const frame = guidedFrame(
    Float64Array.from(taken, (k) => centre[k]),
    ms(period[middle]),
    sampleInterval,
    zoom,
  );
  const n = taken.length;
  const together = dice.chance(0.5) ? dice.uniform(-0.25, 0.25) * SAMPLES : 0;
  const smooth = smoothLine(dice, n, dice.uniform(3, 16));
  const smoothly = dice.chance(0.5) ? dice.logUniform(0.5, 6) : 0;
  const singly = dice.chance(0.3) ? dice.logUniform(0.3, 2) : 0;
  return {
    interval: frame.interval,
    start: frame.start.map((start, i) =>
      ms(start + (together + smoothly * smooth[i] + dice.normal(singly)) * frame.interval),
    ),
  };
}
