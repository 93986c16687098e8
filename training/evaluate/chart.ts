/** Line charts side by side as SVG text: made of numbers alone, so the same numbers give the same file. */

export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Where there is a line and a number, or a word. */
  readonly ticks: readonly (number | readonly [at: number, word: string])[];
}

export interface Line {
  /** In the legend; lines of one name share a colour. */
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** A dot on each point. @default false */
  readonly dots?: boolean;
  /** A shade behind the line, from and to. */
  readonly band?: readonly (readonly [x: number, from: number, to: number])[];
}

export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /** A thin line from corner to corner. @default false */
  readonly diagonal?: boolean;
}

const WIDTH = 250;
const HEIGHT = 190;
const MARGIN = { left: 44, right: 12, top: 26, bottom: 38 };
const LEGEND = 26;
const LEGEND_ROW = 14;
/** Told apart by people who see colours differently (Okabe & Ito 2008). */
const COLOURS = ['#0072b2', '#009e73', '#cc79a7', '#d55e00', '#e69f00', '#56b4e9', '#000000'];

/** Colours by name, in the order of the legend. */
export type Legend = ReadonlyMap<string, string>;

export const legendOf = (names: readonly string[]): Legend =>
  new Map(names.map((name, i) => [name, COLOURS[i % COLOURS.length]]));

export function chart(title: string, legend: Legend, panels: readonly Panel[], columns = 3): string {
  const across = Math.min(columns, panels.length);
  const width = across * WIDTH;
  const names = drawnLegend(legend, width);
  const height = Math.ceil(panels.length / across) * HEIGHT + LEGEND + (names.rows - 1) * LEGEND_ROW;
  const parts = panels.map((panel, i) => {
    const [x, y] = [(i % across) * WIDTH, Math.floor(i / across) * HEIGHT];
    return `<g transform="translate(${x} ${y})">${panelOf(panel, legend)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="10" fill="#222">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts,
    names.at(height - 8 - (names.rows - 1) * LEGEND_ROW),
    '</svg>',
    '',
  ].join('\n');
}

function panelOf({ title, x, y, lines, diagonal = false }: Panel, legend: Legend): string {
  const [right, bottom] = [WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom];
  const across = (value: number) => figure(MARGIN.left + ((value - x.from) / (x.to - x.from)) * (right - MARGIN.left));
  const up = (value: number) => figure(bottom - ((value - y.from) / (y.to - y.from)) * (bottom - MARGIN.top));
  const within = (value: number) => Math.min(y.to, Math.max(y.from, value));
  const rule = (x1: number, y1: number, x2: number, y2: number, colour: string) =>
    `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="${colour}" fill="none"/>`;
  return [
    text(MARGIN.left, 16, title, 'font-weight="bold"'),
    ...x.ticks
      .map(tickOf)
      .flatMap(([at, word]) => [
        rule(across(at), bottom, across(at), MARGIN.top, '#e4e4e4'),
        text(across(at), bottom + 13, word, 'text-anchor="middle"'),
      ]),
    ...y.ticks
      .map(tickOf)
      .flatMap(([at, word]) => [
        rule(MARGIN.left, up(at), right, up(at), '#e4e4e4'),
        text(MARGIN.left - 5, up(at) + 3, word, 'text-anchor="end"'),
      ]),
    ...(diagonal ? [rule(across(x.from), up(y.from), across(x.to), up(y.to), '#aaa')] : []),
    ...lines.flatMap(({ name, band = [] }) => {
      if (band.length < 2) return [];
      const edge = [
        ...band.map(([x, , to]) => [x, to] as const),
        ...band.toReversed().map(([x, from]) => [x, from] as const),
      ].map(([x, y]) => `${across(x)} ${up(within(y))}`);
      return [`<path d="M${edge.join('L')}Z" fill="${legend.get(name)}" fill-opacity="0.13"/>`];
    }),
    ...lines.map(({ name, points, dots = false }) => {
      const colour = legend.get(name);
      const places = points.map(([a, b]) => [across(a), up(within(b))] as const);
      return [
        `<path d="M${places.map(([a, b]) => `${a} ${b}`).join('L')}" stroke="${colour}" stroke-width="1.5" fill="none"/>`,
        ...(dots ? places.map(([a, b]) => `<circle cx="${a}" cy="${b}" r="2.2" fill="${colour}"/>`) : []),
      ].join('');
    }),
    text((MARGIN.left + right) / 2, HEIGHT - 8, x.label, 'text-anchor="middle"'),
    `<g transform="translate(11 ${(MARGIN.top + bottom) / 2}) rotate(-90)">${text(0, 0, y.label, 'text-anchor="middle"')}</g>`,
  ].join('');
}

/** In as many rows as it takes. */
function drawnLegend(legend: Legend, width: number): { readonly rows: number; at(y: number): string } {
  let [x, row] = [MARGIN.left, 0];
  const entries = [...legend].map(([name, colour]) => {
    const wide = 34 + 6 * name.length;
    if (x > MARGIN.left && x + wide - 13 > width) [x, row] = [MARGIN.left, row + 1];
    const entry = { name, colour, x, row };
    x += wide;
    return entry;
  });
  return {
    rows: row + 1,
    at: (y) =>
      entries
        .map(({ name, colour, x, row }) => {
          const below = y + row * LEGEND_ROW;
          return `<path d="M${x} ${below - 3}h16" stroke="${colour}" stroke-width="2"/>${text(x + 21, below, name)}`;
        })
        .join(''),
  };
}

const tickOf = (tick: Axis['ticks'][number]): readonly [number, string] =>
  typeof tick === 'number' ? [tick, `${tick}`.replace('-', '−')] : tick;
const figure = (value: number) => Math.round(10 * value) / 10;
const text = (x: number, y: number, words: string, attributes = '') =>
  `<text x="${x}" y="${y}" ${attributes}>${escaped(words)}</text>`;
const escaped = (words: string) => words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
