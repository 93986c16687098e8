/**
 * Linear moveout: every trace earlier by |offset| / velocity, so that an arrival of that velocity becomes flat. Traces move by
 * whole samples and the row axis grows as needed, so that `undo` gives back exactly what `apply` was given.
 */
import { MAX_SHOT_SAMPLES, type TimedShot } from '../gather.ts';
import { type Metres, type Milliseconds, ms, samples } from '../units.ts';
import { recorded } from './with-amplitudes.ts';

/** Metres a second. */
export type Velocity = number;

/** Room for the largest shot at twice its length. */
const MAX_CELLS = 2 * MAX_SHOT_SAMPLES;

/** Time by which an offset is advanced. */
export const reduction = (offset: Metres, velocity: Velocity): Milliseconds => ms((1000 * Math.abs(offset)) / velocity);

/** @throws RangeError when the velocity is not positive, or so low that the moved traces do not fit into memory */
export const apply = (shot: TimedShot, velocity: Velocity): TimedShot => shifted(shot, velocity, -1);
/** The same the other way; traces without offset stay where they are in both. */
export const undo = (shot: TimedShot, velocity: Velocity): TimedShot => shifted(shot, velocity, 1);

function shifted(shot: TimedShot, velocity: Velocity, sign: 1 | -1): TimedShot {
  if (!(velocity > 0)) throw new RangeError(`expected a positive velocity, found ${velocity} m/s`);
  if (!shot.traces.length) return shot;
  const starts = shot.traces.map(
    ({ start, offset }) =>
      start + (offset === undefined ? 0 : sign * Math.round(reduction(offset, velocity) / shot.sampleInterval)),
  );
  const first = starts.reduce((a, b) => Math.min(a, b));
  const length = shot.traces.reduce((most, { count }, i) => Math.max(most, starts[i] + count), first) - first;
  if (!(shot.traces.length * length <= MAX_CELLS))
    throw new RangeError(`expected a velocity at which the traces stay near each other, found ${velocity} m/s`);
  const amplitudes = new Float32Array(shot.amplitudes.length ? shot.traces.length * length : 0); // [trace, sample]
  shot.traces.forEach((_, i) => {
    amplitudes.set(recorded(shot, i), shot.amplitudes.length ? i * length + starts[i] - first : 0);
  });
  return {
    ...shot,
    amplitudes,
    samples: samples(length),
    firstSample: { ...shot.firstSample, time: ms(shot.firstSample.time + first * shot.sampleInterval) },
    traces: shot.traces.map((t, i) => ({ ...t, start: samples(starts[i] - first) })),
  };
}
