/**
 * What the picks next to the source say of when and where it was: the nearest straight pieces of t(x) on both sides meet at the
 * source, at the shot instant.
 */
import { type Metres, type Milliseconds, metres, ms } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import { theilSen } from '../moveout/points.ts';
import { remembered } from '../remembered.ts';
import { type PlacedPick, placedPicks } from './spread.ts';
import { type Turn, turnOf } from './unimodal.ts';

export interface NearSource {
  /** Picks by place, and where their times turn. */
  readonly picks: readonly PlacedPick[];
  readonly turn: Turn;
  /** Straight lines through the nearest picks before and behind the turn; undefined where there are too few. */
  readonly before: NearLine | undefined;
  readonly behind: NearLine | undefined;
  /** Where the two meet; undefined where there is only one, or they do not fall and rise. */
  readonly meet: { readonly at: Metres; readonly time: Milliseconds } | undefined;
}

/** t = intercept + slope · at; ms, ms/m. */
export interface NearLine {
  readonly slope: number;
  readonly intercept: number;
}

/** Picks of a near line: as many as the slow ground next to a source usually shows. */
const NEAR = 3;
const LEAST_NEAR = 2;
const LEAST_PICKS = 6;

export const nearSource: (facts: ShotFacts) => NearSource | undefined = remembered((facts) => {
  const picks = placedPicks(facts);
  if (picks.length < LEAST_PICKS) return undefined;
  const turn = turnOf(picks.map(({ time }) => time));
  const before = nearLine(picks.slice(Math.max(0, turn.at - NEAR), turn.at));
  const behind = nearLine(picks.slice(turn.at, turn.at + NEAR));
  return { picks, turn, before, behind, meet: before && behind && meetOf(before, behind) };
});

function nearLine(picks: readonly PlacedPick[]): NearLine | undefined {
  if (picks.length < LEAST_NEAR) return undefined;
  const x = Float64Array.from(picks, ({ at }) => at);
  const t = Float64Array.from(picks, ({ time }) => time);
  return theilSen(x, t, 0, picks.length);
}

function meetOf(before: NearLine, behind: NearLine): NearSource['meet'] {
  if (!(before.slope < 0 && behind.slope > 0)) return undefined;
  const at = (before.intercept - behind.intercept) / (behind.slope - before.slope);
  return { at: metres(at), time: ms(before.intercept + before.slope * at) };
}
