/** Signal and noise next to the first break, in the band of the signal: what decides whether a pick can be trusted. */
import type { Milliseconds, Samples } from '../units.ts';
import { type Coarse, coarsePlace, swing } from './coarse.ts';

export interface BreakLevel {
  /** Root mean square over the first periods after the break, in stored units. */
  readonly signal: number;
  /** The same before it; undefined where too little was recorded there. */
  readonly noise: number | undefined;
}

/** Periods after the break that are its signal … */
const BEHIND = 1.5;
/** … left out before it, for the uncertainty of the pick … */
const GUARD = 0.25;
/** … and looked at before that: at most, so that noise long ago does not count, and at least. */
const MOST = 12;
const LEAST = 0.75;

/** @param breaks places in the rows of the shot. [row] */
export const breakLevels = (
  coarse: Coarse,
  breaks: readonly (Samples | undefined)[],
  period: Milliseconds | undefined,
): readonly (BreakLevel | undefined)[] =>
  coarse.rows.map((x, i) => {
    const place = breaks[i];
    if (x === undefined || place === undefined || period === undefined) return undefined;
    const wave = period / coarse.interval;
    const at = Math.round(coarsePlace(coarse, place));
    const until = Math.min(coarse.to[i], at + Math.ceil(BEHIND * wave));
    if (at < coarse.from[i] || until - at < wave / 2) return undefined;
    const end = Math.floor(at - GUARD * wave);
    const begin = Math.max(coarse.from[i], Math.floor(end - MOST * wave));
    const level = end - begin > 0 ? meanOf(x, begin, end) : 0;
    return {
      signal: swing(x, at, until, level),
      noise: end - begin < LEAST * wave ? undefined : swing(x, begin, end, level),
    };
  });

function meanOf(x: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += x[k];
  return sum / (to - from);
}
