/** A report on disk: the page, all its numbers as JSON beside it, its pictures in a folder of the same name. */
import { basename, dirname, join } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import { textOf, writeWhole } from '../files.ts';
import { ACCURACY_SCHEMA, type Accuracy } from './evaluate.ts';
import { plotsOf } from './plots.ts';
import { reportOf } from './report.ts';

const stem = (page: string) => page.replace(/\.md$/i, '');
const jsonOf = (page: string) => `${stem(page)}.json`;

/** Four digits and what stands before the point. */
const rounded = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(4)) : value;

/** One site or result a line, so that versions can be compared. */
function textOfAccuracy({ sites, results, ...rest }: Accuracy): string {
  const lines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value, rounded)).join(',\n');
  const head = JSON.stringify(rest, rounded).slice(0, -1);
  return `${head},\n"sites":[\n${lines(sites)}\n],\n"results":[\n${lines(results)}\n]}\n`;
}

/** @throws RecordError `malformed` or `unsupported` */
export function readAccuracy(page: string): Accuracy {
  const file = jsonOf(page);
  let accuracy: Partial<Accuracy>;
  try {
    accuracy = JSON.parse(textOf(file));
  } catch (cause) {
    if (cause instanceof RecordError) throw cause;
    throw new RecordError('malformed', file, 'expected a JSON object, found something else', { cause });
  }
  if (accuracy?.schema !== ACCURACY_SCHEMA)
    throw new RecordError(
      'unsupported',
      file,
      `expected schema ${ACCURACY_SCHEMA}, found ${accuracy?.schema ?? 'none'}`,
    );
  return accuracy as Accuracy;
}

/** Page and pictures that belong to the numbers, by path. */
function madeOf(accuracy: Accuracy, page: string): ReadonlyMap<string, string> {
  const plots = basename(stem(page));
  return new Map([
    [page, reportOf(accuracy, plots)],
    ...[...plotsOf(accuracy)].map(([file, svg]) => [join(dirname(page), plots, file), svg] as const),
  ]);
}

/** Writes the numbers and what is made of them, as they are read back. */
export function writeReport(accuracy: Accuracy, page: string): void {
  writeWhole(jsonOf(page), textOfAccuracy(accuracy));
  for (const [path, text] of madeOf(readAccuracy(page), page)) writeWhole(path, text);
}

/** Files of a report that are not what its numbers make; none when all is well. */
export const outdated = (page: string): readonly string[] =>
  [...madeOf(readAccuracy(page), page)].flatMap(([path, text]) => (textOf(path) === text ? [] : [path]));
