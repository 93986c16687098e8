/**
 * Linear moveout: every trace earlier by |offset| / velocity, so that an arrival of that velocity becomes flat. Traces move by
 * whole samples and the row axis grows as needed, so that `undo` gives back exactly what `apply` was given.
 */
import { row, type Shot, type TimedShot } from '../gather.ts';
import { type Metres, type Milliseconds, ms, samples } from '../units.ts';

/** Metres a second. */
export type Velocity = number;

/** Time by which an offset is advanced. */
export const reduction = (offset: Metres, velocity: Velocity): Milliseconds => ms((1000 * Math.abs(offset)) / velocity);

/** @throws RangeError when the velocity is not positive; traces without offset stay where they are */
export const apply = (shot: TimedShot, velocity: Velocity): TimedShot => shifted(shot, velocity, -1);
export const undo = (shot: TimedShot, velocity: Velocity): TimedShot => shifted(shot, velocity, 1);

function shifted(shot: TimedShot, velocity: Velocity, sign: 1 | -1): TimedShot {
  if (!(velocity > 0)) throw new RangeError(`expected a positive velocity, found ${velocity} m/s`);
  const starts = shot.traces.map(
    ({ start, offset }) =>
      start + (offset === undefined ? 0 : sign * Math.round(reduction(offset, velocity) / shot.sampleInterval)),
  );
  const first = Math.min(...starts);
  const length = Math.max(...shot.traces.map((t, i) => starts[i] + t.count)) - first;
  const amplitudes = new Float32Array(shot.traces.length * length);
  shot.traces.forEach((t, i) => {
    amplitudes.set(row(shot as Shot, i).subarray(t.start, t.start + t.count), i * length + starts[i] - first);
  });
  return {
    ...shot,
    amplitudes,
    samples: samples(length),
    firstSample: { ...shot.firstSample, time: ms(shot.firstSample.time + first * shot.sampleInterval) },
    traces: shot.traces.map((t, i) => ({ ...t, start: samples(starts[i] - first) })),
  };
}
