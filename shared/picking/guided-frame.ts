/**
 * Where the network looks: a window around the moveout that the classical picker found, as fine as the period asks for.
 * Training and picking lay windows with this one function.
 */
import { type Frame, SAMPLES } from '../model/window.ts';
import { type Milliseconds, ms } from '../units.ts';
import type { Guide } from './classical.ts';
import { localTrend } from './trend.ts';

/** Bins of a period in a window of zoom 1: a window shows four periods on either side. */
const BINS_PER_PERIOD = 16;
/** A bin is not narrower than this share of the sample interval. */
const FINEST = 1 / 3;
/** Neighbours on either side that tell the moveout. */
const REACH = 2;

/** The moveout that windows follow. [row] */
export const moveout = ({ time }: Guide): Float64Array => localTrend(time, REACH);

/**
 * Windows with bins of one width, one a trace.
 * @param centre of each window, ms
 * @param zoom above 1: wider windows, fewer bins a period
 */
export function guidedFrame(centre: Float64Array, period: Milliseconds, sampleInterval: Milliseconds, zoom = 1): Frame {
  const interval = Math.max((period / BINS_PER_PERIOD) * zoom, FINEST * sampleInterval);
  return {
    start: Array.from(centre, (time) => ms(time - (SAMPLES / 2) * interval)),
    interval: ms(interval),
  };
}
