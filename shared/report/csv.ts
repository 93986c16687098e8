/**
 * The picks table: one row a trace, in file order, quoted as RFC 4180 has it. Read back, columns may stand in any order and
 * most may be missing; tables of other programs with `pick_s` in place of `time_ms` are read as well, and so is what
 * spreadsheets make of a table: semicolons or tabs between columns, decimal commas.
 */
import { RecordError } from '../errors.ts';
import { type Pick, type PickedShot, recordedSample } from '../picks.ts';
import { type Milliseconds, ms, samples } from '../units.ts';
import { decimals } from './print.ts';
import type { ReferencePick } from './reference-pick.ts';

const COLUMNS = [
  'file',
  'trace',
  'ffid',
  'channel',
  'offset_m',
  'time_ms',
  'sample',
  'confidence',
  'status',
  'reason',
  'model',
] as const;

export const csvHeader = `${COLUMNS.join(',')}\n`;

/** The rows of one shot, each ended by a newline. */
export function csvRows({ file, shot, picks, model }: PickedShot): string {
  return shot.traces
    .map((trace, i) => {
      const pick: Pick = picks[i];
      const picked = pick.kind === 'picked';
      return [
        quoted(file),
        trace.index,
        shot.ffid ?? '',
        trace.channel,
        decimals(trace.offset, 3),
        picked ? decimals(pick.time, 4) : '',
        picked ? decimals(recordedSample(shot, trace, pick.time), 3) : '',
        picked ? decimals(pick.confidence, 3) : '',
        pick.kind,
        picked ? '' : pick.reason,
        quoted(model),
      ].join(',');
    })
    .map((row) => `${row}\n`)
    .join('');
}

export const writeCsv = (shots: readonly PickedShot[]): string => csvHeader + shots.map(csvRows).join('');

/** A field of a table, in quotes where it needs them. */
export const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Any one of a list is enough to find the trace, and any one of the times to know its pick. */
const TIMES = ['time_ms', 'pick_s', 'time_s', 'sample'] as const;

/** True when the first line names a trace column and a time column. */
export const isPicksCsv = (text: string): boolean => separatorOf(text) !== undefined;

const SEPARATORS = [',', ';', '\t'] as const;
type Separator = (typeof SEPARATORS)[number];

/** What stands between the columns, by the first line; undefined when it names no picks. */
const separatorOf = (text: string): Separator | undefined =>
  SEPARATORS.find((separator) => {
    const names = new Set((records(text.slice(0, 4096), separator).next().value?.fields ?? []).map(columnName));
    return (names.has('trace') || names.has('channel')) && TIMES.some((time) => names.has(time));
  });

/** @throws RecordError `malformed` when columns are missing or a number is none, naming the line */
export function readPicksCsv(text: string, file = 'picks'): ReferencePick[] {
  const separator = separatorOf(text);
  const rows = records(text, separator ?? ',');
  const header: readonly string[] = (rows.next().value?.fields ?? []).map(columnName);
  if (separator === undefined)
    throw new RecordError(
      'malformed',
      file,
      `expected the columns file, trace and one of ${TIMES.join(', ')}, found ${header.join(', ') || 'nothing'}`,
    );
  const picks: ReferencePick[] = [];
  for (const { line, fields } of rows) {
    const text = (column: string) => fields[header.indexOf(column)]?.trim() || undefined;
    const number = (column: string) => {
      const word = text(column);
      if (word === undefined) return undefined;
      const value = Number(separator === ',' ? word : word.replace(',', '.'));
      if (!Number.isFinite(value))
        throw new RecordError('malformed', file, `expected a number in ${column}, found "${word}" in line ${line}`);
      return value;
    };
    if (fields.length === 1 && fields[0] === '') continue;
    const skipped = text('status') === 'skipped';
    picks.push(
      present({
        file: text('file'),
        trace: number('trace'),
        ffid: number('ffid'),
        channel: number('channel'),
        source: place(number('source_x_m'), number('source_y_m'), number('source_z_m')),
        receiver: place(number('receiver_x_m'), number('receiver_y_m'), number('receiver_z_m')),
        time: skipped ? undefined : timeOf(number('time_ms'), number('pick_s') ?? number('time_s')),
        sample: skipped ? undefined : sampleOf(number('sample')),
        confidence: number('confidence'),
        reason: text('reason'),
        picker: text('picker'),
      }),
    );
  }
  return picks;
}

const columnName = (name: string) => name.trim().toLowerCase();

function timeOf(milliseconds: number | undefined, seconds: number | undefined): Milliseconds | undefined {
  if (milliseconds !== undefined) return ms(milliseconds);
  return seconds === undefined ? undefined : ms(Number((seconds * 1000).toPrecision(12)));
}

const sampleOf = (value: number | undefined) => (value === undefined ? undefined : samples(value));

const place = (x: number | undefined, y: number | undefined, z: number | undefined) =>
  x === undefined ? undefined : present({ x, y, z });

/** The same without the properties that are undefined. */
function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** RFC 4180 records, whatever the line ends; quotes may hold separators, quotes and line ends. */
function* records(text: string, separator: Separator): Generator<{ line: number; fields: string[] }> {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const start = line;
    const fields: string[] = [];
    for (;;) {
      let field = '';
      if (text[at] === '"') {
        let close = at + 1;
        for (; close < text.length; close++) {
          if (text[close] === '\n') line++;
          if (text[close] !== '"') continue;
          if (text[close + 1] === '"') close++;
          else break;
        }
        field = text.slice(at + 1, close).replaceAll('""', '"');
        at = close + 1;
      }
      const end = fieldEnd(text, at, separator);
      fields.push(field + text.slice(at, end));
      at = end;
      if (text[at] !== separator) break;
      at++;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line++;
    yield { line: start, fields };
  }
}

function fieldEnd(text: string, from: number, separator: Separator): number {
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === separator || char === '\n' || char === '\r') return at;
  }
  return text.length;
}
