/** The whole evaluation, top to bottom: every shot of every site, every picker, every trial; then the numbers. */
import type { RecordError } from '#shared/errors.ts';
import type { Agreement } from '#shared/report/score.ts';
import { readSite } from '../data/site.ts';
import { type Entrant, foldersFor, type OpenedPicker, openEntrant } from './entrants.ts';
import { type Measures, measure } from './measures.ts';
import type { ModelFacts } from './model-picker.ts';
import { withoutFlat } from './outcomes.ts';
import { secondPass } from './people.ts';
import { periodOf } from './signal-to-noise.ts';
import type { Site, SiteFacts } from './sites.ts';
import { NOISE_DRAWS, type Observed, observe, type Trial, trialOf } from './trials.ts';

export const ACCURACY_SCHEMA = 'firstbreak.accuracy/1';

/** What is written beside the report: all its numbers. Shares are 0–1. */
export interface Accuracy {
  readonly schema: typeof ACCURACY_SCHEMA;
  /** Of noise, and of which channels die. */
  readonly seed: number;
  readonly noiseDraws: number;
  readonly sites: readonly SiteReport[];
  /** In the order of the tables. */
  readonly pickers: readonly { readonly name: string; readonly kind: 'classical' | 'model' }[];
  readonly results: readonly Result[];
}

export interface SiteReport extends SiteFacts {
  readonly shots: number;
  readonly traces: number;
  /** Traces that people picked, without those that recorded nothing. */
  readonly labelled: number;
  readonly flat: number;
  readonly unpicked: number;
  readonly sampleIntervalsMs: readonly number[];
  /** Medians over shots, and over labelled traces. */
  readonly periodMs: number | undefined;
  readonly signalToNoiseDb: number | undefined;
  /** The second person who picked, against the first, on the traces that both picked. */
  readonly secondPerson: Agreement | undefined;
}

export interface Result {
  readonly site: string;
  readonly picker: string;
  /** One a seed. */
  readonly runs: readonly (Measures & { readonly model?: ModelFacts })[];
}

export interface EvaluateOptions {
  /** @default 1 */
  readonly seed?: number;
  /** Told of each file that could not be read. */
  readonly failed?: (error: RecordError) => void;
  readonly onShot?: (site: string, shots: number) => void;
}

export async function evaluate(
  sites: readonly Site[],
  entrants: readonly Entrant[],
  options: EvaluateOptions = {},
): Promise<Accuracy> {
  // What cannot be measured is told before hours have gone into the rest.
  for (const site of sites) for (const entrant of entrants) foldersFor(entrant, site);
  const done: Awaited<ReturnType<typeof evaluateSite>>[] = [];
  for (const site of sites) done.push(await evaluateSite(site, entrants, options));
  return {
    schema: ACCURACY_SCHEMA,
    seed: options.seed ?? 1,
    noiseDraws: NOISE_DRAWS,
    sites: done.map(({ report }) => report),
    pickers: entrants.map(({ name, folders }) => ({ name, kind: folders.length === 0 ? 'classical' : 'model' })),
    results: done.flatMap(({ results }) => results),
  };
}

async function evaluateSite(site: Site, entrants: readonly Entrant[], { seed = 1, failed, onShot }: EvaluateOptions) {
  const runs: { readonly entrant: Entrant; readonly opened: OpenedPicker; readonly seen: Observed[] }[] = [];
  try {
    for (const entrant of entrants)
      for (const opened of await openEntrant(entrant, site)) runs.push({ entrant, opened, seen: [] });
    const census = censusOf(site);
    let number = 0;
    for await (const read of readSite(site.path, failed ? { failed } : {})) {
      const trial = trialOf(withoutFlat(read), seed, number++);
      census.count(trial);
      for (const { opened, seen } of runs) seen.push(await observe(trial, opened.picker, site.convention));
      onShot?.(site.site, number);
    }
    const results = entrants.map(
      (entrant): Result => ({
        site: site.site,
        picker: entrant.name,
        runs: runs
          .filter((run) => run.entrant === entrant)
          .map(({ opened: { model }, seen }) => ({ ...(model && { model }), ...measure(seen, site) })),
      }),
    );
    return { report: census.report(), results };
  } finally {
    for (const { opened } of runs) await opened.close();
  }
}

function censusOf(site: Site) {
  const counts = { onset: 0, dead: 0, unknown: 0 };
  const intervals = new Set<number>();
  const periods: number[] = [];
  const levels: number[] = [];
  let shots = 0;
  return {
    count({ labelled, signalToNoise }: Trial): void {
      shots++;
      intervals.add(labelled.shot.sampleInterval);
      periods.push(...[periodOf(labelled)].filter((period) => period !== undefined));
      levels.push(...signalToNoise.filter((level) => level !== undefined));
      for (const { kind } of labelled.labels) counts[kind]++;
    },
    report(): SiteReport {
      const { path: _, ...facts } = site;
      return {
        ...facts,
        shots,
        traces: counts.onset + counts.dead + counts.unknown,
        labelled: counts.onset,
        flat: counts.dead,
        unpicked: counts.unknown,
        sampleIntervalsMs: [...intervals].sort((a, b) => a - b),
        periodMs: middle(periods),
        signalToNoiseDb: middle(levels),
        secondPerson: secondPass(site),
      };
    },
  };
}

const middle = (values: readonly number[]): number | undefined => [...values].sort((a, b) => a - b)[values.length >> 1];
