/** Maps of a line, shots across and receivers upwards: what became of each trace, and what its pick is off the moveout. */
import { RECEIVER_FAULTS } from '../qc/line/bad-receivers.ts';
import type { LineFacts } from '../qc/line/facts.ts';
import type { ShotSummary } from '../qc/line/summary.ts';
import { middle } from '../qc/middle.ts';
import { indexedPng, pngUrl } from './indexed-png.ts';
import { type ChartAxis, chart, type Frame, figure, type Key, SUSPECT, thinned } from './qc-chart.ts';

/** Larger maps are drawn with several shots or receivers to a pixel; the worst of them is seen. */
const MOST = { shots: 1500, rows: 800 };

/** From what matters least to what matters most; a pixel shows the last that is in it. */
const STATES = [
  { word: 'not recorded', colour: '#ffffff' },
  { word: 'picked', colour: '#a9cbe4' },
  { word: 'not picked', colour: '#fff3c4' },
  { word: 'suspect pick', colour: SUSPECT },
  { word: 'faulty trace', colour: '#6a3d9a' },
  { word: 'dead', colour: '#222222' },
] as const satisfies readonly Key[];
const stateOf = Object.fromEntries(STATES.map(({ word }, i) => [word, i])) as Record<
  (typeof STATES)[number]['word'],
  number
>;

export async function statusMap(line: LineFacts): Promise<string> {
  const rows = rowsOf(line);
  const grid = gridOf(line, rows);
  for (const [shot, summary] of line.shots.entries()) {
    const faults = faultsOf(summary);
    for (const [k, trace] of summary.traces.entries()) {
      const fault = trace.dead ? 'dead' : faults.get(trace.index);
      grid.raise(shot, rows.of(shot, k), stateOf[fault ?? (trace.time === undefined ? 'not picked' : 'picked')]);
    }
  }
  return mapFigure('What became of each trace', line, rows, grid, STATES);
}

/** Faults of a trace that come and go with the source or the weather. */
const PASSING: ReadonlySet<string> = new Set(['clipped-traces', 'burst-traces']);

function faultsOf({ findings }: ShotSummary): ReadonlyMap<number, 'suspect pick' | 'faulty trace'> {
  const faults = new Map<number, 'suspect pick' | 'faulty trace'>();
  for (const { code, traces } of findings) {
    const faulty = RECEIVER_FAULTS.has(code) || PASSING.has(code);
    if (!faulty && code !== 'suspect-picks') continue;
    const word = faulty ? 'faulty trace' : 'suspect pick';
    for (const index of traces) if (word === 'faulty trace' || !faults.has(index)) faults.set(index, word);
  }
  return faults;
}

/** Early to late, light in the middle (after Brewer's RdBu). */
const DIVERGING = ['#2166ac', '#67a9cf', '#c2dcec', '#e6e6e6', '#fbd5c0', '#ef8a62', '#b2182b'];

/** undefined where no trace has a residual. */
export async function residualMap(line: LineFacts): Promise<string | undefined> {
  const { cells } = line.residuals;
  if (cells.length === 0) return undefined;
  const usual = middle(cells.map(({ value }) => Math.abs(value))) ?? 0;
  const step = Math.max(1, Math.round(2 * usual));
  const half = (DIVERGING.length - 1) / 2;
  const rows = rowsOf(line);
  const grid = gridOf(line, rows);
  for (const [shot, { traces }] of line.shots.entries())
    for (const [k, { residual }] of traces.entries()) {
      if (residual === undefined) continue;
      const level = Math.max(-half, Math.min(half, Math.round(residual / step)));
      grid.raise(shot, rows.of(shot, k), 1 + half + level, Math.abs(level));
    }
  const keys = DIVERGING.map((colour, i) => ({ colour, word: classWord(i - half, half, step) }));
  return mapFigure('Picks against the moveout of their shot', line, rows, grid, [
    { word: 'no pick', colour: '#ffffff' },
    ...keys,
  ]);
}

function classWord(level: number, half: number, step: number): string {
  if (level === 0) return `within ${step / 2} ms`;
  const beyond = Math.abs(level) === half;
  const side = level < 0 ? 'early' : 'late';
  return beyond ? `over ${(half - 0.5) * step} ms ${side}` : `${Math.abs(level) * step} ms ${side}`;
}

interface Grid {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  /** Sets the pixel unless it shows what weighs more. */
  raise(shot: number, row: number | undefined, colour: number, weight?: number): void;
}

