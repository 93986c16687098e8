/** How unsure a picker is of a gather: its own confidence, and how far its picks lie from the line through their neighbours. */
import type { TimedShot } from '#shared/gather.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { localTrend } from '#shared/picking/trend.ts';
import { median } from '#shared/signal/period.ts';
import { preparedShot } from '../data/prepared.ts';

export interface Doubt {
  /** 1 − median confidence; a trace that was skipped has none. */
  readonly uncertainty: number;
  /** Mean distance from the line through the neighbours, in periods, 1 at most and for traces that were skipped. */
  readonly disagreement: number;
}

/** Neighbours on either side. */
const REACH = 2;

export async function doubtOf(shot: TimedShot, picker: Picker): Promise<Doubt> {
  const { live, guide } = preparedShot(shot);
  const all = await picker.pick(shot);
  const picks = live.at.map((i) => all[i]);
  if (picks.length === 0) return { uncertainty: 1, disagreement: 1 };
  const confidence = picks.map((pick) => (pick.kind === 'picked' ? pick.confidence : 0));
  const rows = picks.flatMap((pick, r) =>
    pick.kind === 'picked' ? [{ time: pick.time, period: guide.period[r] }] : [],
  );
  const times = Float64Array.from(rows, ({ time }) => time);
  const trend = localTrend(times, REACH);
  const apart = rows.reduce((sum, { period }, r) => sum + Math.min(1, Math.abs(times[r] - trend[r]) / period), 0);
  return {
    uncertainty: 1 - median(Float64Array.from(confidence)),
    disagreement: (apart + picks.length - rows.length) / picks.length,
  };
}
