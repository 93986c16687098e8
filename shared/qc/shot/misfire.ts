/** A record without a shot: nothing stands out of the rest, neither on the loudest traces nor in all of them together. */
import { select } from '../../signal/selection.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { rememberedJudge } from '../remembered.ts';
import { BINS, energies } from './energy.ts';
import { mainsPicked } from './mains-picked.ts';
import { tenths } from './numbers.ts';

export const misfire: Judge = rememberedJudge((facts, profile): readonly Remark[] => {
  const traces = energies(facts);
  // Under hum a shot cannot be seen either.
  if (traces.length === 0 || mainsPicked(facts, profile).length > 0) return [];
  const swings = traces.map(swing).sort((a, b) => a - b);
  // Traces next to a source show a shot however weak it was.
  const loud = swings[Math.floor((1 - NEAREST) * (swings.length - 1))];
  const together = swing(stacked(traces));
  const { limits } = profile;
  const limit = limits['misfire.together'];
  if (loud >= limits['misfire.trace'] || together >= limit) return [];
  return [
    {
      code: 'misfire',
      severity: 'fail',
      traces: [],
      value: tenths(together),
      unit: 'dB',
      threshold: limit,
      cause: 'a misfire, a trigger without a shot, or a record begun at the wrong time',
      advice: 'shoot again; check that the trigger belongs to the shot',
      says: 'there is no shot in the record',
    },
  ];
});

const NEAREST = 0.25;
/** Bins in which a shot is loud at least. */
const LOUD = 3;

/** Loudest bins against the quiet ones; dB. */
function swing(bins: Float64Array): number {
  const room = bins.slice();
  const n = room.length;
  select(room, n - LOUD);
  let loud = 0;
  for (let k = n - LOUD; k < n; k++) loud += room[k] / LOUD;
  const quiet = select(room, n >> 3, n - LOUD);
  return loud > 0 ? 10 * Math.log10(loud / Math.max(quiet, 1e-12 * loud)) : 0;
}

/** All traces as one, each of the same energy: noise evens out, a shot does not. */
function stacked(traces: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(BINS);
  for (const bins of traces) {
    let all = 0;
    for (let b = 0; b < BINS; b++) all += bins[b];
    if (all > 0) for (let b = 0; b < BINS; b++) sum[b] += bins[b] / all;
  }
  return sum;
}
