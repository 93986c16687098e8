/**
 * Was the source where the file says it was: the position along the line, and beside it, that best explains the picks. Along the
 * line it is where the times turn from falling to rising; beside it, the turn is round and later than the shot.
 */
import { type Metres, metres } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import type { Profile } from '../profile.ts';
import { rememberedJudge } from '../remembered.ts';
import { grossFault } from './gross.ts';
import { type NearSource, nearSource } from './near-source.ts';
import { tenths } from './numbers.ts';
import { type PlacedPick, type Spread, spreadOf } from './spread.ts';
import { weakSource } from './weak-source.ts';

interface Misplaced {
  readonly by: Metres;
  readonly where: string;
  readonly only?: 'at least';
}

export const sourcePositionError: Judge = rememberedJudge((facts, profile): readonly Remark[] => {
  const spread = spreadOf(facts);
  const near = nearSource(facts);
  // In the noise of a weak shot picks come late, the nearest ones least.
  if (!spread || !near || grossFault(facts, profile) || weakSource(facts, profile).length > 0) return [];
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
});

/** Spacings between picks next to each other, a dead trace between them allowed. */
const GAP = 2.1;
/** A turn is sure with so many picks before and behind it. */
const LEAST_SIDE = 2;

function alongLine(near: NearSource, spread: Spread, facts: ShotFacts, { limits }: Profile): Misplaced | undefined {
  const { picks, turn, meet, before, behind } = near;
  const n = picks.length;
  const stated = picks.filter(({ at }) => at < 0).length;
  const tolerance = Math.max(limits['source-position-error.misfit'], 0.25 * (facts.period ?? 0));
  const least = limits['source-position-error.stations'] * spread.spacing;
  // Picks that do not turn once, or not where there are picks, show no source.
  const gap = turn.at > 0 && turn.at < n ? picks[turn.at].at - picks[turn.at - 1].at : 0;
  if (turn.misfit > tolerance || gap > GAP * spread.spacing) return undefined;
  // Within the spread, but without picks where it is stated: they may be missing for another reason.
  const nearest = Math.min(...picks.map(({ at }) => Math.abs(at)));
  const within =
    spread.at.some((at) => at !== undefined && at < 0) && spread.at.some((at) => at !== undefined && at > 0);
  if (within && nearest > GAP * spread.spacing) return undefined;
  const inside = turn.at >= LEAST_SIDE && turn.at <= n - LEAST_SIDE;
  if (inside) {
    const [left, right] = [picks[turn.at - 1].at, picks[turn.at].at];
    const middle = (left + right) / 2;
    const at = meet ? Math.max(left - spread.spacing, Math.min(right + spread.spacing, meet.at)) : middle;
    const earliest = Math.min(picks[turn.at - 1].time, picks[turn.at].time);
    const atStated = timeNear(picks, 0);
    // The wave must reach the stated place later than the turn by more than picks scatter.
    const later = atStated === undefined || atStated - earliest > tolerance + 3 * turn.misfit;
    return later && Math.abs(at) > least ? { by: metres(at), where: sideOf(at) } : undefined;
  }
  // The stated place explains the picks as well as any other.
  const atStated = Math.min(
    ...[stated - 1, stated, stated + 1].map((k) => turn.misfitAt[k] ?? Number.POSITIVE_INFINITY),
  );
  if (Math.sqrt(n * Math.max(0, atStated ** 2 - turn.misfit ** 2)) < tolerance) return undefined;
  const end = turn.at < LEAST_SIDE ? picks[0].at : picks[n - 1].at;
  const line = turn.at < LEAST_SIDE ? behind : before;
  const outside = turn.at < LEAST_SIDE ? stated >= LEAST_SIDE : n - stated >= LEAST_SIDE;
  if (!outside || !line || Math.abs(end) < least) return undefined;
  return { by: end, where: sideOf(end), only: 'at least' };
}

