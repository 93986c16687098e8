/** The part of the record a picture shows, and round numbers for its axes. */
import type { TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { type Milliseconds, ms } from '../units.ts';

/** After the shot instant. */
export interface TimeWindow {
  readonly from: Milliseconds;
  readonly to: Milliseconds;
}

/** Recorded time of the whole shot. */
export const recordWindow = (shot: TimedShot): TimeWindow => ({
  from: shot.firstSample.time,
  to: ms(shot.firstSample.time + Math.max(1, shot.samples - 1) * shot.sampleInterval),
});

/** Never fewer samples than this in a picture. */
const LEAST_SAMPLES = 64;

/** Breaks that spread over less than this share of their time lie far from the shot, and are shown without it. */
const NARROW = 0.25;

/**
 * From a little before the shot to 2.5 times the late picks, so that the first breaks fill the picture; one late outlier
 * stretches it only as far as needed to be seen. Breaks far behind the shot get a window around themselves. The whole record
 * without picks.
 */
export function breakWindow(shot: TimedShot, picks: readonly (Pick | undefined)[]): TimeWindow {
  const record = recordWindow(shot);
  const times = Float64Array.from(picks.flatMap((pick) => (pick?.kind === 'picked' ? [pick.time] : []))).sort();
  if (times.length === 0) return record;
  const early = times[Math.floor(0.1 * (times.length - 1))];
  const late = times[Math.floor(0.9 * (times.length - 1))];
  const least = LEAST_SAMPLES * shot.sampleInterval;
  const far = late - early < NARROW * late && times.length > 2 && late > least;
  const to = Math.min(record.to, Math.max((far ? 1.35 : 2.5) * late, 1.05 * times[times.length - 1], least));
  const start = far ? early - NARROW * late : -0.05 * to;
  const margin = 0.05 * Math.max(to, to - times[0]);
  const from = Math.max(record.from, Math.min(start, times[0] - margin));
  return { from: ms(from), to: ms(Math.max(to, Math.min(record.to, from + least))) };
}

/** About `count` round values between `from` and `to`: steps of 1, 2 or 5 times a power of ten. */
export function ticks(from: number, to: number, count: number): readonly number[] {
  const rough = (to - from) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
