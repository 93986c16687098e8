/**
 * First arrivals on one side of a source as the lower envelope of straight lines: each wave has its own line t = τ + p·x, and the
 * earliest is the one that is seen, so slopes fall with distance (Sheriff & Geldart, "Exploration Seismology", section 4.3).
 * Lines are proposed by stretches of neighbouring picks, chosen together under a loss that ignores wild picks, then refined.
 */
import { select } from '../../signal/selection.ts';
import { localNoise, type Points, theilSen } from './points.ts';

/** t = intercept + slope · distance; ms and ms/m, with standard errors, and how many picks it stands on. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  readonly slopeError: number;
  readonly interceptError: number;
  /** Wild picks do not count. */
  readonly support: number;
}

/** By falling slope: from the source outwards. */
export interface Envelope {
  readonly lines: readonly Line[];
  /** Robust standard deviation of the picks about it, ms. */
  readonly spread: number;
}

const MOST_BRANCHES = 4;
/** A branch needs as many picks, so that its slope has an error. */
const LEAST_SUPPORT = 3;
/** Beyond this many standard deviations a pick is wild: the loss no longer grows. */
const WILD = 3.5;
/** Tukey's biweight at 95 % efficiency. */
const TUKEY = 4.685;
/** Longer sides are looked at in so many groups of neighbouring picks while lines are chosen. */
const GROUPS = 32;
/** Sets of lines carried on to the next larger number of branches. */
const KEPT = 8;

/** Of one side, distances rising; undefined for fewer picks than a branch needs, or all at one distance. */
export function fitEnvelope(points: Points, resolution: number): Envelope | undefined {
  const { distance, time } = points;
  const n = distance.length;
  const reach = n > 0 ? distance[n - 1] - distance[0] : 0;
  if (n <= LEAST_SUPPORT || !(reach > 0)) return undefined;
  const thin = grouped(points);
  const floor = Math.max(resolution, 0.002 * range(time));
  const noise = Math.max(localNoise(thin), floor);
  const leastSlope = (0.01 * range(time)) / reach;
  const proposed = proposals(thin, leastSlope);
  if (proposed.length === 0) return undefined;
  const fits = sets(proposed, thin, WILD * noise).map((lines) => refined(lines, points, floor, leastSlope));
  return best(fits, points, floor);
}

type Straight = Pick<Line, 'slope' | 'intercept'>;

export function earliest(lines: readonly Straight[], distance: number): number {
  let time = Number.POSITIVE_INFINITY;
  for (let k = 0; k < lines.length; k++) time = Math.min(time, lines[k].intercept + lines[k].slope * distance);
  return time;
}

/** Of each pick the line that is the earliest there, and time minus it. */
function offsFrom(lines: readonly Straight[], { distance, time }: Points, owner: Int32Array, off: Float64Array): void {
  const { length } = lines;
  const intercepts = new Float64Array(length);
  const slopes = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    intercepts[k] = lines[k].intercept;
    slopes[k] = lines[k].slope;
  }
  for (let i = 0; i < off.length; i++) {
    const x = distance[i];
    let at = 0;
    let least = intercepts[0] + slopes[0] * x;
    for (let k = 1; k < length; k++) {
      const here = intercepts[k] + slopes[k] * x;
      if (here < least) {
        least = here;
        at = k;
      }
    }
    owner[i] = at;
    off[i] = time[i] - least;
  }
}

/** Medians of neighbours, so that the choice costs the same for a long side as for a short one. */
function grouped(points: Points): Points {
  const n = points.distance.length;
  if (n <= GROUPS) return points;
  const room = new Float64Array(Math.ceil(n / GROUPS));
  const medians = (values: Float64Array) => {
    const found = new Float64Array(GROUPS);
    for (let g = 0; g < GROUPS; g++) {
      const from = Math.floor((g * n) / GROUPS);
      const length = Math.floor(((g + 1) * n) / GROUPS) - from;
      for (let k = 0; k < length; k++) room[k] = values[from + k];
      found[g] = select(room, length >> 1, length);
    }
    return found;
  };
  return { distance: medians(points.distance), time: medians(points.time), weight: medians(points.weight) };
}

/** Theil–Sen lines through stretches of neighbours, from three to all of them. */
function proposals({ distance, time }: Points, leastSlope: number): readonly Straight[] {
  const n = distance.length;
  const found: Straight[] = [];
  for (let length = 3; ; length = Math.min(n, Math.ceil(length * 1.5))) {
    const step = Math.max(1, Math.floor(length / 3));
    for (let from = 0; ; from = Math.min(n - length, from + step)) {
      const line = theilSen(distance, time, from, from + length);
      if (line && line.slope >= -leastSlope) found.push({ ...line, slope: Math.max(line.slope, leastSlope) });
      if (from >= n - length) break;
    }
    if (length >= n) break;
  }
  return found;
}

