/** The traces worth picking, as rows without gaps, and the reason for each of the others. */
import { row, type Shot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { bridged } from '../signal/gaps.ts';

export interface LiveRows {
  /** Index in `shot.traces` of each row. */
  readonly at: readonly number[];
  /** [row][sample]; views of the shot, or repaired copies where samples are not finite. */
  readonly rows: readonly Float32Array[];
  /** First and one-past-last recorded sample of each row. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** One entry a trace: `dead` or `auxiliary`, undefined where there is a row. */
  readonly skipped: readonly (Pick | undefined)[];
}

/** Fewer recorded samples than this cannot show an onset. */
const SHORTEST = 16;

export function liveRows(shot: Shot): LiveRows {
  const at: number[] = [];
  const rows: Float32Array[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const skipped = shot.traces.map((trace, i): Pick | undefined => {
    if (trace.kind === 'auxiliary') return { kind: 'skipped', reason: 'auxiliary' };
    const x = row(shot, i);
    const end = trace.start + trace.count;
    const state = trace.kind === 'dead' || trace.count < SHORTEST ? 'flat' : look(x, trace.start, end);
    if (state === 'flat') return { kind: 'skipped', reason: 'dead' };
    at.push(i);
    rows.push(state === 'gaps' ? repaired(x, trace.start, end) : x);
    from.push(trace.start);
    to.push(end);
    return undefined;
  });
  return { at, rows, from, to, skipped };
}

/** All bits but the sign; what is not finite has all of the exponent set, where one more carries into the sign. */
const MAGNITUDE = 0x7fffffff;
const CARRY = 0x00800000;

function look(x: Float32Array, from: number, to: number): 'flat' | 'gaps' | 'sound' {
  const words = new Int32Array(x.buffer, x.byteOffset, x.length);
  let carried = 0;
  for (let k = from; k < to; k++) carried |= (words[k] & MAGNITUDE) + CARRY;
  if (carried < 0) return lookAround(x, from, to);
  for (let k = from + 1; k < to; k++) if (x[k] !== x[from]) return 'sound';
  return 'flat';
}

/** The same where some samples are not finite. */
function lookAround(x: Float32Array, from: number, to: number): 'flat' | 'gaps' {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let k = from; k < to; k++) {
    const v = x[k];
    if (v - v !== 0) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low < high ? 'gaps' : 'flat';
}

function repaired(x: Float32Array, from: number, to: number): Float32Array {
  const y = x.slice();
  y.set(bridged(x.subarray(from, to)), from);
  return y;
}
