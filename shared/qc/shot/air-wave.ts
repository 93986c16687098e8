/**
 * The sound of the shot in the air picked in place of the first break: one branch with the speed of sound from the very source, while
 * the ground already moves before it. The speed is 331 m/s and 0.6 m/s more a degree Celsius (ISO 9613-1).
 */
import { recorded } from '../../signal/with-amplitudes.ts';
import { decibels } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { middle } from '../middle.ts';
import { moveoutOf } from '../moveout/of-shot.ts';
import { rememberedJudge } from '../remembered.ts';
import { tenths } from './numbers.ts';

export const airWavePicked: Judge = rememberedJudge((facts, { limits }): readonly Remark[] => {
  const { live, distances, times, period } = facts;
  const { model } = moveoutOf(facts);
  if (!model || period === undefined) return [];
  const tolerance = Math.max(limits['air-wave-picked.time'], 0.5 * period);
  const [slow, fast] = [limits['air-wave-picked.slowest'], limits['air-wave-picked.fastest']];
  const picked = live.filter((i) => times[i] !== undefined && distances[i] !== undefined);
  const inAir = picked.filter((i) => {
    const [time, distance] = [times[i]!, distances[i]!];
    return time > (1000 * distance) / fast - tolerance && time < (1000 * distance) / slow + tolerance;
  });
  const far = inAir.filter((i) => distances[i]! > FAR_PERIODS * period * (slow / 1000));
  const share = (100 * far.length) / Math.max(1, picked.length);
  const sound = model.branches.some(
    ({ velocity, velocityError, intercept, interceptError, support }) =>
      support >= 0.5 * far.length &&
      velocity + 2 * velocityError > slow &&
      velocity - 2 * velocityError < fast &&
      Math.abs(intercept) < tolerance + 2 * interceptError,
  );
  const limit = limits['air-wave-picked.warn'];
  if (!sound || share <= limit || far.length < LEAST) return [];
  const before = middle(far.flatMap((i) => restless(facts, i, period) ?? []));
  if (before === undefined || before < limits['air-wave-picked.before']) return [];
  return [
    {
      code: 'air-wave-picked',
      severity: 'warn',
      traces: inAir.map((i) => facts.shot.traces[i].index),
      value: tenths(share),
      unit: '% of picks',
      threshold: limit,
      cause: 'the air wave was picked, the first breaks before it are weak',
      advice:
        'pick again by hand or with a band that leaves the air wave out; shoot with more energy, or cover the plate',
      says: `${inAir.length} of ${picked.length} picks lie on the air wave`,
    },
  ];
});

const LEAST = 5;
/** Nearer, sound and ground cannot be told apart. */
const FAR_PERIODS = 2;

/** How much stronger the ground moves just before the pick than at the quiet start of the record; dB. */
function restless({ shot, breaks }: ShotFacts, row: number, period: number): number | undefined {
  const end = breaks[row];
  if (end === undefined) return undefined;
  const x = recorded(shot, row);
  const length = Math.round((2 * period) / shot.sampleInterval);
  const to = Math.round(end - shot.traces[row].start - 0.25 * length);
  if (to < 2 * length) return undefined;
  const before = level(x, to - length, to);
  let quiet = Number.POSITIVE_INFINITY;
  for (let from = 0; from + length <= to; from += length) quiet = Math.min(quiet, level(x, from, from + length));
  return quiet > 0 ? decibels(before / quiet) : undefined;
}

function level(x: Float32Array, from: number, to: number): number {
  let [sum, square] = [0, 0];
  for (let k = from; k < to; k++) {
    sum += x[k];
    square += x[k] * x[k];
  }
  const n = to - from;
  return Math.sqrt(Math.max(0, square / n - (sum / n) ** 2));
}
