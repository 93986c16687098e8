/**
 * Baseline: classic STA/LTA (Allen 1978; parameters as in Trnka 2012 and obspy's tutorials). Short window one dominant period,
 * long window five, trigger where the ratio of mean energies first passes 4, each trace by itself.
 */
import type { TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { finiteMean } from '../signal/dc.ts';
import { median, zeroCrossingPeriod } from '../signal/period.ts';
import { ms } from '../units.ts';
import { liveRows } from './live-rows.ts';
import type { Picker } from './pick-shot.ts';

const SHORT = 1; // periods
const LONG = 5;
const TRIGGER = 4;

export const staLtaPicker: Picker = {
  name: 'sta-lta',
  pick: async (shot) => pickStaLta(shot),
};

export function pickStaLta(shot: TimedShot): readonly Pick[] {
  const live = liveRows(shot);
  const picks: Pick[] = live.skipped.map((skipped) => skipped ?? { kind: 'skipped', reason: 'dead' });
  const period = median(Float64Array.from(live.rows, (x, r) => zeroCrossingPeriod(x, live.from[r], live.to[r])));
  const short = Math.max(2, Math.round(SHORT * period));
  const long = Math.max(10, Math.round(LONG * period));
  const shotAt = Math.ceil(-shot.firstSample.time / shot.sampleInterval);
  live.rows.forEach((x, r) => {
    const { at, ratio } = trigger(x, live.from[r], live.to[r], short, long, shotAt);
    picks[live.at[r]] =
      at === undefined
        ? { kind: 'skipped', reason: 'low-confidence' }
        : {
            kind: 'picked',
            time: ms(shot.firstSample.time + at * shot.sampleInterval),
            confidence: 1 - TRIGGER / (TRIGGER + ratio),
          };
  });
  return picks;
}

function trigger(x: Float32Array, from: number, to: number, short: number, long: number, earliest: number) {
  const mean = finiteMean(x.subarray(from, to));
  const sum = new Float64Array(to - from + 1);
  for (let k = from; k < to; k++) sum[k - from + 1] = sum[k - from] + (x[k] - mean) ** 2;
  const n = to - from;
  for (let k = Math.min(long, n >> 1); k <= n - 1; k++) {
    // The long window ends where the short one begins; near the start it takes what there is.
    const head = Math.max(0, k - short);
    const tail = Math.max(0, head - long);
    if (head - tail < short) continue;
    const sta = (sum[k] - sum[head]) / (k - head);
    const lta = (sum[head] - sum[tail]) / (head - tail);
    if (from + k >= earliest && sta > TRIGGER * lta) return { at: from + k, ratio: lta > 0 ? sta / lta : TRIGGER * 10 };
  }
  return { at: undefined, ratio: 0 };
}
