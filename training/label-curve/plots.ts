/** The curves as pictures: a panel a site, a line a start or chooser, its spread over the seeds as a band. */
import { type Axis, chart, type Legend, type Panel } from '../evaluate/chart.ts';
import type { TOLERANCES_MS } from './learn-and-pick.ts';
import { byLabels, type Point } from './points.ts';

export const SHOWN_MS = 5 satisfies (typeof TOLERANCES_MS)[number];

/** @param lineOf name of the line a point belongs to */
export function plotOf(
  title: string,
  points: readonly Point[],
  legend: Legend,
  lineOf: (point: Point) => string,
): string {
  const panels = [...Map.groupBy(points, ({ site }) => site)].map(([site, own]): Panel => {
    const axis = labelAxis(own);
    return {
      title: site,
      x: axis.axis,
      y: {
        label: `% within ${SHOWN_MS} ms`,
        from: 0,
        to: 100,
        ticks: [0, 20, 40, 60, 80, 100],
      },
      lines: [...legend.keys()].flatMap((name) => {
        const line = own.filter((point) => lineOf(point) === name).sort(byLabels);
        const percent = line.map(({ hitRateMs }) => hitRateMs[SHOWN_MS]);
        const at = line.map(axis.at);
        return line.length === 0
          ? []
          : [
              {
                name,
                dots: true,
                points: percent.map(({ mean }, i) => [at[i], 100 * mean] as const),
                band: percent.map(
                  ({ mean, deviation }, i) => [at[i], 100 * (mean - deviation), 100 * (mean + deviation)] as const,
                ),
              },
            ];
      }),
    };
  });
  return chart(title, legend, panels, 2);
}

/** Labels on a scale of doublings; none at all stands one doubling before the fewest. */
function labelAxis(points: readonly Point[]): { readonly axis: Axis; at(point: Point): number } {
  const counts = points.map(({ labels }) => labels).filter((labels) => labels > 0);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const none = points.some(({ labels }) => labels === 0);
  const from = Math.log2(least) - (none ? 1.5 : 0);
  const to = Math.max(Math.log2(most), from + 1);
  const wanted = Math.max(1, Math.round((to - from) / 5));
  const ticks: [number, string][] = none ? [[from, '0']] : [];
  for (let at = Math.ceil(Math.log2(least)); at <= to; at += wanted) ticks.push([at, `${2 ** at}`]);
  return {
    axis: { label: 'labelled traces', from, to, ticks },
    at: ({ labels }) => (labels === 0 ? from : Math.log2(labels)),
  };
}
