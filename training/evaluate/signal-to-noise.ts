/**
 * How strong first breaks stand above what is before them, by where people picked: root mean square of one period from the pick
 * on, against that of the up to four periods which end a quarter of a period before it.
 */
import { row, type TimedShot } from '#shared/gather.ts';
import { median, periodBehind } from '#shared/signal/period.ts';
import { recorded } from '#shared/signal/with-amplitudes.ts';
import { type Milliseconds, ms } from '#shared/units.ts';
import type { Label, LabelledShot } from '../data/labelled.ts';

/** Periods ahead of the pick where noise is measured, from and to. */
const AHEAD = [4, 0.25] as const;
/** Less noise than this many periods says nothing. */
const LEAST_NOISE = 0.75;

/** Period behind the first breaks, median of the labelled traces; undefined without one. */
export function periodOf({ shot, labels }: LabelledShot): Milliseconds | undefined {
  const periods = labels.flatMap((label, i): number[] => {
    const first = sampleOf(shot, label);
    if (first === undefined) return [];
    const period = periodBehind(recorded(shot, i), first - shot.traces[i].start);
    return period === undefined ? [] : [period];
  });
  return periods.length === 0 ? undefined : ms(median(Float64Array.from(periods)) * shot.sampleInterval);
}

/** dB, an entry a trace; undefined where there is no pick or the record begins too near before it. */
export function signalToNoise(labelled: LabelledShot): readonly (number | undefined)[] {
  const { shot, labels } = labelled;
  const period = periodOf(labelled);
  return labels.map((label, i) => {
    const first = sampleOf(shot, label);
    if (first === undefined || period === undefined) return undefined;
    const inSamples = Math.max(4, period / shot.sampleInterval);
    const { start, count } = shot.traces[i];
    const x = row(shot, i);
    const from = Math.max(start, Math.round(first - AHEAD[0] * inSamples));
    const to = Math.round(first - AHEAD[1] * inSamples);
    const end = Math.min(start + count, Math.round(first + inSamples));
    if (to - from < LEAST_NOISE * inSamples || end <= first) return undefined;
    const level = zeroOf(x, from, to);
    const [noise, signal] = [energy(x, from, to, level), energy(x, first, end, level)];
    if (signal === 0) return undefined;
    return Math.min(MOST, 10 * Math.log10(signal / noise));
  });
}

/** Of a break without any noise before it. */
const MOST = 120;

function sampleOf(shot: TimedShot, label: Label): number | undefined {
  return label.kind === 'onset' ? Math.round((label.time - shot.firstSample.time) / shot.sampleInterval) : undefined;
}

function zeroOf(x: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += x[i];
  return sum / (to - from);
}

/** Mean square about a level. */
function energy(x: Float32Array, from: number, to: number, level: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (x[i] - level) ** 2;
  return sum / (to - from);
}
