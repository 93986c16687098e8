/** The report that people read, made of the numbers in the JSON beside it and of nothing else. */
import type { Agreement } from '#shared/report/score.ts';
import { TOLERANCES_SAMPLES } from '#shared/report/score.ts';
import { NOISE_LEVEL } from './changed-shots.ts';
import { SINGLE_TRACE } from './entrants.ts';
import type { Accuracy, SiteReport } from './evaluate.ts';
import type { Measures } from './measures.ts';
import { PICTURES } from './plots.ts';
import { pooledReliability, type Spread, spreadIn, spreadOf } from './pooled.ts';

/** @param plots folder of the pictures, as the report names it */
export function reportOf(accuracy: Accuracy, plots: string): string {
  return [
    heading(),
    sites(accuracy),
    models(accuracy),
    hitRates(accuracy),
    errors(accuracy, plots),
    signalToNoise(accuracy, plots),
    noise(accuracy),
    coarser(accuracy),
    confidence(accuracy, plots),
    dead(accuracy),
    hardpicks(accuracy),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const heading = () => `# Accuracy

Made by \`firstbreak train evaluate\`, which measures everything on this page again and writes it; [evaluation.md](evaluation.md) says how. The
JSON beside this page holds all numbers.

Pickers are held against people. Neither weights nor calibration of a model know the site it is measured on, or the evaluation stops. One
setting serves all sites; but the constants of the classical picker, which also guides the models, those by which the neural picker tries
other guides and weighs its confidence, and those of the conventions were chosen by people who looked at the open sites, so expect somewhat less
elsewhere. A hit is strict, \`|error| < tolerance\`. Every live trace that a person picked
counts, and a trace without a pick is a miss. Where people went by another convention than the onset, the picks of every picker were brought to it
(\`--convention\` of \`firstbreak pick\`). Where a model was trained several times from different seeds, the number is the mean, and the range of
the seeds follows in brackets. Shares are in percent, times in milliseconds.
`;

function sites({ sites: all }: Accuracy): string {
  return section(
    'Sites',
    table(
      [
        'site',
        'what',
        'wave',
        'convention',
        'shots',
        'picked by a person',
        'left unpicked',
        'interval',
        'period',
        'S/N (dB)',
        'licence',
      ],
      all.map((site) => [
        site.from ? `${site.site} (${site.from})` : site.site,
        site.about,
        site.wave,
        site.convention,
        `${site.shots}`,
        `${site.labelled}`,
        `${site.unpicked}`,
        site.sampleIntervalsMs.join(', '),
        decimals(site.periodMs, 0),
        decimals(site.signalToNoiseDb, 0),
        `${site.licence}${site.training ? '' : '; evaluation only'}`,
      ]),
    ),
    `Period: median over shots, by zero crossings behind the picks. S/N: root mean square of one period behind the pick against that of up to
four periods before it, median over traces. Traces that recorded nothing (${all.reduce((sum, { flat }) => sum + flat, 0)} of all) count as dead even where a
person drew a line through them.`,
  );
}

function models({ sites: all, results }: Accuracy): string {
  const rows = all.flatMap(({ site }) =>
    results
      .filter((result) => result.site === site)
      .flatMap(({ picker, runs }) =>
        runs.flatMap(({ model }) =>
          model
            ? [
                [
                  site,
                  picker,
                  model.name,
                  `\`${model.sha256}\``,
                  `${model.seed}`,
                  `${model.steps}`,
                  model.trainedOn.join(', ') || 'synthetic shots only',
                  model.calibratedOn.join(', ') || '–',
                ],
              ]
            : [],
        ),
      ),
  );
  if (rows.length === 0) return '';
  return section(
    'Models',
    table(
      [
        'measured on',
        'picker',
        'name',
        'SHA-256',
        'seed',
        'steps',
        'field sites in its training',
        'in its calibration',
      ],
      rows,
    ),
  );
}

function hitRates(accuracy: Accuracy): string {
  const byConvention = groups(accuracy.sites).map(([tolerances, members]) =>
    table(
      ['site', 'picker', ...tolerances.map((t) => `< ${t} ms`), 'traces'],
      members.flatMap((site) => [
        ...accuracy.pickers.map(({ name }) => [
          site.site,
          name,
          ...tolerances.map((t) => spread(accuracy, site, name, (run) => run.agreement.hitRateMs[t])),
          `${site.labelled}`,
        ]),
        ...(site.secondPerson
          ? [
              [
                site.site,
                'second person',
                ...tolerances.map((t) => percent(site.secondPerson?.hitRateMs[t])),
                `${site.secondPerson.referencePicks}`,
              ],
            ]
          : []),
      ]),
    ),
  );
  const others = accuracy.sites.filter(({ convention }) => convention !== 'onset');
  const asOnsets = groups(others).map(([tolerances, members]) =>
    table(
      ['site', 'onsets of', ...tolerances.map((t) => `< ${t} ms`)],
      members.flatMap((site) =>
        accuracy.pickers.map(({ name }) => [
          site.site,
          name,
          ...tolerances.map((t) => spread(accuracy, site, name, (run) => run.onsets?.hitRateMs[t])),
        ]),
      ),
    ),
  );
  return section(
    'Hit rates',
    ...byConvention,
    'The second person is another pass over the same shots, held against the first on the traces that both picked.',
    ...(others.length > 0
      ? [
          'Where people went by another convention, the onsets as they were picked, before they were brought to it, would give:',
          ...asOnsets,
        ]
      : []),
  );
}

/** Sites of the same tolerances share a table. */
const groups = (sites: readonly SiteReport[]): readonly (readonly [readonly number[], readonly SiteReport[]])[] =>
  [...Map.groupBy(sites, ({ tolerancesMs }) => tolerancesMs.join())].map(([, members]) => [
    members[0].tolerancesMs,
    members,
  ]);

function errors(accuracy: Accuracy, plots: string): string {
  const columns: readonly (readonly [string, (agreement: Agreement) => number | undefined])[] = [
    ['mean absolute', (a) => a.meanAbsolute],
    ['median absolute', (a) => a.medianAbsolute],
    ['RMSE', (a) => a.rmse],
    ['mean bias', (a) => a.biasMean],
    ['median bias', (a) => a.biasMedian],
  ];
  return section(
    'Errors',
    table(
      ['site', 'picker', ...columns.map(([name]) => name), 'coverage', 'unpicked by people, picked'],
      bySite(accuracy, (site, name) => [
        ...columns.map(([, of]) => spread(accuracy, site, name, (run) => of(run.agreement), milliseconds)),
        spread(accuracy, site, name, (run) => run.agreement.coverage),
        spread(accuracy, site, name, ({ agreement: { unpicked } }) =>
          unpicked.traces === 0 ? undefined : unpicked.picked / unpicked.traces,
        ),
      ]),
    ),
    `In milliseconds, over the traces that both picked; later than the person is positive. Coverage: share of the traces picked by a person that
have a pick. Last column: people leave traces out for many reasons, so it is neither good nor bad.`,
    picture('errors.svg', plots),
  );
}

function signalToNoise(accuracy: Accuracy, plots: string): string {
  const words = ['< 0 dB', '0–5', '5–10', '10–20', '20–30', '≥ 30', 'not known'];
  const shown = accuracy.pickers.filter(({ name }) => !SINGLE_TRACE.includes(name));
  return section(
    'By signal-to-noise ratio',
    table(
      ['site', 'picker', ...words],
      accuracy.sites.flatMap((site) => {
        const bins = accuracy.results.find((result) => result.site === site.site)?.runs[0]?.bySignalToNoise ?? [];
        return [
          [site.site, 'traces', ...bins.map(({ traces }) => `${traces}`)],
          ...shown.map(({ name }) => [
            site.site,
            name,
            ...words.map((_, i) =>
              spread(accuracy, site, name, (run) => run.bySignalToNoise[i].hitRateMs[site.toleranceMs], percent, false),
            ),
          ]),
        ];
      }),
    ),
    `Hit rates within the site's tolerance (${toleranceWords(accuracy)}). Not known: the record begins too near before the break. A person who
was wrong on a trace makes its ratio low too.`,
    picture('signal-to-noise.svg', plots),
  );
}

function noise(accuracy: Accuracy): string {
  const lost = (run: Measures): number | undefined =>
    run.noise.without === undefined || run.noise.with === undefined ? undefined : run.noise.without - run.noise.with;
  const [first] = accuracy.pickers;
  return section(
    'With noise added',
    table(
      ['site', 'picker', 'as recorded', 'with noise', 'lost', `of what ${first?.name} loses`],
      bySite(accuracy, (site, name) => {
        const usual = spreadIn(accuracy, site.site, first.name, lost)?.mean;
        return [
          spread(accuracy, site, name, (run) => run.noise.without),
          spread(accuracy, site, name, (run) => run.noise.with),
          spread(accuracy, site, name, lost),
          usual && !SINGLE_TRACE.includes(name)
            ? spread(accuracy, site, name, (run) => (lost(run) ?? 0) / usual, percent, false)
            : '–',
        ];
      }),
    ),
    `Hit rates within the site's tolerance (${toleranceWords(accuracy)}), as they are and with noise of a random band: the 20 ms behind each break
lie ${-NOISE_LEVEL} dB below it. Mean of ${accuracy.noiseDraws} draws.`,
  );
}

function coarser(accuracy: Accuracy): string {
  const [result] = accuracy.results;
  const kinds = result?.runs[0]?.coarser.map(({ how }) => how) ?? [];
  const shown = accuracy.pickers.filter(({ name }) => !SINGLE_TRACE.includes(name));
  return section(
    'Other intervals and widths',
    table(
      ['site', 'picker', ...kinds.flatMap((how) => [`${how}: < ½ sample`, '≤ 1 ms'])],
      accuracy.sites.flatMap((site) =>
        shown.map(({ name }) => [
          site.site,
          name,
          ...kinds.flatMap((_, i) => [
            spread(accuracy, site, name, (run) => run.coarser[i].withinHalfSample),
            spread(accuracy, site, name, (run) => run.coarser[i].withinOneMs),
          ]),
        ]),
      ),
    ),
    `The same shot with fewer samples (band-limited) or traces: share of the traces picked by a person whose two picks agree within half a sample of
the coarser record, and within 1 ms; two skips agree as well. Shots whose period would have fewer than four samples left are not asked.`,
  );
}

function confidence(accuracy: Accuracy, plots: string): string {
  const clean = accuracy.sites.filter((site) => site.clean).map(({ site }) => site);
  return section(
    'Confidence',
    table(
      ['picker', ...accuracy.sites.map(({ site }) => site), 'mean of sites', 'all picks together'],
      accuracy.pickers.map(({ name }) => {
        const means = accuracy.sites.map(
          ({ site }) => spreadIn(accuracy, site, name, (run) => run.reliability.expectedError)?.mean,
        );
        return [
          name,
          ...accuracy.sites.map((site) => spread(accuracy, site, name, (run) => run.reliability.expectedError, share)),
          share(spreadOf(means)?.mean),
          share(pooledReliability(accuracy, name).expectedError),
        ];
      }),
    ),
    `Expected calibration error (ten equal bins): how far confidence and the share of hits within the site's tolerance are apart, 0 to 1. Chance
alone makes 0.02 to 0.09 of it on a site of 120 traces, 0.01 to 0.03 on one of 1,400, more the wider confidences are spread.`,
    picture('reliability.svg', plots),
    table(
      ['picker', ...accuracy.sites.map(({ site }) => site)],
      accuracy.pickers.map(({ name }) => [
        name,
        ...accuracy.sites.map((site) => spread(accuracy, site, name, (run) => run.abstention.hitRateAt95)),
      ]),
    ),
    `Hit rate of the picks that are left when the least confident ones are left out until 95 % of the traces keep one; – where fewer were picked at
all.${clean.length > 0 ? ` First breaks of ${clean.join(' and ')} can be seen by anybody.` : ''}`,
    picture('abstention.svg', plots),
  );
}

function dead(accuracy: Accuracy): string {
  const kinds = accuracy.results[0]?.runs[0]?.dead.map(({ how }) => how) ?? [];
  const skipped = (i: number) => (run: Measures) =>
    run.dead[i].traces === 0 ? undefined : run.dead[i].skipped / run.dead[i].traces;
  const counts = (site: SiteReport) =>
    accuracy.results.find((result) => result.site === site.site)?.runs[0]?.dead ?? [];
  return section(
    'Dead traces',
    table(
      ['site', 'picker', ...kinds],
      accuracy.sites.flatMap((site) => [
        [site.site, 'traces', ...counts(site).map(({ traces }) => `${traces}`)],
        ...accuracy.pickers.map(({ name }) => [
          site.site,
          name,
          ...kinds.map((_, i) => spread(accuracy, site, name, skipped(i))),
        ]),
      ]),
    ),
    `Share of dead traces that are skipped. Left unpicked: people gave no pick, and the loudest of 32 parts of the record stands no more than 9 dB
above the middle one, 12 dB less than is usual in its shot. The others were made: every eighth trace, from a random one on, replaced by zeros, by
one value, or by noise around the period of the shot.`,
  );
}

function hardpicks(accuracy: Accuracy): string {
  const rates = TOLERANCES_SAMPLES.map((n) => `HitRate${n}px` as const);
  return section(
    'By the definitions of the hardpicks benchmark',
    table(
      ['site', 'picker', ...TOLERANCES_SAMPLES.map((n) => `HR@${n}px`), 'MAE', 'RMSE', 'MBE', 'coverage'],
      bySite(accuracy, (site, name) => [
        ...rates.map((rate) => spread(accuracy, site, name, (run) => run.agreement.hardpicks?.[rate], percent, false)),
        ...(['MeanAbsoluteError', 'RootMeanSquaredError', 'MeanBiasError'] as const).map((error) =>
          spread(
            accuracy,
            site,
            name,
            (run) => run.agreement.hardpicks?.[error],
            (value) => decimals(value, 1),
            false,
          ),
        ),
        spread(accuracy, site, name, (run) => run.agreement.hardpicks?.GatherCoverage, percent, false),
      ]),
    ),
    'In whole samples of the record, whose interval the benchmark does not consider; a trace without a pick counts as picked at sample 0.',
  );
}

const bySite = (accuracy: Accuracy, cells: (site: SiteReport, picker: string) => readonly string[]) =>
  accuracy.sites.flatMap((site) => accuracy.pickers.map(({ name }) => [site.site, name, ...cells(site, name)]));

function spread(
  accuracy: Accuracy,
  { site }: SiteReport,
  picker: string,
  number: (run: Measures) => number | undefined,
  print: (value: number | undefined) => string = percent,
  range = true,
): string {
  const found: Spread | undefined = spreadIn(accuracy, site, picker, number);
  if (!found) return '–';
  const { mean, least, most } = found;
  return print(least) === print(most) || !range ? print(mean) : `${print(mean)} (${print(least)}–${print(most)})`;
}

function toleranceWords({ sites: all }: Accuracy): string {
  const [usual] = [...Map.groupBy(all, ({ toleranceMs }) => toleranceMs)].sort(([, a], [, b]) => b.length - a.length);
  const others = all.filter(({ toleranceMs }) => toleranceMs !== usual?.[0]);
  return [`${usual?.[0]} ms`, ...others.map(({ site, toleranceMs }) => `${site} ${toleranceMs} ms`)].join(', ');
}

const decimals = (value: number | undefined, places: number): string =>
  value === undefined
    ? '–'
    : value
        .toFixed(places)
        .replace(/^-(0\.?0*)$/, '$1')
        .replace('-', '−');
const percent = (value: number | undefined) => decimals(value === undefined ? undefined : 100 * value, 1);
const milliseconds = (value: number | undefined) => decimals(value, 2);
const share = (value: number | undefined) => decimals(value, 3);

const section = (title: string, ...parts: readonly string[]): string => `## ${title}\n\n${parts.join('\n\n')}\n`;
const picture = (file: keyof typeof PICTURES, folder: string): string => `![${PICTURES[file]}](${folder}/${file})`;

/** A number, several, or one with its range; nothing measured. */
const NUMBERS = /^(–|−?\d[\d.,–−() ]*)$/;

/** The first column is said once for the rows that share it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const spare = rows.map((cells, i) => cells.map((cell, k) => (k === 0 && rows[i - 1]?.[0] === cell ? '' : cell)));
  const widths = head.map((word, k) => Math.max(3, word.length, ...spare.map((cells) => cells[k].length)));
  const words = head.map((_, k) => rows.some((cells) => !NUMBERS.test(cells[k])));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, k) => (words[k] ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join(' | ')} |`;
  const rule = widths.map((width, k) => (words[k] ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(' | ')} |`, ...spare.map(line)].join('\n');
}
