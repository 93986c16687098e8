/**
 * Channels that hold the same trace, as it is or at another gain or polarity. Of many channels only those are compared whose
 * projections on a few fixed random directions agree (Johnson & Lindenstrauss 1984), so the work grows with their number.
 */
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';
import type { Profile } from '../profile.ts';
import { type ShareRule, shareRemark } from './share.ts';

const RULE: ShareRule = {
  code: 'duplicate-traces',
  of: 'live traces',
  what: 'hold the same record as another',
  cause: 'a channel recorded twice, shorted pairs in a cable, or a conversion that repeated traces',
  advice: 'check the plugs and the channel table; one of each pair is at a wrong place',
};

/** Projections of what correlates as asked differ by less than this, of a standard deviation; all of many by less than the second. */
const NEAR = 0.15;
const ALL_NEAR = 0.25;

export const duplicateTraces: Judge = (facts, profile) => {
  const pairs = pairsOf(facts, profile);
  const rows = [...new Set(pairs.flat())].sort((a, b) => a - b);
  const words = pairs.slice(0, 3).map((pair) => pair.map((i) => facts.shot.traces[i].channel).join(' and '));
  const cause = `channels ${words.join(', ')}${pairs.length > 3 ? ', …' : ''} are the same: ${RULE.cause}`;
  const remark = shareRemark({ ...RULE, cause }, rows, facts, profile);
  return remark ? [remark] : [];
};

interface Signature {
  readonly row: number;
  readonly first: Float32Array;
}

function pairsOf({ coarse, live }: ShotFacts, { limits }: Profile): readonly (readonly [number, number])[] {
  const { rows } = coarse;
  const directions = directionsOf(FIRST + FURTHER);
  const [few, many] = [directions.slice(0, FIRST), directions.slice(FIRST)];
  const signatures = live
    .map((row): Signature => ({ row, first: projected(rows[row]!, few) }))
    .sort((one, other) => one.first[0] - other.first[0]);
  const kept = new Map<number, Float32Array>();
  /** Of thousands of traces many agree in a few projections by chance, and none in all. */
  const further = (row: number) => kept.get(row) ?? kept.set(row, projected(rows[row]!, many)).get(row)!;
  const pairs: [number, number][] = [];
  for (const [k, one] of signatures.entries())
    for (let n = k + 1; n < signatures.length && signatures[n].first[0] - one.first[0] < NEAR; n++) {
      const other = signatures[n];
      if (!alike(one.first, other.first, NEAR) || !alike(further(one.row), further(other.row), ALL_NEAR)) continue;
      const { samples, changes } = likenessOf(rows[one.row]!, rows[other.row]!);
      if (samples < limits['duplicate-traces.likeness'] || changes < limits['duplicate-traces.changes']) continue;
      pairs.push(one.row < other.row ? [one.row, other.row] : [other.row, one.row]);
    }
  return pairs.sort((one, other) => one[0] - other[0]);
}

function alike(one: Float32Array, other: Float32Array, near: number): boolean {
  for (let d = 0; d < one.length; d++) if (Math.abs(one[d] - other[d]) > near) return false;
  return true;
}

const [FIRST, FURTHER] = [3, 8];
/** Pieces of a trace that are projected, evenly over it, and changes in each: the same record is the same in all of them. */
const PIECES = 8;
const PIECE = 48;

/** +1 or −1 by fair coins (xorshift: Marsaglia 2003), always the same. [direction][sample] */
function directionsOf(count: number): readonly Float32Array[] {
  const directions = Array.from({ length: count }, () => new Float32Array(PIECES * PIECE));
  let bits = 0x2545f491;
  for (let k = 0; k < PIECES * PIECE; k++) {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    for (let d = 0; d < count; d++) directions[d][k] = bits & (1 << d) ? 1 : -1;
  }
  return directions;
}

/** Projections of the changes from sample to sample, brought to length one; whatever the polarity. */
function projected(x: Float32Array, directions: readonly Float32Array[]): Float32Array {
  const piece = Math.min(PIECE, Math.floor((x.length - 1) / PIECES));
  const changes = new Float32Array(PIECES * PIECE);
  let square = 0;
  for (let p = 0; p < PIECES; p++) {
    const from = 1 + Math.floor((p * (x.length - 1)) / PIECES);
    for (let k = 0; k < piece; k++) {
      const v = x[from + k] - x[from + k - 1];
      changes[p * PIECE + k] = v;
      square += v * v;
    }
  }
  const size = Math.sqrt(square) || 1;
  return Float32Array.from(directions, (direction) => {
    let sum = 0;
    for (let k = 0; k < changes.length; k++) sum += direction[k] * changes[k];
    return Math.abs(sum) / size;
  });
}

/** Correlation of samples, and of changes from one to the next, whatever the polarity. */
function likenessOf(x: Float32Array, y: Float32Array): { readonly samples: number; readonly changes: number } {
  let [xy, xx, yy] = [x[0] * y[0], x[0] * x[0], y[0] * y[0]];
  let [dxdy, dxdx, dydy] = [0, 0, 0];
  for (let k = 1; k < x.length; k++) {
    const [u, v] = [x[k], y[k]];
    const [dx, dy] = [u - x[k - 1], v - y[k - 1]];
    xy += u * v;
    xx += u * u;
    yy += v * v;
    dxdy += dx * dy;
    dxdx += dx * dx;
    dydy += dy * dy;
  }
  return { samples: ratio(xy, xx, yy), changes: ratio(dxdy, dxdx, dydy) };
}

const ratio = (xy: number, xx: number, yy: number): number =>
  xx > 0 && yy > 0 ? Math.abs(xy) / Math.sqrt(xx * yy) : 0;
