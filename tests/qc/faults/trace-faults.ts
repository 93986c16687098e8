/** Faults of single traces. */
import type { TimedShot } from '#shared/gather.ts';
import { row } from '#shared/gather.ts';
import type { Dice } from '../../../training/synthetic/dice.ts';
import type { Base, Fault, Planted } from './fault.ts';

/** The shot with some of its rows changed. */
export function changed(
  shot: TimedShot,
  rows: readonly number[],
  change: (x: Float32Array, i: number) => void,
): TimedShot {
  const copy = { ...shot, amplitudes: shot.amplitudes.slice() };
  for (const i of rows) {
    const { start, count } = shot.traces[i];
    change(row(copy, i).subarray(start, start + count), i);
  }
  return copy;
}

/** Rows drawn without repetition from those of seismic traces, as many as the share says and one at least. */
export function someRows({ shot }: Base, share: number, dice: Dice): readonly number[] {
  const rows = shot.traces.flatMap(({ kind }, i) => (kind === 'seismic' ? [i] : []));
  const count = Math.max(1, Math.ceil(share * rows.length));
  return Array.from({ length: count }, () => rows.splice(dice.integer(0, rows.length - 1), 1)[0]).sort((a, b) => a - b);
}

const indices = ({ shot }: Base, rows: readonly number[]) => rows.map((i) => shot.traces[i].index);

const deadChannels: Fault = {
  name: 'dead channels',
  code: 'dead-traces',
  strengths: [
    { label: '1 trace', value: 0 },
    { label: '10 %', value: 0.1 },
    { label: '30 %', value: 0.3 },
  ],
  stated: 0.1,
  fits: () => true,
  plant(base, strength, dice): Planted {
    const rows = someRows(base, strength, dice);
    const shot = changed(base.shot, rows, (x) => x.fill(0));
    return { shot, picks: 'again', traces: indices(base, rows) };
  },
};

export const TRACE_FAULTS: readonly Fault[] = [deadChannels];
