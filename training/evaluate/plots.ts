/** The four pictures of a report: do confidences come true, what does leaving doubtful picks out gain, noise, errors. */
import { type Axis, chart, type Legend, type Line, legendOf, type Panel } from './chart.ts';
import { SINGLE_TRACE } from './entrants.ts';
import type { Accuracy, SiteReport } from './evaluate.ts';
import type { Measures } from './measures.ts';
import { pooledReliability } from './pooled.ts';

const PERCENT: Axis = { label: 'hit rate (%)', from: 0, to: 100, ticks: [0, 20, 40, 60, 80, 100] };

/** Titles by the names of the files. */
export const PICTURES = {
  'errors.svg': 'Share of the traces by error',
  'signal-to-noise.svg': 'Hit rate by signal-to-noise ratio',
  'reliability.svg': 'Share of hits by confidence',
  'abstention.svg': 'Hit rate of the picks that are kept',
} as const;

/** By the names of the files. */
export function plotsOf(accuracy: Accuracy): ReadonlyMap<string, string> {
  const legend = legendOf(accuracy.pickers.map(({ name }) => name));
  const surest = new Map([...legend].filter(([name]) => !SINGLE_TRACE.includes(name)));
  const plot = (file: keyof typeof PICTURES, names: Legend, drawn: readonly Panel[]) =>
    [file, chart(PICTURES[file], names, drawn)] as const;
  return new Map([
    plot('errors.svg', legend, panels(accuracy, legend, errors)),
    plot('signal-to-noise.svg', legend, panels(accuracy, legend, againstNoise)),
    plot('reliability.svg', surest, [...panels(accuracy, surest, reliability), pooled(accuracy, surest)]),
    plot('abstention.svg', surest, panels(accuracy, surest, abstention)),
  ]);
}

interface Drawn {
  readonly x: Axis;
  readonly y: Axis;
  readonly diagonal?: boolean;
  readonly dots?: boolean;
  points(measures: Measures): Line['points'];
}

/** A panel a site; a line a picker and seed. */
const panels = (accuracy: Accuracy, legend: Legend, draw: (site: SiteReport) => Drawn): readonly Panel[] =>
  accuracy.sites.map((site) => {
    const { points, dots = false, ...axes } = draw(site);
    const lines = accuracy.results
      .filter((result) => result.site === site.site && legend.has(result.picker))
      .flatMap(({ picker, runs }) => runs.map((run): Line => ({ name: picker, points: points(run), dots })));
    return { title: site.site, ...axes, lines: lines.filter((line) => line.points.length > 0) };
  });

/** Fewer traces than this are not drawn. */
const FEW = 5;

function againstNoise({ toleranceMs }: SiteReport): Drawn {
  const words = ['< 0', '0–5', '5–10', '10–20', '20–30', '≥ 30'];
  return {
    x: { label: 'signal to noise (dB)', from: -0.4, to: 5.4, ticks: words.map((word, i) => [i, word] as const) },
    y: { ...PERCENT, label: `hit rate within ${toleranceMs} ms (%)` },
    dots: true,
    points: ({ bySignalToNoise }) =>
      bySignalToNoise
        .slice(0, words.length)
        .flatMap(({ traces, hitRateMs }, i) =>
          traces < FEW ? [] : [[i, 100 * (hitRateMs[toleranceMs] ?? 0)] as const],
        ),
  };
}

function errors({ toleranceMs }: SiteReport): Drawn {
  const most = 3 * toleranceMs;
  return {
    x: { label: 'pick − person (ms)', from: -most, to: most, ticks: [-most, -toleranceMs, 0, toleranceMs, most] },
    y: { label: 'of the traces (%)', from: 0, to: 50, ticks: [0, 10, 20, 30, 40, 50] },
    points: ({ errors: { from, widthMs, shares } }) =>
      shares.map((share, i) => [from + (i + 0.5) * widthMs, 100 * share] as const),
  };
}

function abstention({ toleranceMs }: SiteReport): Drawn {
  return {
    x: { label: 'of the traces keep a pick (%)', from: 0, to: 100, ticks: [0, 20, 40, 60, 80, 100] },
    y: { ...PERCENT, label: `kept picks within ${toleranceMs} ms (%)` },
    points: ({ abstention: { curve } }) =>
      curve.map(({ coverage, hitRate }) => [100 * coverage, 100 * hitRate] as const),
  };
}

const TRUE: Pick<Drawn, 'x' | 'y' | 'diagonal' | 'dots'> = {
  x: { label: 'confidence (%)', from: 0, to: 100, ticks: [0, 20, 40, 60, 80, 100] },
  y: { ...PERCENT, label: 'picks within tolerance (%)' },
  diagonal: true,
  dots: true,
};

const reliability = (): Drawn => ({ ...TRUE, points: ({ reliability: { bins } }) => pointsOf(bins) });

const pointsOf = (bins: Measures['reliability']['bins']): Line['points'] =>
  bins.flatMap(({ picks, confidence, hitRate }) => (picks < FEW ? [] : [[100 * confidence!, 100 * hitRate!] as const]));

function pooled(accuracy: Accuracy, legend: Legend): Panel {
  const { x, y } = TRUE;
  const lines = [...legend.keys()].map((name) => ({
    name,
    points: pointsOf(pooledReliability(accuracy, name).bins),
    dots: true,
  }));
  return { title: 'all sites', x, y, diagonal: true, lines: lines.filter(({ points }) => points.length > 0) };
}
