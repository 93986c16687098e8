/** Numbers of several runs as one: the mean of seeds with their range, the confidences of all sites together. */
import { expectedError, type Reliability } from '#shared/report/reliability.ts';
import type { Accuracy } from './evaluate.ts';
import type { Measures } from './measures.ts';

/** Mean, least and most of what is known; undefined when nothing is. */
export interface Spread {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  return {
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    least: Math.min(...known),
    most: Math.max(...known),
  };
}

/** Of one number of the runs of a picker on a site. */
export const spreadIn = (
  { results }: Accuracy,
  site: string,
  picker: string,
  number: (run: Measures) => number | undefined,
): Spread | undefined =>
  spreadOf((results.find((result) => result.site === site && result.picker === picker)?.runs ?? []).map(number));

/** All picks of a picker, on all sites and of all seeds; each with the tolerance of its site. */
export function pooledReliability({ results }: Accuracy, picker: string): Reliability {
  const all = results.filter((result) => result.picker === picker).flatMap(({ runs }) => runs);
  const bins = (all[0]?.reliability.bins ?? []).map(({ from, to }, k) => {
    const same = all.map(({ reliability }) => reliability.bins[k]).filter(({ picks }) => picks > 0);
    const picks = same.reduce((sum, bin) => sum + bin.picks, 0);
    const mean = (value: (bin: (typeof same)[number]) => number) =>
      picks === 0 ? undefined : same.reduce((sum, bin) => sum + bin.picks * value(bin), 0) / picks;
    return { from, to, picks, confidence: mean((bin) => bin.confidence!), hitRate: mean((bin) => bin.hitRate!) };
  });
  return { bins, expectedError: expectedError(bins) };
}
