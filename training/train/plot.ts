/** A run as a picture (SVG): losses, shares of breaks found, learning rate, over the steps. */
import type { StepMetrics, ValidationMetrics } from '../train.ts';

/** Points of a curve: [step, value]. */
export type Curve = readonly (readonly [step: number, value: number])[];

export interface Line {
  readonly name: string;
  readonly points: Curve;
  readonly colour: string;
  readonly dashed?: boolean;
}

export interface Panel {
  readonly title: string;
  readonly height: number;
  readonly lines: readonly Line[];
  readonly label: (value: number) => string;
}

const WIDTH = 900;
const LEFT = 60;
const RIGHT = 190; // room for the names of the curves
const TOP = 28;
const GAP = 44;
/** More points than this are not told apart. */
const POINTS = 400;

// Okabe and Ito (2008): told apart by all eyes.
export const COLOURS = { blue: '#0072b2', orange: '#d55e00', green: '#009e73', pink: '#cc79a7' } as const;

export function plotRun(steps: readonly StepMetrics[], looks: readonly ValidationMetrics[]): string {
  const watched = looks.filter((look) => look.watched !== undefined);
  const within = ([1, 2, 5] as const).flatMap((bins, i): Line[] => {
    const colour = [COLOURS.blue, COLOURS.orange, COLOURS.green][i];
    const name = `within ${bins} ${bins === 1 ? 'bin' : 'bins'}`;
    return [
      { name, colour, points: looks.map((look) => [look.step, look.within[bins]]) },
      { name: `${name}, watched`, colour, dashed: true, points: watched.map((w) => [w.step, w.watched!.within[bins]]) },
    ];
  });
  return curves([
    {
      title: 'loss',
      height: 240,
      label: (value) => value.toFixed(2),
      lines: [
        { name: 'learning, smoothed', colour: COLOURS.blue, points: smoothed(steps) },
        { name: 'validation', colour: COLOURS.orange, points: looks.map(({ step, loss }) => [step, loss]) },
        {
          name: 'watched sites',
          colour: COLOURS.green,
          dashed: true,
          points: watched.map((w) => [w.step, w.watched!.loss]),
        },
      ],
    },
    { title: 'breaks found', height: 220, label: (value) => `${(100 * value).toFixed(0)} %`, lines: within },
    {
      title: 'learning rate',
      height: 90,
      label: (value) => value.toExponential(1),
      lines: [{ name: 'rate', colour: COLOURS.pink, points: thinned(steps.map(({ step, rate }) => [step, rate])) }],
    },
  ]);
}

/** Mean loss over the last fiftieth of the run. */
export function smoothed(steps: readonly { readonly step: number; readonly loss: number }[]): Curve {
  const over = Math.max(1, Math.ceil(steps.length / 50));
  let sum = 0;
  return thinned(
    steps.map(({ step, loss }, i) => {
      sum += loss - (i < over ? 0 : steps[i - over].loss);
      return [step, sum / Math.min(over, i + 1)];
    }),
  );
}

/** As many points as are told apart. */
export const thinned = (points: Curve): Curve => {
  const every = Math.ceil(points.length / POINTS);
  return points.filter((_, i) => (points.length - 1 - i) % every === 0);
};

/** Panels below each other over one axis of steps. */
export function curves(panels: readonly Panel[]): string {
  const last = Math.max(
    1,
    ...panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(([step]) => step))),
  );
  const x = (step: number) => LEFT + ((WIDTH - LEFT - RIGHT) * step) / last;
  let top = TOP;
  const drawn = panels.map((panel) => {
    const group = panelOf(panel, top, x, last);
    top += panel.height + GAP;
    return group;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${top}" fill="white"/>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function panelOf(
  { title, height, lines, label }: Panel,
  top: number,
  x: (step: number) => number,
  last: number,
): string {
  const shown = lines.filter(({ points }) => points.length > 0);
  const values = shown.flatMap(({ points }) => points.map(([, value]) => value));
  const [low, high] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1];
  const y = (value: number) => top + height * (1 - (value - low) / (high - low || 1));
  const right = WIDTH - RIGHT;
  const ticks = [0, 1, 2, 3, 4].flatMap((k) => {
    const value = low + ((high - low) * k) / 4;
    return [
      `<line x1="${LEFT}" x2="${right}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="#ddd"/>`,
      `<text x="${LEFT - 6}" y="${round(y(value) + 4)}" text-anchor="end" fill="#555">${label(value)}</text>`,
    ];
  });
  const steps = [...new Set([0, 1, 2, 3, 4].map((k) => Math.round((last * k) / 4)))].map((step) => {
    return `<text x="${round(x(step))}" y="${top + height + 18}" text-anchor="middle" fill="#555">${step}</text>`;
  });
  const drawn = shown.map(({ points, colour, dashed }) => {
    const path = points.map(([step, value]) => `${round(x(step))},${round(y(value))}`).join(' ');
    const style = `fill="none" stroke="${colour}" stroke-width="1.5"${dashed ? ' stroke-dasharray="5 3"' : ''}`;
    return points.length > 1
      ? `<polyline points="${path}" ${style}/>`
      : `<circle cx="${path.split(',')[0]}" cy="${path.split(',')[1]}" r="2.5" fill="${colour}"/>`;
  });
  const names = shown.flatMap(({ name, colour, dashed }, i) => {
    const at = top + 12 + 18 * i;
    return [
      `<line x1="${right + 10}" x2="${right + 34}" y1="${at - 4}" y2="${at - 4}" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="5 3"' : ''}/>`,
      `<text x="${right + 40}" y="${at}">${name}</text>`,
    ];
  });
  return [
    `<text x="${LEFT}" y="${top - 10}" font-weight="bold">${title}</text>`,
    ...ticks,
    ...steps,
    ...drawn,
    ...names,
  ].join('\n');
}

const round = (value: number) => Number(value.toFixed(1));
