/**
 * Plain lists of one shot, as people keep them: `time`, `trace time`, `receiver-x time` or `source-x receiver-x time`. Traces
 * are whole numbers; where the first column has decimal signs it is a position.
 */
import { type Milliseconds, ms, samples } from '../units.ts';
import type { ReferencePick } from './reference-pick.ts';
import { hasColumns, type NumberRow, numberRows, rowsWith } from './text-table.ts';

export type TimeUnit = 's' | 'ms' | 'us' | 'samples';

export interface TraceTimeOptions {
  /** @default seconds when no time is above 10, else ms: no list in ms of a whole spread ends that early */
  readonly unit?: TimeUnit;
  /** Number of the first trace. @default 0 when it occurs, else 1 */
  readonly firstTrace?: 0 | 1;
}

const isRow = ({ values }: NumberRow) => values.length >= 1 && values.length <= 3;

export const isTraceTime = (text: string): boolean => {
  const rows = numberRows(text);
  return rows !== undefined && isRow(rows[0]) && hasColumns(rows, rows[0].words.length);
};

/** Times at or below zero mean that there is no pick. @throws RecordError `malformed` */
export function readTraceTime(
  text: string,
  file = 'picks',
  { unit, firstTrace }: TraceTimeOptions = {},
): ReferencePick[] {
  const columns = numberRows(text)?.[0].values.length;
  const rows = rowsWith(
    file,
    text,
    'one to three columns, the last of them time',
    (row) => isRow(row) && row.values.length === columns,
  );
  const times = rows.map(({ values }) => values[values.length - 1]);
  const used = unit ?? (times.every((time) => time <= 10) ? 's' : 'ms');
  const timeOf = (time: number) => (time > 0 ? inUnit(time, used) : {});
  if (columns === 1) return times.map((time, trace) => ({ trace, ...timeOf(time) }));
  if (columns === 3)
    return rows.map(({ values: [sx, rx, time] }) => ({ source: { x: sx }, receiver: { x: rx }, ...timeOf(time) }));
  if (!hasColumns(rows, 2, [0])) return rows.map(({ values: [x, time] }) => ({ receiver: { x }, ...timeOf(time) }));
  const first = firstTrace ?? (rows.some(({ values }) => values[0] === 0) ? 0 : 1);
  return rows.map(({ values: [trace, time] }) => ({ trace: trace - first, ...timeOf(time) }));
}

const MS_PER: Readonly<Record<Exclude<TimeUnit, 'samples'>, number>> = { s: 1000, ms: 1, us: 0.001 };

const inUnit = (time: number, unit: TimeUnit): Pick<ReferencePick, 'time' | 'sample'> =>
  unit === 'samples' ? { sample: samples(time) } : { time: inMs(time * MS_PER[unit]) };

const inMs = (value: number): Milliseconds => ms(Number(value.toPrecision(12)));
