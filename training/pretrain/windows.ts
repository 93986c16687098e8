/**
 * Windows of gathers that nobody has labelled. Two views: along the guide, as picking lays them, where breaks stand in line;
 * and with one time axis for all traces, where moveout is seen.
 */
import type { TimedShot } from '#shared/gather.ts';
import { CHANNELS, cutWindow, type Frame, SAMPLES, windowTraces } from '#shared/model/window.ts';
import { guidedFrame } from '#shared/picking/guided-frame.ts';
import { ms } from '#shared/units.ts';
import { preparedShot } from '../data/prepared.ts';
import { flipPolarity } from '../picker/windows.ts';
import type { Dice } from '../synthetic/dice.ts';

export type View = 'straight' | 'guided';

/** Straight windows are so many times as wide as those that picking begins with, which show eight periods. */
const ZOOM = [1.1, 2.7] as const;
const USUAL_ZOOM = 1.8;
/** Where in a straight window the break of its middle trace lies, as a share of the window. */
const BREAK_AT = [0.12, 0.5] as const;
const USUAL_BREAK = 0.3;
/** Share of wide gathers of which every second trace is taken. */
const THINNED = 0.25;

/** Numbers of a window of so many traces. */
export const windowSize = (traces: number): number => traces * SAMPLES * CHANNELS.length;

/**
 * A random window of neighbouring live traces. A gather of fewer goes on mirrored.
 * @param features written, [trace, sample, channel]
 */
export function randomWindow(shot: TimedShot, view: View, dice: Dice, features: Float32Array): void {
  const rows = features.length / windowSize(1);
  const { live, guide, centre } = preparedShot(shot);
  const n = live.at.length;
  const step = n >= 2 * rows && dice.chance(THINNED) ? 2 : 1;
  const first = dice.integer(0, Math.max(0, n - rows * step));
  const taken = rowsFrom(first, rows, step, n);
  if (dice.chance(0.5)) taken.reverse();
  const middle = taken[rows >> 1];
  const along = (at: (k: number) => number, zoom: number) =>
    guidedFrame(Float64Array.from(taken, at), ms(guide.period[middle]), shot.sampleInterval, zoom);
  const frame =
    view === 'guided'
      ? along((k) => centre[k], dice.logUniform(0.7, 1.6))
      : withBreakAt(
          dice.uniform(...BREAK_AT),
          along(() => centre[middle], dice.logUniform(...ZOOM)),
          shot,
        );
  cut(shot, taken, frame, features);
  if (dice.chance(0.5)) flipPolarity(features);
}

/**
 * The gather as windows side by side, the same at every call: what pictures, codes and maps are made of.
 * @returns one or more, [trace, sample, channel]
 */
export function plainWindows(shot: TimedShot, rows: number): readonly Float32Array[] {
  const { live, guide, centre } = preparedShot(shot);
  const n = live.at.length;
  const count = Math.max(1, Math.round(n / rows));
  return Array.from({ length: count }, (_, w) => {
    const first = count === 1 ? 0 : Math.round((w * Math.max(0, n - rows)) / (count - 1));
    const taken = rowsFrom(first, rows, 1, n);
    const middle = taken[rows >> 1];
    const level = new Float64Array(rows).fill(centre[middle]);
    const frame = withBreakAt(
      USUAL_BREAK,
      guidedFrame(level, ms(guide.period[middle]), shot.sampleInterval, USUAL_ZOOM),
      shot,
    );
    const features = new Float32Array(windowSize(rows));
    cut(shot, taken, frame, features);
    return features;
  });
}

/** Places in the list of live rows; beyond its ends it goes back. */
function rowsFrom(first: number, rows: number, step: number, n: number): number[] {
  const lap = Math.max(1, 2 * (n - 1));
  return Array.from({ length: rows }, (_, r) => {
    const k = (first + r * step) % lap;
    return k < n ? k : lap - k;
  });
}

/** A frame whose traces start together and have a break in their middle, moved to have it elsewhere and narrowed to what was recorded. */
function withBreakAt(share: number, frame: Frame, { sampleInterval, firstSample, samples }: TimedShot): Frame {
  const interval = Math.min(frame.interval, (samples * sampleInterval) / SAMPLES);
  const latest = firstSample.time + samples * sampleInterval - SAMPLES * interval;
  const middle = frame.start[0] + (SAMPLES / 2) * frame.interval;
  const start = Math.max(firstSample.time, Math.min(latest, middle - share * SAMPLES * interval));
  return { start: frame.start.map(() => ms(start)), interval: ms(interval) };
}

function cut(shot: TimedShot, taken: readonly number[], frame: Frame, features: Float32Array): void {
  const { live } = preparedShot(shot);
  cutWindow(
    windowTraces(
      shot,
      taken.map((k) => live.at[k]),
    ),
    frame,
    features,
  );
}
