/** What is lost in rebuilding against how many numbers it is rebuilt from: a table, JSON and a picture. */
import { join } from 'node:path';
import { SAMPLES } from '#shared/model/window.ts';
import { type Axis, chart, legendOf } from '../evaluate/chart.ts';
import { writeWhole } from '../files.ts';
import type { AutoencoderState } from './autoencoder-run.ts';

export interface CodeSizes {
  readonly schema: 'firstbreak.code-sizes/1';
  readonly steps: number;
  /** Amplitudes in a window. */
  readonly amplitudes: number;
  readonly sizes: readonly CodeSize[];
}

export interface CodeSize {
  readonly code: number;
  /** Learnt numbers of the network. */
  readonly weights: number;
  /** Share of the variance, at the best look; mean and by kind. */
  readonly error: number;
  readonly byKind: Readonly<Record<string, number>>;
}

/** @param ends the last states of runs that differ in the size of the code alone @returns what was written */
export function writeSizes(out: string, ends: readonly AutoencoderState[]): CodeSizes {
  const sizes = ends.map(
    ({ settings, networks, best }): CodeSize => ({
      code: settings.autoencoder.code,
      weights: networks.autoencoder.learning.learnt.length,
      error: best!.error,
      byKind: best!.byKind,
    }),
  );
  const { autoencoder, schedule } = ends[0].settings;
  const table: CodeSizes = {
    schema: 'firstbreak.code-sizes/1',
    steps: schedule.steps,
    amplitudes: autoencoder.traces * SAMPLES,
    sizes,
  };
  writeWhole(join(out, 'code-sizes.json'), `${JSON.stringify(table, null, 1)}\n`);
  writeWhole(join(out, 'code-sizes.svg'), plotSizes(table));
  return table;
}

/** For people. */
export function sizesTable({ amplitudes, sizes }: CodeSizes): string {
  const kinds = Object.keys(sizes[0].byKind);
  const rows = [
    ['numbers', 'fewer than amplitudes', 'weights', 'error, share of the variance', ...kinds],
    ...sizes.map(({ code, weights, error, byKind }) => [
      `${code}`,
      `${Math.round(amplitudes / code)} ×`,
      weights.toLocaleString('en'),
      percent(error),
      ...kinds.map((kind) => percent(byKind[kind])),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  return `${rows.map((cells) => cells.map((cell, i) => cell.padStart(widths[i])).join('  ')).join('\n')}\n`;
}

function plotSizes({ amplitudes, sizes }: CodeSizes): string {
  const ordered = sizes.toSorted((a, b) => a.code - b.code);
  const kinds = Object.keys(ordered[0].byKind);
  const most = Math.max(...ordered.flatMap(({ byKind }) => Object.values(byKind)));
  const place = ({ code }: CodeSize) => Math.log2(code);
  const x: Axis = {
    label: `numbers a window of ${amplitudes} amplitudes is rebuilt from`,
    from: place(ordered[0]) - 0.2,
    to: place(ordered.at(-1)!) + 0.2,
    ticks: ordered.map((size) => [place(size), `${size.code}`] as const),
  };
  const to = Math.max(20, 20 * Math.ceil(5 * most));
  const y: Axis = { label: 'error (% of variance)', from: 0, to, ticks: [0, to / 4, to / 2, (3 * to) / 4, to] };
  const names = ['mean', ...kinds];
  const errorOf = ({ error, byKind }: CodeSize, name: string) => 100 * (name === 'mean' ? error : byKind[name]);
  return chart('What is lost in rebuilding', legendOf(names), [
    {
      title: 'What is lost in rebuilding',
      x,
      y,
      lines: names.map((name) => ({
        name,
        dots: true,
        points: ordered.map((size) => [place(size), errorOf(size, name)]),
      })),
    },
  ]);
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
