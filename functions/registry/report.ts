/** What a report of `firstbreak train evaluate` (accuracy.json) says of one model: the numbers that the gate compares, site by site. */
import type { Manifest } from '#shared/model/manifest.ts';
import { RegistryError } from '#shared/model/release.ts';

const ACCURACY_SCHEMA = 'firstbreak.accuracy/1';

export interface SiteNumbers {
  /** What makes two measurements one test: shots, labels, tolerance, convention, seed of the noise. */
  readonly set: string;
  readonly labelled: number;
  /** Share of the labelled traces with a pick within the site's tolerance. */
  readonly hitRate: number;
  readonly coverage: number;
  /** Expected calibration error; undefined without picks. */
  readonly calibrationError: number | undefined;
  /** The weights have learnt from this site: its numbers say nothing. */
  readonly learnt: boolean;
}

/** What is read of the report; the rest is for people. */
interface Accuracy {
  readonly schema: string;
  readonly seed: number;
  readonly sites: readonly {
    readonly site: string;
    readonly shots: number;
    readonly traces: number;
    readonly labelled: number;
    readonly toleranceMs: number;
    readonly convention: string;
  }[];
  readonly results: readonly {
    readonly site: string;
    readonly runs: readonly {
      readonly model?: { readonly sha256: string; readonly trainedOn: readonly string[] };
      readonly agreement: { readonly hitRateMs: Readonly<Record<string, number>>; readonly coverage: number };
      readonly reliability: { readonly expectedError?: number };
    }[];
  }[];
}

/** @throws RegistryError `refused` when it is no report, or one of other models */
export function numbersOf(report: Uint8Array, { name, artefacts }: Manifest, where: string): Map<string, SiteNumbers> {
  const { seed, sites, results } = accuracyIn(report, where);
  const [{ sha256: weights }] = artefacts;
  const numbers = new Map<string, SiteNumbers>();
  for (const { site, runs } of results) {
    const run = runs.find(({ model }) => model && model.sha256.length >= 12 && weights.startsWith(model.sha256));
    const facts = sites.find((each) => each.site === site);
    if (!run || !facts) continue;
    const { shots, traces, labelled, toleranceMs, convention } = facts;
    numbers.set(site, {
      set: JSON.stringify({ seed, shots, traces, labelled, toleranceMs, convention }),
      labelled,
      hitRate: run.agreement.hitRateMs[toleranceMs],
      coverage: run.agreement.coverage,
      calibrationError: run.reliability.expectedError,
      learnt: run.model!.trainedOn.includes(site),
    });
  }
  if (numbers.size === 0)
    throw new RegistryError(
      'refused',
      where,
      `expected a report on ${name} (${weights.slice(0, 12)}), found none of it`,
    );
  return numbers;
}

function accuracyIn(report: Uint8Array, where: string): Accuracy {
  let found: Partial<Accuracy> | null = null;
  try {
    found = JSON.parse(new TextDecoder().decode(report));
  } catch {
    // said below
  }
  if (found?.schema !== ACCURACY_SCHEMA || !Array.isArray(found.sites) || !Array.isArray(found.results))
    throw new RegistryError('refused', where, `expected schema ${ACCURACY_SCHEMA}, found ${found?.schema ?? 'none'}`);
  return found as Accuracy;
}
