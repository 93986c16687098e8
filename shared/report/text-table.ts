/** Pick files are tables in text: lines of columns, some with comments, a header, a byte order mark or decimal commas. */
import { RecordError } from '../errors.ts';

/** Lines that say something, with their number from 1; comments begin with `#`, `!` or `%`. */
export function linesOf(text: string): { readonly number: number; readonly text: string }[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ number: i + 1, text: line.replace(/[#!%].*$/, '').trim() }))
    .filter((line) => line.text !== '');
}

export interface NumberRow {
  readonly number: number;
  readonly values: readonly number[];
  /** As written, where it matters whether a number was meant as a whole one. */
  readonly words: readonly string[];
}

/** Columns of numbers between blanks, tabs or semicolons; a first line of words is taken as header and left out. */
export function numberRows(text: string): readonly NumberRow[] | undefined {
  const rows = linesOf(text).map(({ number, text: line }): NumberRow => {
    const words = line.split(/[\s;]+/).filter((word) => word !== '');
    return { number, words, values: words.map((word) => Number(word.replace(',', '.'))) };
  });
  const body = rows[0]?.values.some(Number.isNaN) ? rows.slice(1) : rows;
  return body.length > 0 && body.every(({ values }) => values.every(Number.isFinite)) ? body : undefined;
}

/** True when all rows have as many columns and those of `whole` hold whole numbers, written without a decimal sign. */
export const hasColumns = (rows: readonly NumberRow[], columns: number, whole: readonly number[] = []): boolean =>
  rows.every(({ words }) => words.length === columns && whole.every((column) => /^[-+]?\d+$/.test(words[column])));

/** @throws RecordError `malformed`: what was expected and which line is otherwise */
export function malformedLine(file: string, expected: string, line: number, found: string): never {
  throw new RecordError('malformed', file, `expected ${expected}, found "${found.slice(0, 60)}" in line ${line}`);
}

/** @throws RecordError `malformed` */
export function rowsWith(
  file: string,
  text: string,
  expected: string,
  fits: (row: NumberRow) => boolean,
): readonly NumberRow[] {
  const rows = numberRows(text);
  if (rows === undefined) {
    const [first] = linesOf(text);
    if (first === undefined) throw new RecordError('empty', file, `expected ${expected}, found no lines`);
    return malformedLine(file, expected, first.number, first.text);
  }
  const wrong = rows.find((row) => !fits(row));
  return wrong ? malformedLine(file, expected, wrong.number, wrong.words.join(' ')) : rows;
}
