/**
 * The unified data format of pyGIMLi and BERT (`.sgt`; pyGIMLi, "DataContainer" documentation): sensors shared by shots and
 * geophones, then `s g t`, numbers from 1, times in seconds. Two columns of positions are along the line and elevation.
 */
import type { Position } from '../gather.ts';
import type { PickedShot } from '../picks.ts';
import { ms } from '../units.ts';
import { raysOf } from './picked-rays.ts';
import { decimals } from './print.ts';
import type { Place, ReferencePick } from './reference-pick.ts';
import { malformedLine } from './text-table.ts';

export function writeSgt(shots: readonly PickedShot[]): string {
  const { rays, note } = raysOf(shots);
  const key = ({ x, y, z }: Position) => [x, y, z].map((value) => decimals(value, 3)).join(' ');
  // The programs take no times at or before the shot, and no rays without length.
  const usable = rays.filter(({ time, source, receiver }) => time > 0 && key(source) !== key(receiver));
  const places = new Map(
    usable.flatMap(({ source, receiver }) => [source, receiver]).map((place) => [key(place), place]),
  );
  const sorted = [...places].sort(([, a], [, b]) => a.x - b.x || a.y - b.y || a.z - b.z);
  const sensorOf = new Map(sorted.map(([place], i) => [place, i + 1]));
  const flat = sorted.every(([, { y }]) => y === 0);
  const left = rays.length - usable.length;
  const remarks = [note, left > 0 ? `${left} picks at the shot or at zero time are left out` : ''].filter(Boolean);
  return [
    `${sorted.length} # shot/geophone points`,
    flat ? '#x z' : '#x y z',
    ...sorted.map(([place, { x, z }]) => (flat ? `${decimals(x, 3)} ${decimals(z, 3)}` : place)),
    `${usable.length} # measurements${remarks.map((remark) => `; ${remark}`).join('')}`,
    '#s g t err',
    ...usable.map(({ source, receiver, time, uncertainty }) =>
      [
        sensorOf.get(key(source)),
        sensorOf.get(key(receiver)),
        decimals(time / 1000, 7),
        decimals(uncertainty / 1000, 7),
      ].join(' '),
    ),
    '',
  ].join('\n');
}

export interface Sgt {
  readonly sensors: readonly Place[];
  readonly picks: readonly ReferencePick[];
}

/** True when the first line is a count and the next one names position columns, or is a row of numbers. */
export const isSgt = (text: string): boolean => /^\uFEFF?\s*\d+[ \t]*(#.*)?(\r\n|\n|\r)[ \t]*#[ \t]*x\b/i.test(text);

/** @throws RecordError `malformed`, naming the line */
export function readSgt(text: string, file = 'picks'): Sgt {
  const rest = new Lines(text.replace(/^\uFEFF/, ''), file);
  const sensorTable = rest.table('sensors', ['x', 'z']);
  const sensors = sensorTable.rows.map((row) => placeOf(sensorTable.columns, row));
  const data = rest.table('measurements', ['s', 'g', 't']);
  const column = (name: string) => data.columns.indexOf(name);
  const [s, g, t, err, valid] = [column('s'), column('g'), column('t'), column('err'), column('valid')];
  if (s < 0 || g < 0 || t < 0) malformedLine(file, 'the columns s, g and t', data.line, `#${data.columns.join(' ')}`);
  const picks = data.rows.flatMap((row): ReferencePick[] => {
    if (valid >= 0 && row[valid] === 0) return [];
    const [source, receiver] = [sensors[row[s] - 1], sensors[row[g] - 1]];
    if (!source || !receiver)
      malformedLine(file, `sensor numbers from 1 to ${sensors.length}`, data.line, `${row[s]} ${row[g]}`);
    return [
      {
        source,
        receiver,
        time: inMs(row[t]),
        ...(err >= 0 && row[err] > 0 && { uncertainty: inMs(row[err]) }),
      },
    ];
  });
  return { sensors, picks };
}

const inMs = (seconds: number) => ms(Number((seconds * 1000).toPrecision(12)));

/** In two dimensions the second column is elevation, whether the file calls it y or z. */
function placeOf(columns: readonly string[], row: readonly number[]): Place {
  const at = (name: string) => row[columns.indexOf(name)];
  const [x, y, z] = [at('x') ?? 0, at('y'), at('z')];
  if (z === undefined) return y === undefined ? { x } : { x, z: y };
  return y === undefined ? { x, z } : { x, y, z };
}

interface Table {
  readonly line: number;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

/** A count, an optional line of column names behind `#`, and as many rows. */
class Lines {
  readonly #lines: readonly string[];
  readonly #file: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.#lines = text.split(/\r\n|\n|\r/);
    this.#file = file;
  }

  table(what: string, usual: readonly string[]): Table {
    const head = this.#next();
    const count = Number(head.split('#')[0]);
    const line = this.#at;
    if (head.split('#')[0].trim() === '' || !Number.isInteger(count) || count < 0)
      malformedLine(this.#file, `the number of ${what}`, line, head);
    if (count > this.#lines.length - this.#at)
      malformedLine(
        this.#file,
        `${count} lines of ${what}, the file has ${this.#lines.length - this.#at} more`,
        line,
        head,
      );
    let columns = usual;
    const rows: number[][] = [];
    while (rows.length < count) {
      const text = this.#next();
      if (text.startsWith('#')) {
        if (rows.length === 0) columns = columnsOf(text) ?? columns;
        continue;
      }
      const row = text
        .split('#')[0]
        .trim()
        .split(/[\s,;]+/)
        .map(Number);
      if (row.some((value) => !Number.isFinite(value)) || row.length < columns.length)
        malformedLine(this.#file, `${columns.length} numbers (${columns.join(' ')})`, this.#at, text);
      rows.push(row);
    }
    return { line, columns, rows };
  }

  /** The next line that is not empty; the line number is then `#at`. */
  #next(): string {
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at++].trim();
      if (line !== '') return line;
    }
    return malformedLine(this.#file, 'another line', this.#at, 'the end of the file');
  }
}

/** Names in any order and any case, with units in brackets dropped; undefined when the comment is prose. */
function columnsOf(comment: string): readonly string[] | undefined {
  const names = comment
    .replace(/^#+/, '')
    .replace(/[([][^)\]]*[)\]]|\/\S+/g, '')
    .trim()
    .toLowerCase()
    .split(/[\s,;]+/);
  return names.includes('x') || (names.includes('s') && names.includes('g')) ? names : undefined;
}
