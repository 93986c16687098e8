/**
 * Channels that hold the same trace, as it is or at another gain or polarity. Of many channels only those are compared whose
 * projections on three fixed random directions agree (Johnson & Lindenstrauss 1984), so the work grows with their number.
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

/** Projections of what correlates as asked differ by less than this, of a standard deviation. */
const NEAR = 0.15;

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
  /** Projections of the changes from sample to sample, brought to length one; whatever the polarity. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

function pairsOf({ coarse, live }: ShotFacts, { limits }: Profile): readonly (readonly [number, number])[] {
  const { rows } = coarse;
  const directions = directionsOf(PIECES * PIECE);
  const signatures = live.map((i) => signatureOf(rows[i]!, i, directions)).sort((one, other) => one.a - other.a);
  const pairs: [number, number][] = [];
  for (const [k, one] of signatures.entries())
    for (let n = k + 1; n < signatures.length && signatures[n].a - one.a < NEAR; n++) {
      const other = signatures[n];
      if (Math.abs(other.b - one.b) > NEAR || Math.abs(other.c - one.c) > NEAR) continue;
      const { samples, changes } = likenessOf(rows[one.row]!, rows[other.row]!);
      if (samples < limits['duplicate-traces.likeness'] || changes < limits['duplicate-traces.changes']) continue;
      pairs.push(one.row < other.row ? [one.row, other.row] : [other.row, one.row]);
    }
  return pairs.sort((one, other) => one[0] - other[0]);
}

interface Directions {
  /** +1 or −1. [sample] */
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly c: Float32Array;
}

/** Three fair coins a sample (xorshift: Marsaglia 2003), always the same. */
function directionsOf(length: number): Directions {
  const [a, b, c] = [new Float32Array(length), new Float32Array(length), new Float32Array(length)];
  let bits = 0x2545f491;
  for (let k = 0; k < length; k++) {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    a[k] = bits & 1 ? 1 : -1;
    b[k] = bits & 2 ? 1 : -1;
    c[k] = bits & 4 ? 1 : -1;
  }
  return { a, b, c };
}

/** Pieces of a trace that are projected, evenly over it, and changes in each: the same record is the same in all of them. */
const PIECES = 8;
const PIECE = 48;

function signatureOf(x: Float32Array, row: number, directions: Directions): Signature {
  const piece = Math.min(PIECE, Math.floor((x.length - 1) / PIECES));
  let [square, a, b, c] = [0, 0, 0, 0];
  for (let p = 0; p < PIECES; p++) {
    const from = 1 + Math.floor((p * (x.length - 1)) / PIECES);
    for (let k = 0; k < piece; k++) {
      const v = x[from + k] - x[from + k - 1];
      square += v * v;
      a += directions.a[p * PIECE + k] * v;
      b += directions.b[p * PIECE + k] * v;
      c += directions.c[p * PIECE + k] * v;
    }
  }
  const size = Math.sqrt(square) || 1;
  return { row, a: Math.abs(a) / size, b: Math.abs(b) / size, c: Math.abs(c) / size };
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
