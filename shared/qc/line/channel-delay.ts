/**
 * A channel that is late or early by the same time wherever it was laid: a filter set differently, a bad clock, a lag of the
 * converter. Shots and places are taken out of the residuals by their medians; what stays with the channel is its own.
 */
import { middle, spreadOf } from '../middle.ts';
import type { LineFacts } from './facts.ts';
import type { LineJudge } from './judges.ts';
import { signed, times } from './words.ts';

/** Channels to either side: in a spread that moves with its source, what the moveout misses is the same on all of them. */
const REACH = 3;
const LEAST_AROUND = 3;
/** Spacings from the source within which the ground is slower than any branch. */
const NEAR = 1.5;

interface Left {
  readonly channel: number;
  readonly shot: number;
  readonly station: number;
  /** Of the residual, ms. */
  readonly rest: number;
}

export const channelDelay: LineJudge = (line, { limits }) => {
  const byChannel = Map.groupBy(leftOf(line), ({ channel }) => channel);
  const moved = [...byChannel].filter(([, cells]) => new Set(cells.map(({ station }) => station)).size > 1);
  const usual = new Map(moved.map(([channel, cells]) => [channel, middle(cells.map(({ rest }) => rest))!]));
  const threshold = limits['channel-delay.time'];
  return moved.flatMap(([channel, cells]) => {
    const around = [...usual].flatMap(([other, value]) =>
      other !== channel && Math.abs(other - channel) <= REACH ? [value] : [],
    );
    if (cells.length < limits['channel-delay.shots'] || around.length < LEAST_AROUND) return [];
    const value = usual.get(channel)! - middle(around)!;
    const error = (1.25 * spreadOf(cells.map(({ rest }) => rest))!) / Math.sqrt(cells.length); // of a median
    if (Math.abs(value) <= Math.max(threshold, 3 * error)) return [];
    return [
      {
        code: 'channel-delay',
        severity: 'warn' as const,
        traces: [],
        shots: cells.map(({ shot }) => shot),
        receivers: [{ channel }],
        value: times(value),
        unit: 'ms',
        threshold,
        cause: `${value > 0 ? 'late' : 'early'} by the same time in ${cells.length} shots wherever it was laid: another filter or converter setting, a module whose clock is off, or reversed polarity`,
        advice: 'compare the settings of the channel with those beside it; until then take the delay off its picks',
        says: `channel ${channel} is ${signed(value)} ms off those beside it, wherever it was laid`,
      },
    ];
  });
};

/** What shots and places leave of each residual; nothing where channels stand for places. */
function leftOf({ shots, stations, residuals }: LineFacts): readonly Left[] {
  if (stations.by === 'channel') return [];
  const place = (shot: number, station: number) => shot * stations.list.length + station;
  const rest = new Map(residuals.cells.map(({ shot, station }, i) => [place(shot, station), residuals.rest[i]]));
  const near = NEAR * (stations.spacing ?? 0);
  return shots.flatMap(({ traces }, shot) =>
    traces.flatMap(({ channel, distance, residual }, k): Left[] => {
      const station = stations.of[shot][k];
      const left = station === undefined || residual === undefined ? undefined : rest.get(place(shot, station));
      return left === undefined || (distance ?? 0) < near ? [] : [{ channel, shot, station: station!, rest: left }];
    }),
  );
}