/** The best sets of one, two, … lines: all pairs are tried, larger sets are grown from the best smaller ones. */
function sets(proposed: readonly Straight[], points: Points, wild: number): readonly (readonly Straight[])[] {
  const lines = proposed.toSorted((one, other) => other.slope - one.slope);
  const n = points.weight.length;
  const all: (readonly Straight[])[] = [];
  const { lossOf, lossOfPair } = lossesOf(lines, points, wild);
  let grown: readonly (readonly number[])[] = [[]];
  for (let size = 1; size <= MOST_BRANCHES && n >= LEAST_SUPPORT * size; size++) {
    const top: LineSet[] = [];
    const which = new Int32Array(size);
    let most = Number.POSITIVE_INFINITY;
    for (const smaller of grown)
      for (let k = size === 2 ? smaller[0] + 1 : 0; k < lines.length; k++) {
        if (size > 2 && smaller.includes(k)) continue;
        if (size === 2 && lossOfPair(smaller[0], k) >= most) continue;
        insertInto(which, smaller, k);
        const loss = lossOf(which);
        if (loss >= most) continue;
        insert(top, { which: [...which], loss });
        if (top.length === KEPT) most = top[KEPT - 1].loss;
      }
    for (const set of top.slice(0, 2)) all.push(set.which.map((k) => lines[k]));
    // Pairs are made from every line: the best single one is rarely part of the best pair.
    grown = size === 1 ? lines.map((_, k) => [k]) : top.map((set) => set.which);
  }
  return all;
}

interface LineSet {
  /** Places of the lines, by falling slope. */
  readonly which: readonly number[];
  readonly loss: number;
}

function insertInto(which: Int32Array, smaller: readonly number[], k: number): void {
  let at = 0;
  for (; at < smaller.length && smaller[at] < k; at++) which[at] = smaller[at];
  which[at] = k;
  for (; at < smaller.length; at++) which[at + 1] = smaller[at];
}

/**
 * The loss of any few of these lines, which come by falling slope: over the points, the squares of what they are off the earliest.
 * Each line of a set is the earliest on one stretch of points, so sums along each line and the places where each two meet are enough.
 */
function lossesOf(lines: readonly Straight[], points: Points, wild: number) {
  const { length: n } = points.distance;
  const { length } = lines;
  const sums = sumsAlong(lines, points, wild);
  const meet = meetingsOf(lines, points.distance);
  const held = new Int32Array(MOST_BRANCHES);
  const from = new Int32Array(MOST_BRANCHES + 1);
  const lossOfPair = (steeper: number, flatter: number): number => {
    const at = meet[steeper * length + flatter];
    const row = flatter * (n + 1);
    return sums[steeper * (n + 1) + at] + (sums[row + n] - sums[row + at]);
  };
  const lossOf = (which: Int32Array): number => {
    let count = 0;
    for (let j = 0; j < which.length; j++) {
      let start = 0;
      for (; count > 0; count--) {
        start = meet[held[count - 1] * length + which[j]];
        if (start > from[count - 1]) break;
        start = 0;
      }
      held[count] = which[j];
      from[count++] = start;
    }
    from[count] = n;
    let loss = 0;
    for (let j = 0; j < count; j++) {
      const row = held[j] * (n + 1);
      loss += sums[row + from[j + 1]] - sums[row + from[j]];
    }
    return loss;
  };
  return { lossOf, lossOfPair };
}

/** Loss of the points before each one, in wild distances. [line][point] */
function sumsAlong(lines: readonly Straight[], { distance, time, weight }: Points, wild: number): Float64Array {
  const n = distance.length;
  const sums = new Float64Array(lines.length * (n + 1));
  for (const [k, { slope, intercept }] of lines.entries()) {
    const row = k * (n + 1);
    for (let i = 0; i < n; i++) {
      const off = (time[i] - intercept - slope * distance[i]) / wild;
      const square = off * off;
      sums[row + i + 1] = sums[row + i] + (square < 1 ? weight[i] * square : weight[i]);
    }
  }
  return sums;
}

/** The first point at which a flatter line is earlier than a steeper one. [steeper][flatter] */
function meetingsOf(lines: readonly Straight[], distance: Float64Array): Uint8Array {
  const n = distance.length;
  const { length } = lines;
  const perMetre = (n - 1) / (distance[n - 1] - distance[0]);
  const meet = new Uint8Array(length * length);
  for (let a = 0; a < length; a++) {
    const { slope, intercept } = lines[a];
    for (let b = a + 1; b < length; b++) {
      const [steeper, later] = [slope - lines[b].slope, lines[b].intercept - intercept];
      const at = steeper > 0 ? later / steeper : later < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      let place = 0;
      if (at >= distance[n - 1]) place = n;
      else if (at >= distance[0]) {
        // As if picks stood evenly, then from there.
        place = Math.floor((at - distance[0]) * perMetre);
        while (distance[place] <= at) place++;
        while (distance[place - 1] > at) place--;
      }
      meet[a * length + b] = place;
    }
  }
  return meet;
}

/** Keeps the list short and sorted. */
function insert(top: LineSet[], set: LineSet): void {
  let at = top.length;
  while (at > 0 && top[at - 1].loss > set.loss) at--;
  top.splice(at, 0, set);
  if (top.length > KEPT) top.pop();
}

