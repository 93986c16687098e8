/** The pulse of the shot instant on an auxiliary trace: a sudden onset out of a quiet line, nothing before it. */

import { recorded } from '../../signal/with-amplitudes.ts';
import { type Milliseconds, ms } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import { remembered } from '../remembered.ts';

/** The pulse begins where it has this share of its height. */
const FOOT = 0.2;
/** Before it the trace stays within this share. */
const QUIET = 0.1;
/** Of the record; a sweep or a clock swings through more of it. */
const SHORT = 0.3;

/** After the stated shot instant; undefined: no auxiliary trace, or none with one pulse. */
export const timeBreak: (facts: ShotFacts) => Milliseconds | undefined = remembered(({ shot }) => {
  for (const [i, { kind, start }] of shot.traces.entries()) {
    if (kind !== 'auxiliary') continue;
    const at = pulseIn(recorded(shot, i));
    if (at !== undefined) return ms(shot.firstSample.time + (start + at) * shot.sampleInterval);
  }
  return undefined;
});

function pulseIn(x: Float32Array): number | undefined {
  const usual = x.slice().sort()[x.length >> 1];
  let top = 0;
  for (let k = 0; k < x.length; k++) top = Math.max(top, Math.abs(x[k] - usual));
  if (!(top > 0)) return undefined;
  const onset = x.findIndex((value) => Math.abs(value - usual) > FOOT * top);
  let loud = 0;
  for (let k = 0; k < x.length; k++) {
    const size = Math.abs(x[k] - usual);
    if (k < onset && size > QUIET * top && k < onset - 2) return undefined;
    if (size > FOOT * top) loud++;
  }
  return onset > 0 && loud < SHORT * x.length ? onset : undefined;
}
