/**
 * Whether lengths or times of a shot are off by a factor: against the other shots of its line, against itself where the file gives
 * offsets and positions, and against what waves in the ground can be like.
 */
import { FOOT } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import { columnsOf } from '../line/columns.ts';
import type { ShotSummary } from '../line/summary.ts';
import { middle } from '../middle.ts';
import { moveoutOf } from '../moveout/of-shot.ts';
import type { Branch } from '../moveout.ts';
import type { Limits } from '../profile.ts';
import { remembered } from '../remembered.ts';
import { someRows } from './some-rows.ts';
import { picksSpeak } from './spread.ts';

export interface ScaleError {
  readonly of: 'lengths' | 'times';
  /** What is stated is so many times what it should be; undefined: only the direction is known. */
  readonly factor: number | undefined;
  readonly tooLarge: boolean;
  readonly from: string;
}

/** Feet taken for metres and the other way round, and a scalar or a decimal point that was missed. */
const LENGTH_FACTORS = [1 / FOOT, FOOT, 10, 0.1, 100, 0.01, 1000, 0.001];
/** Intervals come in halves, and in microseconds for milliseconds. */
const TIME_FACTORS = [2, 4, 8, 10, 16, 100, 1000].flatMap((factor) => [factor, 1 / factor]);

export const scaleError = (facts: ShotFacts, limits: Limits): ScaleError | undefined =>
  offsetsAgainstPositions(facts) ??
  (picksSpeak(facts) ? (againstLine(facts) ?? againstNature(facts, limits)) : undefined);

const near = (value: number, factor: number, within: number): boolean => Math.abs(Math.log(value / factor)) < within;

/** Offset words and coordinates come from different hands. */
const offsetsAgainstPositions = remembered(({ shot, seismic }): ScaleError | undefined => {
  const { source, traces } = shot;
  if (!source) return undefined;
  const ratios = seismic.flatMap((i) => {
    const { offset, receiver } = traces[i];
    const distance = receiver ? Math.hypot(receiver.x - source.x, receiver.y - source.y) : 0;
    return offset === undefined || offset === 0 || distance === 0 ? [] : [Math.abs(offset) / distance];
  });
  const ratio = middle(ratios);
  if (ratio === undefined || ratios.length < LEAST_TRACES) return undefined;
  const factor = LENGTH_FACTORS.find((known) => near(ratio, known, 0.03));
  const alike = ratios.filter((one) => near(one, ratio, 0.05)).length;
  if (factor === undefined || alike < 0.8 * ratios.length) return undefined;
  return { of: 'lengths', factor, tooLarge: factor > 1, from: 'offsets against positions' };
});

const LEAST_TRACES = 6;
const LEAST_SHOTS = 3;

const againstLine = remembered((facts): ScaleError | undefined => {
  const shots = facts.line?.shots ?? [];
  if (shots.length < LEAST_SHOTS) return undefined;
  const { spacing, time, period, interval } = ratios(facts, shots);
  const from = `${shots.length} shots of the line`;
  if (spacing !== undefined && !near(spacing, 1, 0.3)) {
    const factor = LENGTH_FACTORS.find((known) => near(spacing, known, 0.03));
    return factor === undefined ? undefined : { of: 'lengths', factor, tooLarge: factor > 1, from };
  }
  if (time === undefined || period === undefined || near(time, 1, 0.3)) return undefined;
  // Another interval than the rest of the line, and times and periods that only another clock explains.
  const stated = interval !== undefined && !near(interval, 1, 0.1) ? interval : undefined;
  const factor =
    stated !== undefined && near(time, stated, 0.35)
      ? stated
      : TIME_FACTORS.find((known) => near(time, known, 0.3) && near(period, known, 0.4));
  return factor === undefined ? undefined : { of: 'times', factor, tooLarge: factor > 1, from };
});

/** Traces that show a factor as well as all do: it is known to a tenth then, and looked for to a third. */
const FEW = 24;

/** This shot over the median of the others. */
function ratios(facts: ShotFacts, shots: readonly ShotSummary[]) {
  const over = (own: number | undefined, others: readonly number[]) => {
    const usual = middle(others);
    return own === undefined || usual === undefined || !(usual > 0) ? undefined : own / usual;
  };
  const { shot, distances, times, live, period } = facts;
  const spacing = over(
    spacingOf(facts.seismic.map((i) => distances[i])),
    shots.flatMap(({ traces }) => spacingAlong(traces) ?? []),
  );
  const far = Math.max(0, ...live.map((i) => distances[i] ?? 0));
  const reach = far / Math.max(1, live.length);
  const usualAt = usualTimes(shots, reach, far);
  const time = middle(
    someRows(facts, FEW).flatMap((i) => {
      const [distance, own] = [distances[i], times[i]];
      // Next to the source trigger and slow ground outweigh the factor.
      if (distance === undefined || own === undefined || distance < 0.3 * far) return [];
      const usual = usualAt(distance);
      return usual === undefined || !(usual > 0) ? [] : [own / usual];
    }),
  );
  return {
    spacing,
    time,
    period: over(
      period,
      shots.flatMap((one) => one.period ?? []),
    ),
    interval: over(
      shot.sampleInterval,
      shots.map(({ sampleInterval }) => sampleInterval),
    ),
  };
}

