/**
 * Channels that hold the same trace, as it is or at another gain or polarity. Of many channels only those are compared whose
 * projections on two fixed random directions agree (Johnson & Lindenstrauss 1984), so the work grows with their number.
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
  /** Change from sample to sample, of length one: the noise that two channels do not share is high in it. */
  readonly change: Float32Array;
  readonly a: number;
  readonly b: number;
}

function pairsOf(facts: ShotFacts, likeness: number): readonly (readonly [number, number])[] {
  const { coarse, live } = facts;
  const signatures = live.map((i) => signatureOf(coarse.rows[i]!, i)).sort((one, other) => one.a - other.a);
  const pairs: [number, number][] = [];
  for (const [k, one] of signatures.entries())
    for (let n = k + 1; n < signatures.length && signatures[n].a - one.a < NEAR; n++) {
      const other = signatures[n];
      if (Math.abs(Math.abs(other.b) - Math.abs(one.b)) > NEAR) continue;
      if (Math.abs(alike(one.change, other.change)) < likeness) continue;
      pairs.push(one.row < other.row ? [one.row, other.row] : [other.row, one.row]);
    }
  return pairs.sort((one, other) => one[0] - other[0]);
}

function signatureOf(x: Float32Array, row: number): Signature {
  const change = new Float32Array(x.length);
  let square = 0;
  let a = 0;
  let b = 0;
  let bits = 0x2545f491;
  for (let k = 1; k < x.length; k++) {
    const d = x[k] - x[k - 1];
    change[k] = d;
    square += d * d;
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    a += bits & 1 ? d : -d;
    b += bits & 2 ? d : -d;
  }
  const size = Math.sqrt(square) || 1;
  // the sign of a trace does not matter: the first projection is made positive
  return { row, change, a: Math.abs(a) / size, b: b / size };
}

function alike(x: Float32Array, y: Float32Array): number {
  let [xy, xx, yy] = [0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    xy += x[k] * y[k];
    xx += x[k] * x[k];
    yy += y[k] * y[k];
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
