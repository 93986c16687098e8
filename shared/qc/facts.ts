/** What the judgements of one shot share, each computed when it is first asked for and then kept. */
import type { Problem } from '../errors.ts';
import type { Position, TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { bridged } from '../signal/gaps.ts';
import { median, periodBehind } from '../signal/period.ts';
import { type TraceCondition, traceConditions } from '../signal/trace-condition.ts';
import { recorded } from '../signal/with-amplitudes.ts';
import { type Metres, type Milliseconds, metres, ms, type Samples } from '../units.ts';
import { type BreakLevel, breakLevels } from './break-level.ts';
import { type Coarse, coarseOf } from './coarse.ts';
import type { LineContext } from './line/summary.ts';
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
  /** Where in the row the first break lies: at the pick, else on the line between the picked neighbours. [row] */
  readonly breaks: readonly (Samples | undefined)[];
  /** [row] */
  readonly levels: readonly (NoiseLevel | undefined)[];
  /** Dominant period behind the picks, median of the traces; undefined where nothing is picked. */
  readonly period: Milliseconds | undefined;
  /** Few samples a period, for waveforms; undefined where nothing is picked. */
  readonly coarse: Coarse | undefined;
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
  const breaks = once(() => breakSamples(shot, picks));
  const levels = once(() => noiseLevels(shot, breaks()));
  const times = once(() => picks.map((pick) => (pick.kind === 'picked' ? pick.time : undefined)));
  const period = once(() => periodOf(shot, times()));
  const coarse = once(() => {
    const dominant = period();
    return dominant === undefined ? undefined : coarseOf(shot, live(), conditions(), dominant);
  });
  const nearBreaks = once(() => {
    const gather = coarse();
    return gather ? breakLevels(gather, breaks(), period()!) : shot.traces.map(() => undefined);
  });
  const distances = once(() => distancesOf(shot));
  return {
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
}

function once<T>(compute: () => T): () => T {
  let kept: { readonly value: T } | undefined;
  return () => (kept ??= { value: compute() }).value;
}

function periodOf(shot: TimedShot, times: ShotFacts['times']): Milliseconds | undefined {
  const periods = times.flatMap((time, i): number[] => {
    if (time === undefined) return [];
    const at = (time - shot.firstSample.time) / shot.sampleInterval - shot.traces[i].start;
    const period = periodBehind(bridged(recorded(shot, i)), Math.floor(at));
    return period === undefined ? [] : [period];
  });
  return periods.length === 0 ? undefined : ms(median(Float64Array.from(periods)) * shot.sampleInterval);
}

function distancesOf({ traces, source }: TimedShot): readonly (Metres | undefined)[] {
  const known = traces.map(({ receiver, offset }) =>
    source && receiver ? distanceOf(source, receiver) : offset === undefined ? undefined : metres(Math.abs(offset)),
  );
  return known.some((distance) => distance !== undefined && distance > 0) ? known : known.map(() => undefined);
}

const distanceOf = (a: Position, b: Position): Metres => metres(Math.hypot(a.x - b.x, a.y - b.y));