/** Median time of the picks of these shots within `reach` of a distance; they are sorted into cells of that width up to `far`. */
function usualTimes(
  shots: readonly ShotSummary[],
  reach: number,
  far: number,
): (distance: number) => number | undefined {
  const width = reach > 0 ? reach : 1;
  const cells: number[][] = Array.from({ length: Math.floor(far / width) + 2 }, () => []);
  for (const shot of shots) {
    const { distance, time } = columnsOf(shot);
    for (let k = 0; k < distance.length; k++)
      if (!Number.isNaN(time[k])) cells[Math.floor(distance[k] / width)]?.push(distance[k], time[k]);
  }
  return (distance) => {
    const found: number[] = [];
    const cell = Math.floor(distance / width);
    for (let c = Math.max(0, cell - 2); c <= cell + 2 && c < cells.length; c++)
      for (let k = 0; k < cells[c].length; k += 2)
        if (cells[c][k] >= distance - reach && cells[c][k] <= distance + reach) found.push(cells[c][k + 1]);
    return middle(found);
  };
}

/** Of a shot of the line, which many shots after it are held against. */
function spacingAlong(traces: ShotSummary['traces']): number | undefined {
  if (!spacings.has(traces)) spacings.set(traces, spacingOf(traces.map(({ distance }) => distance)));
  return spacings.get(traces);
}

const spacings = new WeakMap<ShotSummary['traces'], number | undefined>();

/** Median step of the distance from trace to trace. */
function spacingOf(distances: readonly (number | undefined)[]): number | undefined {
  const steps: number[] = [];
  for (let k = 1; k < distances.length; k++) {
    const [before, distance] = [distances[k - 1], distances[k]];
    if (distance !== undefined && before !== undefined && distance !== before) steps.push(Math.abs(distance - before));
  }
  return middle(steps);
}

const LEAST_SUPPORT = 4;

/** Velocities that no ground has; with a period to match it is the clock, else the tape. */
function againstNature(facts: ShotFacts, limits: Limits): ScaleError | undefined {
  const fastest = fastestOf(facts);
  const { period } = facts;
  if (fastest === undefined || period === undefined) return undefined;
  const frequency = 1000 / period;
  const from = `apparent velocities near ${Math.round(fastest.velocity)} m/s at ${Math.round(frequency)} Hz`;
  if (fastest.least > limits['geometry-error.fastest'])
    return frequency > limits['sample-interval-error.highest']
      ? { of: 'times', factor: undefined, tooLarge: false, from }
      : { of: 'lengths', factor: feetIn(facts), tooLarge: true, from };
  if (fastest.most < limits['geometry-error.slowest'])
    return frequency < limits['sample-interval-error.lowest']
      ? { of: 'times', factor: undefined, tooLarge: true, from }
      : { of: 'lengths', factor: undefined, tooLarge: false, from };
  return undefined;
}

/** 3.28 where the spacing is a round number of metres only when its number is taken as feet. */
function feetIn({ distances, seismic }: ShotFacts): number | undefined {
  const spacing = spacingOf(seismic.map((i) => distances[i]));
  if (spacing === undefined) return undefined;
  const round = (value: number) => Math.abs(value - Math.round(2 * value) / 2) < 0.002 * value;
  return round(spacing * FOOT) && !round(spacing) ? 1 / FOOT : undefined;
}

/** Of the branch that stands on enough picks; two standard errors to either side. */
const fastestOf = remembered((facts) => {
  const branches = moveoutOf(facts).model?.branches.filter(({ support }) => support >= LEAST_SUPPORT) ?? [];
  const sure = branches.filter((branch) => branch.velocityError < 0.3 * branch.velocity && !drowns(facts, branch));
  const all = sure.map(({ velocity, velocityError }) => ({
    velocity,
    least: velocity / (1 + (2 * velocityError) / velocity),
    most: velocity + 2 * velocityError,
  }));
  return all.length === 0 ? undefined : all.reduce((a, b) => (b.velocity > a.velocity ? b : a));
});

/** Most of the breaks on it hardly rise above the noise: its slope is that of the noise. */
function drowns(facts: ShotFacts, { side, from, to }: Branch): boolean {
  const { sides } = moveoutOf(facts);
  const rises = facts.live.flatMap((i) => {
    const [distance, level] = [facts.distances[i], facts.breakLevels[i]];
    const on = sides[i] === side && distance !== undefined && distance >= from && distance <= to;
    return on && level?.noise !== undefined ? [level.signal / level.noise] : [];
  });
  return (middle(rises) ?? Number.POSITIVE_INFINITY) < LEAST_RISE;
}

/** Twice the noise: below it two people disagree on the pick. */
const LEAST_RISE = 2;
