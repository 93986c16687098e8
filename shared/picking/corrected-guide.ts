/** A guide that went astray on some traces, put right by the picks on the others. */
import type { Guide } from './classical.ts';

/** Picks at least this sure carry the line. */
const SURE = 0.5;
/** Least share of the traces that must be. */
const ENOUGH = 0.3;
/** Picks less sure than this are doubted; a guide is corrected when more of them are than `FEW` … */
const UNSURE = 0.35;
const FEW = 0.04;
/** Sure traces that tell the slope beyond the last of them. */
const BEYOND = 4;

/**
 * The guide with straight lines between sure picks in place of the doubtful ones; undefined where little is in doubt, or too
 * much to tell.
 * @param time of each pick, ms @param sure 0–1
 */
export function correctedGuide(guide: Guide, time: Float64Array, sure: Float64Array): Guide | undefined {
  const n = time.length;
  const firm = Array.from(sure.keys()).filter((r) => sure[r] >= SURE);
  const unsure = sure.reduce((count, value) => count + (value < UNSURE ? 1 : 0), 0);
  if (unsure <= FEW * n || firm.length < Math.max(3, ENOUGH * n)) return undefined;
  const line = (from: readonly number[]) => {
    const [a, b] = [from[0], from[from.length - 1]];
    const slope = a === b ? 0 : (time[b] - time[a]) / (b - a);
    return (r: number, nearest: number) => time[nearest] + slope * (r - nearest);
  };
  const before = line(firm.slice(0, BEYOND));
  const after = line(firm.slice(-BEYOND));
  let next = 0;
  const corrected = Float64Array.from(time, (own, r) => {
    while (next < firm.length && firm[next] < r) next++;
    if (firm[next] === r) return Math.abs(own - guide.time[r]) < guide.period[r] / 2 ? guide.time[r] : own;
    if (next === 0) return before(r, firm[0]);
    if (next === firm.length) return after(r, firm[next - 1]);
    const [a, b] = [firm[next - 1], firm[next]];
    return time[a] + ((time[b] - time[a]) * (r - a)) / (b - a);
  });
  return { ...guide, time: corrected };
}
