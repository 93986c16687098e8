/** Small charts of the quality control as inline SVG: an axis frame that turns numbers into places, and what is drawn in it. */
import { roundStep } from '../qc/line/coverage.ts';
import { escaped } from './qc-html.ts';

export const WIDTH = 520;
export const HEIGHT = 300;
const MARGIN = { left: 68, right: 14, top: 12, bottom: 46 };

/** Told apart by people who see colours differently (Okabe & Ito 2008). */
export const COLOURS = {
  blue: '#0072b2',
  orange: '#d55e00',
  green: '#009e73',
  grey: '#6b7280',
  pink: '#cc79a7',
} as const;

/** Of suspect picks, in charts and maps. */
export const SUSPECT = '#d81b60';

export interface ChartAxis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Words for places, in place of numbers. */
  readonly ticks?: readonly { readonly at: number; readonly word: string }[];
  readonly scale?: 'linear' | 'log';
}

export interface Frame {
  x(value: number): number;
  y(value: number): number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** `draw` gives what stands inside the frame; `about` says in words what is to be seen, for those who cannot see it. */
export function chart(about: string, x: ChartAxis, y: ChartAxis, draw: (frame: Frame) => string): string {
  const frame = frameOf(x, y);
  const { left, right, top, bottom } = frame;
  const across = ticksOf(x).map(({ at, word }) => {
    const place = print(frame.x(at));
    return `<path d="M${place} ${top}V${bottom}" class="grid"/><text x="${place}" y="${bottom + 17}" text-anchor="middle">${escaped(word)}</text>`;
  });
  const up = ticksOf(y).map(({ at, word }) => {
    const place = print(frame.y(at));
    return `<path d="M${left} ${place}H${right}" class="grid"/><text x="${left - 7}" y="${print(frame.y(at) + 4.5)}" text-anchor="end">${escaped(word)}</text>`;
  });
  const labels =
    `<text x="${(left + right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(x.label)}</text>` +
    `<text transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`;
  return (
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(about)}">${across.join('')}${up.join('')}` +
    `${draw(frame)}<path d="M${left} ${top}V${bottom}H${right}" class="axis"/>${labels}</svg>`
  );
}

function frameOf(x: ChartAxis, y: ChartAxis): Frame {
  const [left, right] = [MARGIN.left, WIDTH - MARGIN.right];
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  const place = ({ from, to, scale = 'linear' }: ChartAxis, start: number, end: number) => {
    const on = scale === 'log' ? Math.log : (value: number) => value;
    const [low, span] = [on(from), on(to) - on(from) || 1];
    return (value: number) => start + ((on(value) - low) / span) * (end - start);
  };
  return { x: place(x, left, right), y: place(y, bottom, top), left, right, top, bottom };
}

const STEPS = 6;

function ticksOf({ from, to, ticks, scale }: ChartAxis): readonly { readonly at: number; readonly word: string }[] {
  if (ticks) return ticks;
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  if (!(high > low)) return [{ at: low, word: String(low) }];
  const numbers: number[] = [];
  if (scale === 'log') {
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10)
      numbers.push(...[power, 2 * power, 5 * power].filter((at) => at >= low && at <= high));
  } else {
    const step = roundStep((high - low) / STEPS);
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) numbers.push(k * step);
  }
  return numbers.map((at) => ({ at, word: String(Number(at.toPrecision(6))).replace('-', '−') }));
}

/** At most so many of a list, evenly taken. */
export function thinned<T>(items: readonly T[], most: number): readonly T[] {
  const stride = Math.ceil(items.length / most);
  return stride <= 1 ? items : items.filter((_, i) => i % stride === 0);
}

/** A decimal is finer than a pixel. */
export const print = (value: number): string => String(Math.round(value * 10) / 10);

/** One path for all dots. */
export const dots = (
  places: readonly (readonly [x: number, y: number])[],
  colour: string,
  { size = 3.2, ink = 1 }: { readonly size?: number; readonly ink?: number } = {},
): string =>
  places.length === 0
    ? ''
    : `<path d="${places.map(([x, y]) => `M${print(x)} ${print(y)}h0`).join('')}" stroke="${colour}" stroke-opacity="${ink}" stroke-width="${size}" stroke-linecap="round" fill="none"/>`;

export const line = (
  places: readonly (readonly [x: number, y: number])[],
  colour: string,
  { width = 1.3, ink = 1 }: { readonly width?: number; readonly ink?: number } = {},
): string =>
  places.length < 2
    ? ''
    : `<path d="M${places.map(([x, y]) => `${print(x)} ${print(y)}`).join('L')}" stroke="${colour}" stroke-opacity="${ink}" stroke-width="${width}" fill="none"/>`;

export interface Key {
  readonly colour: string;
  readonly word: string;
}

/** What the colours mean, under a chart. */
export const legend = (keys: readonly Key[]): string =>
  `<p class="legend">${keys.map(({ colour, word }) => `<span><i style="background:${colour}"></i>${escaped(word)}</span>`).join('')}</p>`;

/** A chart with its name above and its colours below. */
export const figure = (title: string, svg: string, keys: readonly Key[] = []): string =>
  `<figure><figcaption>${escaped(title)}</figcaption>${svg}${keys.length > 0 ? legend(keys) : ''}</figure>`;
