/**
 * A channel that is late or early by the same time wherever it was laid: a filter set differently, a bad clock, a lag of the
 * converter. Shots and places are taken out of the residuals by their medians; what stays with the channel is its own. A branch
 * bends towards such a channel in every shot and leaves the blame to others: so the branches are fitted again without it.
 */
import { metres, ms } from '../../units.ts';
import { middle, spreadOf } from '../middle.ts';
import { fitMoveout, timeAt } from '../moveout.ts';
import type { LineFacts } from './facts.ts';
import type { LineJudge } from './judges.ts';
import type { ShotSummary, TraceSummary } from './summary.ts';
import { twoWay } from './two-way.ts';
import { signed, times } from './words.ts';

/** Channels to either side: in a spread that moves with its source, what the moveout misses is the same on all of them. */
const REACH = 3;
const LEAST_AROUND = 3;
/** Spacings from the source within which the ground is slower than any branch. */
const NEAR = 1.5;
/** Channels to either side of one that is off, which may be the one that bends its branch. */
const BESIDE = 2;
/** More than these are no matter of single channels. */
const MOST = 4;

/** A channel wherever it was laid. */
interface Channel {
  readonly shots: readonly number[];
  /** Of the residuals, ms. */
  readonly rest: readonly number[];
  readonly usual: number;
  /** From the source, usually. */
  readonly distance: number;
  /** Was it laid in more than one place? */
  readonly moved: boolean;
}

interface Left {
  readonly channels: ReadonlyMap<number, Channel>;
  /** What the residuals add up to, ms. */
  readonly sum: number;
}

/** A trace whose place and time are known, by shot. */
interface Known {
  readonly shot: number;
  readonly station: number;
  readonly trace: TraceSummary & Required<Pick<TraceSummary, 'time' | 'distance'>>;
}

export const channelDelay: LineJudge = (line, { limits }) => {
  const threshold = limits['channel-delay.time'];
  const known = knownOf(line);
  const spacing = line.stations.spacing ?? 0;
  const out = new Set<number>();
  const offIn = (left: Left) =>
    [...left.channels].flatMap(([channel, { shots, rest, moved }]) => {
      const value = moved && shots.length >= limits['channel-delay.shots'] ? offOf(left, channel, spacing) : undefined;
      const error = (1.25 * spreadOf(rest)!) / Math.sqrt(rest.length); // of a median
      return value !== undefined && Math.abs(value) > Math.max(threshold, 3 * error) ? [{ channel, value, shots }] : [];
    });
  let left = leftOf(known, line, out);
  let off = offIn(left);
  while (out.size < MOST) {
    const blamed = off.filter(({ channel }) => !out.has(channel));
    if (blamed.length === 0) break;
    const tried = [...left.channels.keys()].filter(
      (channel) => !out.has(channel) && blamed.some((other) => Math.abs(other.channel - channel) <= BESIDE),
    );
    const without = tried.map((channel) => ({ channel, left: leftOf(known, line, new Set([...out, channel])) }));
    const best = without.reduce((one, other) => (other.left.sum < one.left.sum ? other : one));
    out.add(best.channel);
    left = best.left;
    off = offIn(left);
  }
  return off.map(({ channel, value, shots }) => ({
    code: 'channel-delay',
    severity: 'warn' as const,
    traces: [],
    shots,
    receivers: [{ channel }],
    value: times(value),
    unit: 'ms',
    threshold,
    cause: `${value > 0 ? 'late' : 'early'} by the same time in ${shots.length} shots wherever it was laid: another filter or converter setting, a module whose clock is off, or reversed polarity`,
    advice: 'compare the settings of the channel with those beside it; until then take the delay off its picks',
    says: `channel ${channel} is ${signed(value)} ms off those beside it, wherever it was laid`,
  }));
};

/**
 * What a channel is off those beside it. Next to the source, where no branch fits, off the one as near on the other side as well,
 * or late; if that one is off as much the other way, the source is not where it is said to be.
 */
function offOf({ channels }: Left, channel: number, spacing: number): number | undefined {
  const own = channels.get(channel)!;
  const near = ({ distance }: Channel) => distance < NEAR * spacing;
  const others = [...channels].filter(([other]) => other !== channel);
  const around = others.filter(([other, one]) => !near(one) && Math.abs(other - channel) <= REACH);
  if (around.length < LEAST_AROUND) return undefined;
  const value = own.usual - middle(around.map(([, { usual }]) => usual))!;
  if (!near(own)) return value;
  const across = others.find(([, one]) => near(one) && Math.abs(one.distance - own.distance) < spacing / 2)?.[1].usual;
  if (across === undefined) return value > 0 ? value : undefined;
  const apart = own.usual - across;
  if (apart * value <= 0 || (across * value < 0 && Math.abs(across) > Math.abs(value) / 2)) return undefined;
  return Math.abs(apart) < Math.abs(value) ? apart : value;
}

/** Nothing where channels stand for places. */
const knownOf = ({ shots, stations }: LineFacts): readonly Known[] =>
  stations.by === 'channel'
    ? []
    : shots.flatMap(({ traces }, shot) =>
        traces.flatMap((trace, k): Known[] => {
          const station = stations.of[shot][k];
          return station === undefined || trace.residual === undefined || !isTimed(trace)
            ? []
            : [{ shot, station, trace }];
        }),
      );

const isTimed = (trace: TraceSummary): trace is Known['trace'] =>
  trace.time !== undefined && trace.distance !== undefined;

/** What shots and places leave of the residuals against branches that were fitted without some channels. */
function leftOf(known: readonly Known[], { shots, stations, residuals }: LineFacts, out: ReadonlySet<number>): Left {
  const models = out.size === 0 ? [] : shots.map((shot) => fitWithout(shot, out));
  const cells = known.flatMap((one) => {
    const { shot, station, trace } = one;
    const model = models[shot];
    const expected = model && timeAt(model, metres(trace.distance), trace.side);
    if (out.size > 0 && expected === undefined) return [];
    return [{ ...one, shot, station, value: expected === undefined ? trace.residual! : trace.time - expected }];
  });
  const { rest } =
    out.size === 0 && cells.length === residuals.cells.length
      ? residuals
      : twoWay(cells, shots.length, stations.list.length);
  const byChannel = Map.groupBy(
    cells.map((cell, i) => ({ ...cell, rest: rest[i] })),
    ({ trace }) => trace.channel,
  );
  const channels = new Map(
    [...byChannel].map(([channel, of]) => [
      channel,
      {
        shots: of.map(({ shot }) => shot),
        rest: of.map((cell) => cell.rest),
        usual: middle(of.map((cell) => cell.rest))!,
        distance: middle(of.map(({ trace }) => trace.distance))!,
        moved: new Set(of.map(({ station }) => station)).size > 1,
      },
    ]),
  );
  const sum = cells.reduce((so, { trace }, i) => so + (out.has(trace.channel) ? 0 : Math.abs(rest[i])), 0);
  return { channels, sum };
}

/** Picks that a picker is in doubt about still count a little. */
const LEAST_WEIGHT = 0.05;

const fitWithout = ({ traces }: ShotSummary, out: ReadonlySet<number>) =>
  fitMoveout(
    traces.flatMap(({ channel, distance, time, side, confidence = 0 }) =>
      distance === undefined || time === undefined || out.has(channel)
        ? []
        : [{ distance: metres(distance), time: ms(time), side, weight: Math.max(LEAST_WEIGHT, confidence) }],
    ),
  );
