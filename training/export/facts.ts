/** What is added to a manifest that the run does not know: machine, hours, measured accuracy, where it fails. */
import { RecordError } from '#shared/errors.ts';
import type { Manifest, Metric } from '#shared/model/manifest.ts';
import { numberOption, type OptionTable, type OptionValues, UsageError } from '#shared/options.ts';
import type { Accuracy } from '../evaluate/evaluate.ts';
import { textOf } from '../files.ts';

export const FACT_OPTIONS = {
  machine: { type: 'string', value: 'TEXT', help: 'what the training ran on' },
  hours: { type: 'string', value: 'H', help: 'how long it took (default: as its checkpoints say)' },
  accuracy: { type: 'string', value: 'FILE', help: 'JSON of firstbreak train evaluate: hit rates on field sites' },
  entrant: { type: 'string', value: 'NAME', help: 'with --accuracy: which of several models in it' },
  limits: { type: 'string', value: 'FILE', help: 'where the model fails: a text, one sentence a line' },
} as const satisfies OptionTable;

/** What to make of a manifest. @throws UsageError, RecordError when a file cannot be read */
export function factsOf(values: OptionValues<typeof FACT_OPTIONS>): (manifest: Manifest) => Manifest {
  const hours = numberOption('hours', values.hours, { min: 1e-3, max: 1e6 });
  const limits = values.limits === undefined ? undefined : linesOf(textOf(values.limits));
  const report = values.accuracy === undefined ? undefined : accuracyIn(values.accuracy);
  const measured = report ? fieldMetrics(report, values.entrant) : [];
  const digests = report?.results.flatMap(({ runs }) => runs.flatMap(({ model }) => model?.sha256 ?? [])) ?? [];
  const sets = new Set(measured.map(({ data }) => data));
  return (manifest) => {
    const own = manifest.artefacts[0]?.sha256 ?? '';
    if (report && !digests.some((digest) => own.startsWith(digest)))
      throw new UsageError(`--accuracy: expected a report on ${manifest.name} (${own.slice(0, 12)}), found none of it`);
    return {
      ...manifest,
      ...(limits && { limits }),
      metrics: [...manifest.metrics.filter(({ data }) => !sets.has(data)), ...measured],
      training: {
        ...manifest.training,
        ...(hours !== undefined && { hours }),
        ...(values.machine !== undefined && { machine: values.machine.replace(/[|\s]+/g, ' ') }),
      },
    };
  };
}

const linesOf = (text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Hit rates within each site's tolerances and coverage, means over seeds; the evaluation lets no model near a site it has seen. */
function fieldMetrics({ pickers, results, sites }: Accuracy, entrant: string | undefined): readonly Metric[] {
  const models = pickers.filter(({ kind }) => kind === 'model').map(({ name }) => name);
  const name = entrant ?? models[0];
  if (!models.includes(name) || (entrant === undefined && models.length > 1))
    throw new UsageError(`--entrant: expected one of ${models.join(', ') || 'no model'}, found '${entrant ?? ''}'`);
  return results
    .filter(({ picker }) => picker === name)
    .flatMap(({ site, runs }) => {
      const seeds = runs.length > 1 ? `, mean of ${runs.length} seeds` : '';
      const data = `${site}, never learnt from${seeds}`;
      const metric = (of: string, values: readonly (number | undefined)[]): Metric[] => {
        const known = values.filter((value) => value !== undefined);
        const value = known.reduce((sum, each) => sum + each, 0) / known.length;
        return known.length > 0 ? [{ name: of, value, data }] : [];
      };
      const agreements = runs.map(({ agreement }) => agreement);
      const { tolerancesMs } = sites.find((each) => each.site === site)!;
      return [
        ...tolerancesMs.flatMap((t) =>
          metric(
            `within ${t} ms`,
            agreements.map(({ hitRateMs }) => hitRateMs[t]),
          ),
        ),
        ...metric(
          'picked',
          agreements.map(({ coverage }) => coverage),
        ),
      ];
    });
}

function accuracyIn(path: string): Accuracy {
  let found: Partial<Accuracy> | null = null;
  try {
    found = JSON.parse(textOf(path));
  } catch (error) {
    if (error instanceof RecordError) throw error;
  }
  if (found?.schema !== 'firstbreak.accuracy/1')
    throw new RecordError('malformed', path, `expected schema firstbreak.accuracy/1, found ${found?.schema ?? 'none'}`);
  return found as Accuracy;
}
