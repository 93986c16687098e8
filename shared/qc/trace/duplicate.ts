/**
 * Channels that hold the same trace, as it is or at another gain or polarity. Of many channels only those are compared whose
 * projections on three fixed random directions agree (Johnson & Lindenstrauss 1984), so the work grows with their number.
 */

import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';
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
  const pairs = pairsOf(facts, profile.limits['duplicate-traces.likeness']);
  const rows = [...new Set(pairs.flat())].sort((a, b) => a - b);
  const words = pairs.slice(0, 3).map((pair) => pair.map((i) => facts.shot.traces[i].channel).join(' and '));
  const cause = `channels ${words.join(', ')}${pairs.length > 3 ? ', …' : ''} are the same: ${RULE.cause}`;
  const remark = shareRemark({ ...RULE, cause }, rows, facts, profile);
  return remark ? [remark] : [];
};

interface Signature {
  readonly row: number;
  /** Of the changes from sample to sample, in which the noise that two channels do not share is high. */
  readonly square: number;
  /** Projections of the changes, brought to length one. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

function pairsOf(facts: ShotFacts, likeness: number): readonly (readonly [number, number])[] {
  const { rows } = facts.coarse;
  const directions = directionsOf(Math.max(0, ...facts.live.map((i) => rows[i]!.length)));
  const signatures = facts.live.map((i) => signatureOf(rows[i]!, i, directions)).sort((one, other) => one.a - other.a);
  const pairs: [number, number][] = [];
  for (const [k, one] of signatures.entries())
    for (let n = k + 1; n < signatures.length && signatures[n].a - one.a < NEAR; n++) {
      const other = signatures[n];
      if (Math.abs(other.b - one.b) > NEAR || Math.abs(other.c - one.c) > NEAR) continue;
      if (!alike(rows[one.row]!, rows[other.row]!, likeness * Math.sqrt(one.square * other.square))) continue;
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
  const a = new Float32Array(length);
  const b = new Float32Array(length);
  const c = new Float32Array(length);
  let bits = 0x2545f491;
  for (let k = 1; k < length; k++) {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    a[k] = bits & 1 ? 1 : -1;
    b[k] = bits & 2 ? 1 : -1;
    c[k] = bits & 4 ? 1 : -1;
  }
  return { a, b, c };
}

function signatureOf(x: Float32Array, row: number, directions: Directions): Signature {
  let square = 0;
  let a = 0;
  let b = 0;
  let c = 0;
  for (let k = 1; k < x.length; k++) {
    const d = x[k] - x[k - 1];
    square += d * d;
    a += directions.a[k] * d;
    b += directions.b[k] * d;
    c += directions.c[k] * d;
  }
  const size = Math.sqrt(square) || 1;
  // the sign of a trace does not matter
  return { row, square, a: Math.abs(a) / size, b: Math.abs(b) / size, c: Math.abs(c) / size };
}

/** Whether the changes of the two have a product of `least` in size. */
function alike(x: Float32Array, y: Float32Array, least: number): boolean {
  let product = 0;
  for (let k = 1; k < x.length; k++) product += (x[k] - x[k - 1]) * (y[k] - y[k - 1]);
  return least > 0 && Math.abs(product) >= least;
}
