/**
 * What each pick is off against its neighbours along the spread: against the closest of the lines through the neighbours before it,
 * behind it, and around it, so that the corner at the source, a crossover and the gap to the next cable cost nothing. It needs no
 * geometry, only that neighbours stand side by side.
 */
import { localNoise, theilSen } from './points.ts';

/** Neighbours to either side: one wild pick in the line of one side and two around are outvoted. */
const REACH = 4;
/** Standard deviations within which a pick is at once taken for a neighbour of its neighbours … */
const NEXT = 1.5;
/** … where a fifth of wild picks spoils three in five of the lines between neighbours, so the closest quarter tells the scatter. */
const QUIET = 0.25;
/** The nearest of either side show whether they rise away from a pick. */
const SLOPE = 3;

/** Of picks in the order of the spread; undefined where there are too few neighbours. */
export function offNeighbours(place: Float64Array, time: Float64Array): readonly (number | undefined)[] {
  const n = time.length;
  const usual = NEXT * localNoise({ distance: place, time }, QUIET);
  const x = new Float64Array(2 * REACH);
  const t = new Float64Array(2 * REACH);
  const off = (i: number, from: number, to: number): number => {
    let count = 0;
    for (let k = Math.max(0, from); k < Math.min(n, to); k++) {
      if (k === i) continue;
      x[count] = place[k];
      t[count++] = time[k];
    }
    const line = count < REACH ? undefined : theilSen(x, t, 0, count);
    return line ? time[i] - line.intercept - line.slope * place[i] : Number.POSITIVE_INFINITY;
  };
  return Array.from({ length: n }, (_, i) => {
    // Most picks lie on the line between the next ones, and are done.
    const between = i > 0 && i + 1 < n ? betweenNext(place, time, i) : Number.POSITIVE_INFINITY;
    if (Math.abs(between) <= usual || isSource(time, i)) return Math.abs(between) <= usual ? between : 0;
    const offs = [off(i, i - REACH, i), off(i, i + 1, i + REACH + 1), off(i, i - REACH, i + REACH + 1)];
    const closest = offs.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a));
    return Number.isFinite(closest) ? closest : undefined;
  });
}

function betweenNext(place: Float64Array, time: Float64Array, i: number): number {
  const gap = place[i + 1] - place[i - 1];
  const share = gap === 0 ? 0.5 : (place[i] - place[i - 1]) / gap;
  return time[i] - time[i - 1] - share * (time[i + 1] - time[i - 1]);
}

/** The earliest of its neighbours, which all rise away from it: there the curve is steeper than any line through them. */
function isSource(time: Float64Array, i: number): boolean {
  if (i < SLOPE || i + SLOPE >= time.length) return false;
  for (let k = 0; k < SLOPE; k++) if (time[i - k - 1] < time[i - k] || time[i + k + 1] < time[i + k]) return false;
  return true;
}
