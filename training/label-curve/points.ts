/** Cells of all seeds become points of a curve, and points become findings. */
import type { Cell, Chooser } from './cells.ts';
import type { Tolerance } from './learn-and-pick.ts';

export interface Point {
  readonly site: string;
  readonly start: string;
  readonly chooser: Chooser;
  readonly amount: string;
  readonly seeds: number;
  /** Means over the seeds. */
  readonly labels: number;
  /** Of the labels that were there. */
  readonly share: number;
  readonly hitRateMs: Readonly<Record<Tolerance, Spread>>;
}

export interface Spread {
  readonly mean: number;
  /** Standard deviation over the seeds; 0 of one. */
  readonly deviation: number;
}

export function pointsOf(cells: readonly Cell[]): readonly Point[] {
  const groups = Map.groupBy(cells, ({ site, start, chooser, amount }) =>
    JSON.stringify([site, start, chooser, amount]),
  );
  return [...groups.values()].map((group) => {
    const { site, start, chooser, amount, hitRateMs } = group[0];
    const mean = (value: (cell: Cell) => number) => spreadOf(group.map(value)).mean;
    return {
      site,
      start,
      chooser,
      amount,
      seeds: group.length,
      labels: mean(({ labels }) => labels),
      share: mean(({ labels, pool }) => labels / pool),
      hitRateMs: Object.fromEntries(
        Object.keys(hitRateMs).map((t) => [t, spreadOf(group.map((cell) => cell.hitRateMs[Number(t) as Tolerance]))]),
      ) as Point['hitRateMs'],
    };
  });
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(square / (values.length - 1)) : 0 };
}

/** As many labels first as there are. */
export const byLabels = (a: Point, b: Point): number => a.labels - b.labels;

/** Where a start stands furthest above another, of those points both have. */
export interface Lead {
  readonly start: string;
  readonly amount: string;
  readonly labels: number;
  readonly share: number;
  readonly hitRate: number;
  readonly than: number;
}

/** @param most share of the labels that still counts as few */
export function largestLead(
  points: readonly Point[],
  than: string,
  tolerance: Tolerance,
  most: number,
): Lead | undefined {
  const base = new Map(points.filter(({ start }) => start === than).map((point) => [point.amount, point]));
  const leads = points.flatMap((point): Lead[] => {
    const other = base.get(point.amount);
    if (point.start === than || !other || point.share > most || point.labels === 0) return [];
    const { start, amount, labels, share } = point;
    return [
      { start, amount, labels, share, hitRate: point.hitRateMs[tolerance].mean, than: other.hitRateMs[tolerance].mean },
    ];
  });
  return leads.sort((a, b) => b.hitRate - b.than - (a.hitRate - a.than))[0];
}

/** Labels that another start takes for a hit rate of this one. */
export interface Saving {
  readonly start: string;
  readonly labels: number;
  readonly hitRate: number;
  readonly than: { readonly labels: number; readonly hitRate: number };
}

/** Where another start needs the smallest part of the labels for a hit rate that `than` does not reach with fewer. */
export function largestSaving(points: readonly Point[], than: string, tolerance: Tolerance): Saving | undefined {
  const rate = ({ hitRateMs }: Point) => hitRateMs[tolerance].mean;
  const own = points.filter(({ start }) => start === than).sort(byLabels);
  const heights = own.filter((point, i) => own.slice(0, i).every((before) => rate(before) < rate(point)));
  const savings = heights.flatMap((height): Saving[] => {
    const best = points.filter((point) => point.start !== than && rate(point) >= rate(height)).sort(byLabels)[0];
    if (!best) return [];
    const { start, labels } = best;
    return [{ start, labels, hitRate: rate(best), than: { labels: height.labels, hitRate: rate(height) } }];
  });
  const part = ({ labels, than }: Saving) => Math.max(1, labels) / than.labels;
  return savings.sort((a, b) => part(a) - part(b))[0];
}
