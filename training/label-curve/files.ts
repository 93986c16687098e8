/** The page of a curve on disk: text, numbers and pictures, all made of the cells beside it. */
import { basename, dirname, join } from 'node:path';
import { legendOf } from '../evaluate/chart.ts';
import { writeWhole } from '../files.ts';
import type { CellLog } from './cells.ts';
import { plotOf } from './plots.ts';
import { type Point, pointsOf } from './points.ts';
import { contestsOf, curvesOf, reportOf } from './report.ts';

export const LABEL_EFFICIENCY_SCHEMA = 'firstbreak.label-efficiency/1';

const stem = (page: string) => page.replace(/\.md$/i, '');
export const cellsOf = (page: string): string => `${stem(page)}.cells.jsonl`;

const rounded = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(4)) : value;

export function writePage(page: string, { settings, cells, commands }: CellLog): void {
  const [curves, contests] = [curvesOf(cells), contestsOf(cells)];
  const draw = (name: string, points: readonly Point[], lineOf: (point: Point) => string) => {
    if (points.length === 0) return undefined;
    const file = `${basename(stem(page))}${name}.svg`;
    const legend = legendOf([...new Set(points.map(lineOf))]);
    writeWhole(join(dirname(page), file), plotOf('Hit rate by labels', points, legend, lineOf));
    return file;
  };
  const pictures = {
    starts: draw('', curves, ({ start }) => start),
    choosers: draw('-choosers', contests, ({ start, chooser }) => `${chooser}, from ${start}`),
  };
  const lines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value, rounded)).join(',\n');
  const head = JSON.stringify({ schema: LABEL_EFFICIENCY_SCHEMA, commands, settings }).slice(0, -1);
  const json = `${head},\n"points":[\n${lines(pointsOf(cells))}\n],\n"cells":[\n${lines(cells)}\n]}\n`;
  writeWhole(`${stem(page)}.json`, json);
  writeWhole(page, reportOf({ settings, cells, commands }, pictures));
}
