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

/** The fewest labels with which another start is as good as `than` is with its most. */
export interface Saving {
  readonly start: string;
  readonly labels: number;
  readonly hitRate: number;
  readonly than: { readonly labels: number; readonly hitRate: number };
}

export function largestSaving(points: readonly Point[], than: string, tolerance: Tolerance): Saving | undefined {
  const last = points
    .filter(({ start }) => start === than)
    .sort(byLabels)
    .at(-1);
  if (!last) return undefined;
  const hitRate = last.hitRateMs[tolerance].mean;
  const best = points
    .filter((point) => point.start !== than && point.hitRateMs[tolerance].mean >= hitRate)
    .sort(byLabels)[0];
  return (
    best && {
      start: best.start,
      labels: best.labels,
      hitRate: best.hitRateMs[tolerance].mean,
      than: { labels: last.labels, hitRate },
    }
  );
}
