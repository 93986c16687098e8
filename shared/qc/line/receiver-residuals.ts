/** Receivers whose picks are early or late in shot after shot, against the moveout of each shot and against their neighbours. */
import { ms } from '../../units.ts';
import { middle, spreadOf } from '../middle.ts';
import type { LineJudge } from './judges.ts';
import { stationWords } from './stations.ts';
import { signed, times } from './words.ts';

/** Neighbours to either side that say what the ground does here. */
const REACH = 3;

export const receiverResiduals: LineJudge = ({ residuals, stations, period = ms(0) }, { limits }) => {
  const threshold = Math.max(limits['receiver-residual.time'], limits['receiver-residual.period'] * period);
  const { cells, rest, stations: effects } = residuals;
  const ofStation = Map.groupBy(
    cells.map((cell, i) => ({ ...cell, rest: rest[i] })),
    ({ station }) => station,
  );
  return effects.flatMap((effect, station) => {
    const measured = ofStation.get(station) ?? [];
    if (effect === undefined || measured.length < limits['receiver-residual.shots']) return [];
    const neighbours = effects
      .slice(Math.max(0, station - REACH), station + REACH + 1)
      .filter((value, k, all) => value !== undefined && !(value === effect && k === all.indexOf(effect)));
    const value = effect - (middle(neighbours as number[]) ?? 0);
    const error = (1.25 * (spreadOf(measured.map((cell) => cell.rest)) ?? 0)) / Math.sqrt(measured.length); // of a median
    if (Math.abs(value) <= threshold || Math.abs(value) <= 3 * error) return [];
    const receiver = stations.list[station];
    return [
      {
        code: 'receiver-residual',
        severity: 'warn' as const,
        traces: [],
        shots: measured.map(({ shot }) => shot),
        receivers: [receiver],
        value: times(value),
        unit: 'ms',
        threshold: times(threshold),
        cause: `${value > 0 ? 'late' : 'early'} in ${measured.length} shots against its neighbours: soft or hard ground under it, a wrong position, reversed polarity, or swapped channels`,
        advice: 'check position and polarity of the receiver; if both are right, give it a static',
        says: `${stationWords(receiver)} is ${signed(value)} ms off its neighbours`,
      },
    ];
  });
};
