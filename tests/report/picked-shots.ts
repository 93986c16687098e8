/** A small line with picks of every kind, for the tests of what is written. */
import type { Shot, Trace } from '#shared/gather.ts';
import type { Pick, PickedShot } from '#shared/picks.ts';
import { metres, ms, samples } from '#shared/units.ts';

export const place = (x: number, y = 0, z = 0) => ({ x: metres(x), y: metres(y), z: metres(z) });

export const picked = (time: number, confidence = 1): Pick => ({ kind: 'picked', time: ms(time), confidence });
export const skipped: Pick = { kind: 'skipped', reason: 'dead' };

export interface LineOptions {
  readonly file?: string;
  readonly ffid?: number | undefined;
  readonly sourceX?: number | undefined;
  readonly y?: number;
  readonly z?: number;
}

/** Receivers every 2 m from 0, channels from 1, first sample 10 ms before the shot, 0.25 ms. */
export function line(
  picks: readonly Pick[],
  { file = 'shot 1.dat', ffid = 11, sourceX = -1, y = 0, z = 0 }: LineOptions = {},
): PickedShot {
  const surveyed = sourceX !== Number.NEGATIVE_INFINITY;
  const traces = picks.map(
    (_, i): Trace => ({
      index: i,
      channel: i + 1,
      kind: 'seismic',
      ...(surveyed && { receiver: place(2 * i, y, z), offset: metres(2 * i - sourceX) }),
      start: samples(0),
      count: samples(400),
    }),
  );
  const shot: Shot = {
    ffid,
    amplitudes: new Float32Array(0),
    samples: samples(400),
    sampleInterval: ms(0.25),
    firstSample: { time: ms(-10), from: 'test' },
    traces,
    ...(surveyed && { source: place(sourceX, y, z) }),
    problems: [],
  };
  return { file, shot, picks, model: 'classical' };
}

export const WITHOUT_GEOMETRY = { sourceX: Number.NEGATIVE_INFINITY };