/** Between the picks to either side; undefined outside of them. */
function timeNear(picks: readonly PlacedPick[], place: number): number | undefined {
  const k = picks.findIndex(({ at }) => at >= place);
  if (k <= 0) return undefined;
  const [a, b] = [picks[k - 1], picks[k]];
  return a.time + ((b.time - a.time) * (place - a.at)) / (b.at - a.at);
}

const sideOf = (at: number): string => (at > 0 ? 'up the line from' : 'down the line from');

/** Picks this many spacings from the turn show whether it is round. */
const ROUND = 4.5;
const LEAST_ROUND = 6;

/**
 * The nearest picks held against two explanations: the source beside the line, t² = p²(y² + u²), or on it and the shot late,
 * t = T + p|u|. Ground that is slower at the surface makes the turn sharper still, never rounder.
 */
function besideLine(
  { picks, meet }: NearSource,
  { spacing, beside }: Spread,
  { limits }: Profile,
): Misplaced | undefined {
  if (!meet || Math.abs(meet.at) > 1.5 * spacing) return undefined;
  const near = picks.filter(({ at }) => Math.abs(at - meet.at) <= ROUND * spacing);
  if (near.length < LEAST_ROUND || near.some(({ time }) => time <= 0)) return undefined;
  const x = near.map(({ at }) => at - meet.at);
  const t = near.map(({ time }) => time);
  const straight = lineFit(x.map(Math.abs), t);
  const curve = parabola(
    x,
    t.map((time) => time * time),
  );
  if (!curve || !(curve.bend > 0) || straight.intercept < limits['source-position-error.misfit']) return undefined;
  const centre = -curve.slope / (2 * curve.bend);
  const y = Math.sqrt(Math.max(0, curve.at0 / curve.bend - centre * centre));
  if (Math.abs(centre) > 2 * spacing) return undefined;
  const round = rootMeanSquare(x.map((u, k) => t[k] - Math.sqrt(curve.bend * (y * y + (u - centre) ** 2))));
  const sharp = rootMeanSquare(x.map((u, k) => t[k] - straight.intercept - straight.slope * Math.abs(u)));
  if (round > limits['source-position-error.round'] * sharp) return undefined;
  const by = y - beside;
  return by > limits['source-position-error.stations'] * spacing ? { by: metres(by), where: 'beside' } : undefined;
}

const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

/** Least squares. */
function lineFit(x: readonly number[], y: readonly number[]): { readonly slope: number; readonly intercept: number } {
  const n = x.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  let [xx, xy] = [0, 0];
  for (let k = 0; k < n; k++) {
    xx += (x[k] - meanX) ** 2;
    xy += (x[k] - meanX) * (y[k] - meanY);
  }
  const slope = xx > 0 ? xy / xx : 0;
  return { slope, intercept: meanY - slope * meanX };
}

/** Least squares of at0 + slope·x + bend·x², by the normal equations. */
function parabola(x: readonly number[], y: readonly number[]) {
  const power = (k: number) => x.reduce((sum, value) => sum + value ** k, 0);
  const moment = (k: number) => x.reduce((sum, value, i) => sum + y[i] * value ** k, 0);
  const [s0, s1, s2, s3, s4] = [0, 1, 2, 3, 4].map(power);
  const [m0, m1, m2] = [0, 1, 2].map(moment);
  const det = s0 * (s2 * s4 - s3 * s3) - s1 * (s1 * s4 - s2 * s3) + s2 * (s1 * s3 - s2 * s2);
  if (!(Math.abs(det) > 0)) return undefined;
  return {
    at0: (m0 * (s2 * s4 - s3 * s3) - s1 * (m1 * s4 - m2 * s3) + s2 * (m1 * s3 - m2 * s2)) / det,
    slope: (s0 * (m1 * s4 - m2 * s3) - m0 * (s1 * s4 - s2 * s3) + s2 * (s1 * m2 - s2 * m1)) / det,
    bend: (s0 * (s2 * m2 - s3 * m1) - s1 * (s1 * m2 - s2 * m1) + m0 * (s1 * s3 - s2 * s2)) / det,
  };
}
