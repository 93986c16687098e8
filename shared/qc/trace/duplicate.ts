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

/** Projections of what correlates as asked differ by less than this, of a standard deviation: the first, and any. */
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

function pairsOf({ coarse, live }: ShotFacts, { limits }: Profile): readonly (readonly [number, number])[] {
  const { rows } = coarse;
  const signatures = signaturesOf(live.map((i) => rows[i]!));
  // By the first projection: what is alike stands close together.
  const order = Uint32Array.from(live, (_, k) => k).sort(
    (a, b) => signatures[a * DIRECTIONS] - signatures[b * DIRECTIONS],
  );
  const first = Float32Array.from(order, (k) => signatures[k * DIRECTIONS]);
  const second = Float32Array.from(order, (k) => signatures[k * DIRECTIONS + 1]);
  const pairs: [number, number][] = [];
  for (let a = 0; a < order.length; a++)
    for (let b = a + 1; b < order.length && first[b] - first[a] < NEAR; b++) {
      if (Math.abs(second[a] - second[b]) > ALL_NEAR || !alike(signatures, order[a], order[b])) continue;
      const [one, other] = [live[order[a]], live[order[b]]];
      const { samples, changes } = likenessOf(rows[one]!, rows[other]!);
      if (samples < limits['duplicate-traces.likeness'] || changes < limits['duplicate-traces.changes']) continue;
      pairs.push(one < other ? [one, other] : [other, one]);
    }
  return pairs.sort((one, other) => one[0] - other[0]);
}

function alike(signatures: Float32Array, one: number, other: number): boolean {
  for (let d = 0; d < DIRECTIONS; d++)
    if (Math.abs(signatures[one * DIRECTIONS + d] - signatures[other * DIRECTIONS + d]) > ALL_NEAR) return false;
  return true;
}

const DIRECTIONS = 8;
/** Stretches of a trace that are projected, evenly over it, with a change for each direction: the same record is the same in all. */
const STRETCHES = 48;

/** Projections of the changes from sample to sample, brought to length one; whatever the polarity. [trace][direction] */
function signaturesOf(traces: readonly Float32Array[]): Float32Array {
  const signs = coins(STRETCHES * DIRECTIONS);
  const found = new Float32Array(traces.length * DIRECTIONS);
  const sums = new Float64Array(DIRECTIONS);
  for (const [i, x] of traces.entries()) {
    const stretches = Math.min(STRETCHES, Math.floor((x.length - 1) / DIRECTIONS));
    const apart = (x.length - 1 - DIRECTIONS) / Math.max(1, stretches - 1);
    sums.fill(0);
    let square = 0;
    for (let s = 0; s < stretches; s++) {
      const from = Math.floor(s * apart);
      for (let d = 0; d < DIRECTIONS; d++) {
        const change = x[from + d + 1] - x[from + d];
        square += change * change;
        sums[d] += signs[s * DIRECTIONS + d] * change;
      }
    }
    const scale = square > 0 ? Math.sqrt(DIRECTIONS / square) : 0;
    for (let d = 0; d < DIRECTIONS; d++) found[i * DIRECTIONS + d] = Math.abs(sums[d]) * scale;
  }
  return found;
}

/** +1 or −1 by fair coins (xorshift: Marsaglia 2003), always the same. */
function coins(count: number): Int8Array {
  let bits = 0x2545f491;
  return Int8Array.from({ length: count }, () => {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    return bits & 1 ? 1 : -1;
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
