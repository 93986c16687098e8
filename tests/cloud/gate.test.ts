/** The gate before `stable`: what passes, what does not, and that each measure alone is enough to be refused. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Contender, judge, TOLERANCES, tableOf } from '#functions/registry/gate.ts';
import { licencesOf } from '#functions/registry/licences.ts';
import type { ModelFiles } from '#shared/model/release.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => JSON.parse(readFileSync(resolve(root, file), 'utf8'));
const MANIFEST = 'shared/models/picker-1/manifest.json';

interface Run {
  readonly model?: { readonly sha256: string; readonly trainedOn: readonly string[] };
  readonly agreement: { readonly hitRateMs: Record<string, number>; readonly coverage: number };
  readonly reliability: { readonly expectedError: number };
}
interface Report {
  readonly seed: number;
  readonly sites: readonly Record<string, unknown>[];
  readonly results: readonly { readonly site: string; readonly runs: readonly Run[] }[];
}
type Part = (run: Run) => Partial<Run>;

/** The shipped model with its report, changed. */
function contender(
  change: (report: Report) => object = (report) => report,
  { manifest = (it: Record<string, unknown>) => it as object, windowMs = 10 } = {},
): Contender {
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const files: ModelFiles = new Map([
    ['manifest.json', bytes(manifest(read(MANIFEST)))],
    ['accuracy.json', bytes(change(read('docs/accuracy.json')))],
  ]);
  return { name: 'model', files, windowMs };
}

/** The runs of one site changed. */
const runsOf =
  (wanted: string, change: Part) =>
  (report: Report): object => ({
    ...report,
    results: report.results.map(({ site, runs, ...rest }) => ({
      ...rest,
      site,
      runs: site === wanted ? runs.map((run) => ({ ...run, ...change(run) })) : runs,
    })),
  });
const hits =
  (by: number): Part =>
  ({ agreement }) => ({
    agreement: {
      ...agreement,
      hitRateMs: Object.fromEntries(Object.entries(agreement.hitRateMs).map(([t, rate]) => [t, rate + by])),
    },
  });
const worseIn = (candidate: Contender) =>
  judge(contender(), candidate)
    .rows.filter(({ passes }) => !passes)
    .map(({ what, because }) => (because ? `${what} (${because})` : what));

describe('the gate', () => {
  it('lets a model pass that is as good, within what two seeds of one training differ by', () => {
    const { rows, passes } = judge(contender(), contender());
    expect(passes).toBe(true);
    expect(rows).toHaveLength(5 * 3 + 3);
    expect(worseIn(contender(runsOf('geostack-48ch', hits(-0.019))))).toEqual([]);
    expect(worseIn(contender(runsOf('geostack-48ch', hits(+0.1))))).toEqual([]);
    // Two of 120 labelled traces are less than two points.
    expect(worseIn(contender(runsOf('refrapy-field-01', hits(-2 / 120))))).toEqual([]);
  });

  it.each<[string, Contender, readonly string[]]>([
    ['hits of one site', contender(runsOf('geostack-48ch', hits(-0.021))), ['geostack-48ch: hits']],
    [
      'picked traces',
      contender(
        runsOf('deepfb-obs', ({ agreement }) => ({ agreement: { ...agreement, coverage: agreement.coverage - 0.03 } })),
      ),
      ['deepfb-obs: picked'],
    ],
    [
      'confidence',
      contender(
        runsOf('flinchum-sh-line', ({ reliability }) => ({
          reliability: { expectedError: reliability.expectedError + 0.04 },
        })),
      ),
      ['flinchum-sh-line: calibration error'],
    ],
    ['time', contender(undefined, { windowMs: 16 }), ['64 traces']],
    [
      'size',
      contender(undefined, {
        manifest: (m) => ({
          ...m,
          artefacts: (m.artefacts as { bytes: number }[]).map((each) => ({ ...each, bytes: 2 * each.bytes })),
        }),
      }),
      ['weights'],
    ],
    [
      'all sites a little',
      contender((report) =>
        report.sites.reduce<object>((changed, { site }) => runsOf(`${site}`, hits(-0.015))(changed as Report), report),
      ),
      ['all sites: hits'],
    ],
    [
      'a site that was left out',
      contender((report) => ({ ...report, results: report.results.filter(({ site }) => site !== 'deepfb-obs') })),
      ['deepfb-obs: hits (not measured)'],
    ],
    [
      'other labels of a site',
      contender((report) => ({
        ...report,
        sites: report.sites.map((site) => (site.site === 'deepfb-obs' ? { ...site, labelled: 600 } : site)),
      })),
      ['deepfb-obs: hits (another set of shots, labels or settings)'],
    ],
    [
      'a site that it learnt from',
      contender(
        runsOf('geostack-48ch', ({ model }) => (model ? { model: { ...model, trainedOn: ['geostack-48ch'] } } : {})),
      ),
      ['geostack-48ch: hits (the candidate has learnt from it)'],
    ],
  ])('refuses for %s alone', (_, candidate, expected) => {
    expect(worseIn(candidate)).toEqual(expected);
  });

  it('asks for a report, and one of this very model', () => {
    const { files, ...rest } = contender();
    const bare = { ...rest, files: new Map([...files].filter(([file]) => file !== 'accuracy.json')) };
    expect(() => judge(contender(), bare)).toThrow(/model: expected accuracy\.json of firstbreak train evaluate/);
    const other = contender((report) => ({
      ...report,
      results: report.results.map((each) => ({ ...each, runs: [] })),
    }));
    expect(() => judge(contender(), other)).toThrow(/expected a report on picker-1 \(cd6e6a871442\), found none of it/);
    const nonsense = { ...rest, files: new Map([...files, ['accuracy.json', new Uint8Array(3)]]) };
    expect(() => judge(contender(), nonsense)).toThrow(/expected schema firstbreak\.accuracy\/1, found none/);
  });

  it('prints a table that says what is worse', () => {
    const verdict = judge(contender(), contender(runsOf('geostack-48ch', hits(-0.05))), TOLERANCES);
    const lines = tableOf(verdict).split('\n');
    expect(lines).toHaveLength(verdict.rows.length + 1);
    expect(lines.find((line) => line.startsWith('geostack-48ch: hits'))).toMatch(
      /^geostack-48ch: hits +86\.93 % +81\.93 % +84\.93 % +worse$/,
    );
    expect(lines.at(-1)).toMatch(/^weights +999,778 +999,778 +1,499,667$/);
  });
});

describe('licences of data', () => {
  it('come from the table of sites, without those for evaluation only, and from words', async () => {
    const table = resolve(root, 'training/evaluate/open-sites.json');
    const licences = await licencesOf([table], ['own-crew=ours', 'geostack-48ch = asked by mail']);
    expect(licences.get('refrapy-field-01')).toBe('MIT-style');
    expect(licences.get('own-crew')).toBe('ours');
    expect(licences.get('geostack-48ch')).toBe('asked by mail');
    expect(licences.has('deepfb-obs')).toBe(false);
    await expect(licencesOf([], ['hello'])).rejects.toThrow(/--licence: expected SITE=LICENCE, found 'hello'/);
    await expect(licencesOf([resolve(root, MANIFEST)], [])).rejects.toThrow(/expected schema firstbreak\.sites\/1/);
  });
});