/** Least squares of the picks under each line, wild ones losing their weight, until the picks change lines no more. */
function refined(start: readonly Straight[], points: Points, floor: number, leastSlope: number): readonly Line[] {
  const { weight } = points;
  const n = weight.length;
  const owner = new Int32Array(n);
  const before = new Int32Array(n);
  const trust = new Float64Array(n);
  const off = new Float64Array(n);
  const sizes = new Float64Array(n);
  let fits: readonly Fit[] = [];
  for (let round = 0; round < 10; round++) {
    const lines = round === 0 ? start : fits;
    offsFrom(lines, points, owner, off);
    if (round > 4 && owner.every((line, i) => line === before[i])) break;
    before.set(owner);
    const scale = TUKEY * Math.max(floor, spreadOf(off, sizes));
    for (let i = 0; i < n; i++) {
      const share = off[i] / scale;
      const left = 1 - share * share;
      trust[i] = left > 0 ? weight[i] * left * left : 0;
    }
    fits = lines
      .map((_, k) => leastSquares(points, trust, before, k, leastSlope))
      .filter((line): line is Fit => line !== undefined)
      .sort((a, b) => b.slope - a.slope);
    if (fits.length === 0) return [];
  }
  return fits.map((fit) => withErrors(fit, points, trust, before));
}

interface Fit extends Straight {
  readonly support: number;
  /** Picks that had this owner. */
  readonly owner: number;
  /** Sum of their weights, their mean distance, and their squares about it. */
  readonly sum: number;
  readonly mean: number;
  readonly square: number;
}

function leastSquares(
  { distance, time, weight }: Points,
  trust: Float64Array,
  owner: Int32Array,
  line: number,
  leastSlope: number,
): Fit | undefined {
  let sum = 0;
  let sx = 0;
  let st = 0;
  let support = 0;
  for (let i = 0; i < owner.length; i++) {
    const w = trust[i];
    if (owner[i] !== line || w === 0) continue;
    sum += w;
    sx += w * distance[i];
    st += w * time[i];
    if (w > 0.2 * weight[i]) support++;
  }
  if (support < LEAST_SUPPORT) return undefined;
  const mean = sx / sum;
  const middle = st / sum;
  let square = 0;
  let cross = 0;
  for (let i = 0; i < owner.length; i++) {
    if (owner[i] !== line) continue;
    const x = distance[i] - mean;
    square += trust[i] * x * x;
    cross += trust[i] * x * (time[i] - middle);
  }
  if (!(square > 0)) return undefined;
  const slope = Math.max(leastSlope, cross / square);
  return { slope, intercept: middle - slope * mean, support, owner: line, sum, mean, square };
}

function withErrors(fit: Fit, { distance, time }: Points, trust: Float64Array, owner: Int32Array): Line {
  const { slope, intercept, support, sum, mean } = fit;
  let left = 0;
  for (let i = 0; i < owner.length; i++) {
    const off = time[i] - intercept - slope * distance[i];
    if (owner[i] === fit.owner) left += trust[i] * off * off;
  }
  const variance = (left / sum) * (support / Math.max(1, support - 2));
  const perPick = sum / support;
  return {
    slope,
    intercept,
    slopeError: Math.sqrt((variance * perPick) / fit.square),
    interceptError: Math.sqrt(variance * (1 / support + (perPick * mean * mean) / fit.square)),
    support,
  };
}

/** Robust standard deviation. */
function spreadOf(off: Float64Array, room: Float64Array): number {
  for (let i = 0; i < off.length; i++) room[i] = Math.abs(off[i]);
  return 1.4826 * select(room, room.length >> 1);
}

/**
 * By Schwarz's information criterion, three numbers a branch: slope, intercept, and where it begins. Wild picks cost the same in
 * every set, measured by the spread of the closest one.
 */
function best(fits: readonly (readonly Line[])[], points: Points, floor: number): Envelope | undefined {
  const n = points.distance.length;
  const owner = new Int32Array(n);
  const room = new Float64Array(n);
  const found = fits.flatMap((lines) => {
    if (lines.length === 0) return [];
    const off = new Float64Array(n);
    offsFrom(lines, points, owner, off);
    return [{ lines, off, spread: spreadOf(off, room) }];
  });
  if (found.length === 0) return undefined;
  const wild = WILD * Math.max(floor, Math.min(...found.map(({ spread }) => spread)));
  let chosen = found[0];
  let least = Number.POSITIVE_INFINITY;
  for (const fit of found) {
    let square = 0;
    for (let i = 0; i < n; i++) square += Math.min(wild, Math.abs(fit.off[i])) ** 2;
    const criterion = n * Math.log(Math.max(square / n, floor * floor)) + 3 * fit.lines.length * Math.log(n);
    if (criterion < least) {
      least = criterion;
      chosen = fit;
    }
  }
  return { lines: chosen.lines, spread: chosen.spread };
}

function range(values: Float64Array): number {
  const room = values.slice();
  const last = room.length - 1;
  // Of the middle nine tenths: single wild picks do not count.
  return select(room, Math.floor(0.95 * last)) - select(room, Math.floor(0.05 * last));
}
