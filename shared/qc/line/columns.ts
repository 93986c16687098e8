/** The traces of a shot that is kept, as columns: each later shot of the line is held against them, and columns are read several times as fast. */
import type { ShotSummary } from './summary.ts';

/** NaN where the summary has nothing. [trace] */
export interface Columns {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly distance: Float64Array;
  readonly time: Float64Array;
  readonly residual: Float64Array;
  readonly signal: Float64Array;
  readonly noise: Float64Array;
}

/** Made once for each shot. */
export function columnsOf({ traces }: Pick<ShotSummary, 'traces'>): Columns {
  const known = made.get(traces);
  if (known) return known;
  const column = () => new Float64Array(traces.length).fill(Number.NaN);
  const columns = {
    x: column(),
    y: column(),
    distance: column(),
    time: column(),
    residual: column(),
    signal: column(),
    noise: column(),
  };
  for (const [k, { receiver, distance, time, residual, signal, noise }] of traces.entries()) {
    if (receiver !== undefined) {
      columns.x[k] = receiver.x;
      columns.y[k] = receiver.y;
    }
    if (distance !== undefined) columns.distance[k] = distance;
    if (time !== undefined) columns.time[k] = time;
    if (residual !== undefined) columns.residual[k] = residual;
    if (signal !== undefined) columns.signal[k] = signal;
    if (noise !== undefined) columns.noise[k] = noise;
  }
  made.set(traces, columns);
  return columns;
}

const made = new WeakMap<ShotSummary['traces'], Columns>();
