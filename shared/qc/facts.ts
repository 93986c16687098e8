/** What the judgements of one shot share, each computed when it is first asked for and then kept. */
import type { Problem } from '../errors.ts';
import type { Position, TimedShot } from '../gather.ts';
import { localTrend } from '../picking/trend.ts';
import type { Pick } from '../picks.ts';
import { type TraceCondition, traceConditions } from '../signal/trace-condition.ts';
import { type Metres, type Milliseconds, metres, ms, type Samples } from '../units.ts';
import { type BreakLevel, breakLevels } from './break-level.ts';
import { type Coarse, coarseOf, periodOf } from './coarse.ts';
import type { LineContext } from './line/summary.ts';
import { astrayRows } from './moveout/suspects.ts';
import { breakSamples, type NoiseLevel, noiseLevels } from './noise.ts';

/** Lists marked [row] have one entry a trace, in the order of `shot.traces`. */
export interface ShotFacts {
  readonly shot: TimedShot;
  /** [row] */
  readonly picks: readonly Pick[];
  /** Of the file and of the shot. */
  readonly problems: readonly Problem[];
  /** What earlier shots of the line tell; undefined: the shot is judged by itself. */
  readonly line: LineContext | undefined;
  /** Rows that are judged: all but auxiliary ones. */
  readonly seismic: readonly number[];
  /** Of those, the rows where something was recorded. */
  readonly live: readonly number[];
  /** [row] */
  readonly conditions: readonly TraceCondition[];
  /** Time of the pick; undefined where there is none. [row] */
  readonly times: readonly (Milliseconds | undefined)[];
  /**
   * Where in the row the first break lies: at the pick; where there is none, or one that cannot be a first break if the others
   * are, on the line between the picked neighbours. [row]
   */
  readonly breaks: readonly (Samples | undefined)[];
  /** [row] */
  readonly levels: readonly (NoiseLevel | undefined)[];
  /** Dominant, behind the picks; undefined where nothing is picked. */
  readonly period: Milliseconds | undefined;
  /** Pick less what the picks around it lead to expect; undefined where there is no pick. [row] */
  readonly offTrend: readonly (Milliseconds | undefined)[];
  /** For waveforms and what lies in the band of the signal. */
  readonly coarse: Coarse;
  /** Near the first break, in the band of the signal. [row] */
  readonly breakLevels: readonly (BreakLevel | undefined)[];
  /** Source to receiver, never negative; undefined where the file does not tell it, and everywhere when all are zero. [row] */
  readonly distances: readonly (Metres | undefined)[];
}

export interface FactsOptions {
  /** Of the file, besides those of the shot. */
  readonly problems?: readonly Problem[];
  readonly line?: LineContext | undefined;
}

/** `picks[i]` belongs to `shot.traces[i]`. */
export function factsOf(
  shot: TimedShot,
  picks: readonly Pick[],
  { problems = [], line }: FactsOptions = {},
): ShotFacts {
  const seismic = shot.traces.flatMap(({ kind }, i) => (kind === 'auxiliary' ? [] : [i]));
  const conditions = once(() => traceConditions(shot));
  const live = once(() => seismic.filter((i) => !conditions()[i].dead));
  const levels = once(() => noiseLevels(shot, breaks()));
  const times = once(() => timesOf(picks));
  const coarse = once(() => coarseOf(shot, live(), conditions()));
  const period = once(() => {
    const atPicks = breakSamples(shot, picks).map((at, i) => (times()[i] === undefined ? undefined : at));
    return periodOf(coarse(), atPicks);
  });
  const breaks = once(() => breakSamples(shot, without(picks, astrayRows(facts))));
  const nearBreaks = once(() => breakLevels(coarse(), breaks(), period()));
  const offTrend = once(() => offTrendOf(times()));
  const distances = once(() => distancesOf(shot));
  const facts: ShotFacts = {
    shot,
    picks,
    problems: [...problems, ...shot.problems],
    line,
    seismic,
    get live() {
      return live();
    },
    get conditions() {
      return conditions();
    },
    get times() {
      return times();
    },
    get breaks() {
      return breaks();
    },
    get levels() {
      return levels();
    },
    get period() {
      return period();
    },
    get offTrend() {
      return offTrend();
    },
    get coarse() {
      return coarse();
    },
    get breakLevels() {
      return nearBreaks();
    },
    get distances() {
      return distances();
    },
  };
  return facts;
}

function once<T>(compute: () => T): () => T {
  let kept: { readonly value: T } | undefined;
  return () => (kept ??= { value: compute() }).value;
}

/** Where it is not known whether a break was picked, its neighbours tell. */
const without = (picks: readonly Pick[], rows: ReadonlySet<number>): readonly Pick[] =>
  rows.size === 0
    ? picks
    : picks.map((pick, i) => (rows.has(i) ? { kind: 'skipped', reason: 'low-confidence' } : pick));

const timesOf = (picks: readonly Pick[]): ShotFacts['times'] =>
  picks.map((pick) => (pick.kind === 'picked' ? pick.time : undefined));

/** Neighbours to either side that tell where a break should be. */
const REACH = 3;

function offTrendOf(times: ShotFacts['times']): ShotFacts['offTrend'] {
  const rows = times.flatMap((time, i) => (time === undefined ? [] : [i]));
  const picked = Float64Array.from(rows, (i) => times[i]!);
  const expected = localTrend(picked, REACH);
  const off: (Milliseconds | undefined)[] = times.map(() => undefined);
  for (const [k, i] of rows.entries()) off[i] = ms(picked[k] - expected[k]);
  return off;
}

function distancesOf({ traces, source }: TimedShot): readonly (Metres | undefined)[] {
  const known = traces.map(({ receiver, offset }) =>
    source && receiver ? distanceOf(source, receiver) : offset === undefined ? undefined : metres(Math.abs(offset)),
  );
  return known.some((distance) => distance !== undefined && distance > 0) ? known : known.map(() => undefined);
}

const distanceOf = (a: Position, b: Position): Metres => metres(Math.hypot(a.x - b.x, a.y - b.y));
