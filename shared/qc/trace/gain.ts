/**
 * Traces whose signal and noise both stand apart from the traces on either side by the same factor: another gain. Noise alone is
 * a noisy trace, signal alone the ground.
 */
import { decibels } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import { middle } from '../middle.ts';
import type { Profile } from '../profile.ts';
import { shareJudge } from './share.ts';

export const gainTraces = shareJudge(
  {
    code: 'gain-traces',
    of: 'live traces',
    what: 'were recorded with another gain than their neighbours',
    cause: 'preamplifier gain set differently on these channels, another kind of geophone, or a poor contact',
    advice: 'compare the gains of the channels; first breaks stay usable, amplitudes do not',
  },
  gainRows,
);

/** Traces to either side that a trace is compared with, and how many of them must tell. */
const REACH = 5;
const LEAST = 3;

function gainRows({ live, breakLevels }: ShotFacts, { limits }: Profile): readonly number[] {
  const known = live.filter((i) => (breakLevels[i]?.noise ?? 0) > 0 && breakLevels[i]!.signal > 0);
  const signal = known.map((i) => decibels(breakLevels[i]!.signal));
  const noise = known.map((i) => decibels(breakLevels[i]!.noise!));
  return known.filter((_, a) => {
    if (signal[a] - noise[a] < limits['gain-traces.signal']) return false;
    const louder = apart(signal, a);
    const noisier = apart(noise, a);
    return (
      Math.min(Math.abs(louder), Math.abs(noisier)) > limits['gain-traces.change'] &&
      Math.abs(louder - noisier) < limits['gain-traces.agreement']
    );
  });
}

/** From the middle of the traces on either side, whichever is nearer; 0 when it lies between them, or the end is too near. */
function apart(levels: readonly number[], a: number): number {
  const [left, right] = [levels.slice(Math.max(0, a - REACH), a), levels.slice(a + 1, a + 1 + REACH)];
  const from = [left, right].flatMap((side) => (side.length < LEAST ? [] : [levels[a] - middle(side)!]));
  const [least, most] = [Math.min(...from), Math.max(...from)];
  return from.length === 0 || least * most < 0 ? 0 : least > 0 ? least : most;
}
