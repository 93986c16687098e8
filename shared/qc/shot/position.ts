/**
 * Was the source where the file says it was: the position along the line, and beside it, that best explains the picks. Along the
 * line it is where the times turn from falling to rising; beside it, the turn is round and later than the shot.
 */
import { type Metres, metres } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import type { Profile } from '../profile.ts';
import { grossFault } from './gross.ts';
import { type NearSource, nearSource } from './near-source.ts';
import { tenths } from './numbers.ts';
import { type Spread, spreadOf } from './spread.ts';

interface Misplaced {
  readonly by: Metres;
  readonly where: string;
  readonly only?: 'at least';
}

export const sourcePositionError: Judge = (facts, profile): readonly Remark[] => {
  const spread = spreadOf(facts);
  const near = nearSource(facts);
  if (!spread || !near || grossFault(facts, profile)) return [];
  const { by, where, only } = alongLine(near, spread, facts, profile) ?? besideLine(near, spread, profile) ?? {};
  if (by === undefined) return [];
  const limit = profile.limits['source-position-error.stations'] * spread.spacing;
  const size = tenths(Math.abs(by));
  return [
    {
      code: 'source-position-error',
      severity: Math.abs(by) > profile.limits['source-position-error.fail'] * spread.spacing ? 'fail' : 'warn',
      traces: [],
      value: tenths(by),
      unit: 'm',
      threshold: tenths(limit),
      cause: `the shot was taken ${only ? `${only} ` : ''}${size} m ${where} the stated position, or the position was typed wrong`,
      advice: 'check the position in the notes and correct it; shoot again at the planned place if it matters',
      says: `the source lies ${only ? `${only} ` : ''}${size} m ${where} its stated position`,
    },
  ];
};

/** A turn is sure with so many picks before and behind it. */
const LEAST_SIDE = 2;

function alongLine(near: NearSource, spread: Spread, facts: ShotFacts, { limits }: Profile): Misplaced | undefined {
  const { picks, turn, meet, before, behind } = near;
  const n = picks.length;
  const stated = picks.filter(({ at }) => at < 0).length;
  const tolerance = Math.max(limits['source-position-error.misfit'], 0.25 * (facts.period ?? 0));
  const least = limits['source-position-error.stations'] * spread.spacing;
  // The stated place explains the picks as well as any other.
  const atStated = Math.min(
    ...[stated - 1, stated, stated + 1].map((k) => turn.misfitAt[k] ?? Number.POSITIVE_INFINITY),
  );
  if (atStated - turn.misfit < 0.1 * tolerance) return undefined;
  const inside = turn.at >= LEAST_SIDE && turn.at <= n - LEAST_SIDE;
  if (inside) {
    const [left, right] = [picks[turn.at - 1].at, picks[turn.at].at];
    const middle = (left + right) / 2;
    const at = meet ? Math.max(left - spread.spacing, Math.min(right + spread.spacing, meet.at)) : middle;
    return Math.abs(at) > least ? { by: metres(at), where: sideOf(at) } : undefined;
  }
  const end = turn.at < LEAST_SIDE ? picks[0].at : picks[n - 1].at;
  const line = turn.at < LEAST_SIDE ? behind : before;
  const outside = turn.at < LEAST_SIDE ? stated >= LEAST_SIDE : n - stated >= LEAST_SIDE;
  if (!outside || !line || Math.abs(end) < least) return undefined;
  return { by: end, where: sideOf(end), only: 'at least' };
}

const sideOf = (at: number): string => (at > 0 ? 'up the line from' : 'down the line from');

/** Candidates beside the line, in spacings. */
const BESIDE = Array.from({ length: 40 }, (_, k) => 0.5 * (k + 1));
const LEAST_NEAR = 5;

/** The nearest picks held against two explanations: the source beside the line, or on it and the shot late. */
function besideLine(
  { picks, meet }: NearSource,
  { spacing, beside }: Spread,
  { limits }: Profile,
): Misplaced | undefined {
  if (!meet || Math.abs(meet.at) > 1.5 * spacing) return undefined;
  let best: { readonly misfit: number; readonly at: number; readonly late: number } | undefined;
  for (const y of BESIDE.map((k) => k * spacing)) {
    const near = picks.filter(({ at }) => Math.abs(at - meet.at) < 1.5 * y + 3 * spacing);
    const beyond = near.filter(({ at }) => Math.abs(at - meet.at) > y);
    if (near.length < LEAST_NEAR || beyond.length < 2 || near.length - beyond.length < 3) continue;
    const round = throughShot(near.map(({ at, time }) => [Math.hypot(at - meet.at, y), time]));
    const straight = lineFit(near.map(({ at, time }) => [Math.abs(at - meet.at), time]));
    const misfit = round / Math.max(straight.misfit, 0.05);
    if (!best || misfit < best.misfit) best = { misfit, at: y, late: straight.late };
  }
  if (
    !best ||
    best.misfit > limits['source-position-error.round'] ||
    best.late < limits['source-position-error.misfit']
  )
    return undefined;
  const by = best.at - beside;
  return by > limits['source-position-error.stations'] * spacing ? { by: metres(by), where: 'beside' } : undefined;
}

/** Root mean square of what t = p·r leaves. */
function throughShot(points: readonly (readonly [number, number])[]): number {
  let [rr, rt] = [0, 0];
  for (const [r, t] of points) {
    rr += r * r;
    rt += r * t;
  }
  const p = rt / rr;
  return Math.sqrt(points.reduce((sum, [r, t]) => sum + (t - p * r) ** 2, 0) / points.length);
}

function lineFit(points: readonly (readonly [number, number])[]): { readonly misfit: number; readonly late: number } {
  const n = points.length;
  const x = points.reduce((sum, [r]) => sum + r, 0) / n;
  const y = points.reduce((sum, [, t]) => sum + t, 0) / n;
  let [rr, rt] = [0, 0];
  for (const [r, t] of points) {
    rr += (r - x) ** 2;
    rt += (r - x) * (t - y);
  }
  const slope = rr > 0 ? rt / rr : 0;
  const late = y - slope * x;
  return { late, misfit: Math.sqrt(points.reduce((sum, [r, t]) => sum + (t - late - slope * r) ** 2, 0) / n) };
}