function gridOf({ shots }: LineFacts, rows: Rows): Grid {
  const width = Math.max(1, Math.min(MOST.shots, shots.length));
  const height = Math.max(1, Math.min(MOST.rows, rows.count));
  const pixels = new Uint8Array(width * height);
  const weights = new Int16Array(width * height).fill(-1);
  return {
    width,
    height,
    pixels,
    raise(shot, place, colour, weight = colour) {
      if (place === undefined) return;
      const column = Math.floor((shot * width) / shots.length);
      const row = height - 1 - Math.floor((place * height) / rows.count);
      const at = row * width + column;
      if (weight <= weights[at]) return;
      weights[at] = weight;
      pixels[at] = colour;
    },
  };
}

/** Over the map a strip of the verdicts of the shots. */
async function mapFigure(
  title: string,
  line: LineFacts,
  rows: Rows,
  grid: Grid,
  colours: readonly Key[],
): Promise<string> {
  const { width, height, pixels } = grid;
  const map = pngUrl(await indexedPng(width, height, pixels, coloursOf(colours)));
  const strip = pngUrl(await indexedPng(width, 1, verdictsOf(line.shots, width), coloursOf(VERDICTS)));
  const picture = ({ left, right, top, bottom }: Frame) =>
    image(strip, { left, right, top, bottom: top + STRIP }) + image(map, { left, right, top: top + STRIP + 2, bottom });
  const about = `${title}: ${line.shots.length} shots by ${rows.count} ${rows.axis.label}`;
  const svg = chart(about, shotAxis(line.shots, 'edges'), rows.axis, picture);
  return figure(title, svg, [...colours, ...VERDICTS.map(({ colour, word }) => ({ colour, word: `shot: ${word}` }))]);
}

/** Height of the strip of verdicts, in the units of the chart. */
const STRIP = 7;

const VERDICTS = [
  { word: 'pass', colour: '#1a7f37' },
  { word: 'warn', colour: '#e0a100' },
  { word: 'fail', colour: '#c4001a' },
] as const;

function verdictsOf(shots: readonly ShotSummary[], width: number): Uint8Array {
  const strip = new Uint8Array(width);
  for (const [i, { verdict }] of shots.entries()) {
    const column = Math.floor((i * width) / shots.length);
    strip[column] = Math.max(
      strip[column],
      VERDICTS.findIndex(({ word }) => word === verdict),
    );
  }
  return strip;
}

const coloursOf = (keys: readonly Key[]) => keys.map(({ colour }) => Number.parseInt(colour.slice(1), 16));

const image = (url: string, { left, right, top, bottom }: Pick<Frame, 'left' | 'right' | 'top' | 'bottom'>): string =>
  `<image href="${url}" x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" preserveAspectRatio="none" style="image-rendering:pixelated"/>`;

/** Shots by their FFID where they have one; `edges`: a shot fills the space between its place and the next. */
export function shotAxis(shots: readonly ShotSummary[], at: 'edges' | 'points'): ChartAxis {
  const named = shots.every(({ ffid }) => ffid !== undefined);
  const middleOf = (i: number) => (at === 'edges' ? i + 0.5 : i);
  const ticks = thinned(
    shots.map(({ ffid }, i) => ({ at: middleOf(i), word: String(named ? ffid : i + 1) })),
    8,
  );
  const [from, to] = at === 'edges' ? [0, Math.max(1, shots.length)] : [-0.5, Math.max(1, shots.length) - 0.5];
  return { label: named ? 'shot (FFID)' : 'shot', from, to, ticks };
}

interface Rows {
  readonly count: number;
  /** Of a trace, by its place in the summary of the shot. */
  of(shot: number, trace: number): number | undefined;
  readonly axis: ChartAxis;
}

/** A spread that moved over a line much longer than itself would be a thin diagonal. */
const LEAST_FILLED = 0.3;

/** The receivers along the line; of a spread that moved far, the traces of each shot. */
function rowsOf({ shots, stations }: LineFacts): Rows {
  const traces = shots.reduce((sum, shot) => sum + shot.traces.length, 0);
  if (traces < LEAST_FILLED * shots.length * stations.list.length) {
    const count = shots.reduce((most, shot) => Math.max(most, shot.traces.length), 0);
    return { count, of: (_, trace) => trace, axis: { label: 'trace of the shot', from: 0, to: count } };
  }
  const ticks = thinned(
    stations.list.map((station, i) => ({
      at: i + 0.5,
      word: stations.by === 'place' && station.at ? String(Math.round(station.at.x)) : String(station.channel ?? i + 1),
    })),
    8,
  );
  const label = stations.by === 'place' ? 'receiver x (m)' : 'channel';
  const count = stations.list.length;
  return {
    count,
    of: (shot, trace) => stations.of[shot][trace],
    axis: { label, from: 0, to: Math.max(1, count), ticks },
  };
}
