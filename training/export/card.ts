/** `CARD.md` of a model folder: its manifest as a page to read. Nothing stands there that is not in the manifest. */
import type { Manifest, Metric } from '#shared/model/manifest.ts';

export function cardOf(manifest: Manifest): string {
  const { name, pick, sampleIntervalMs, calibration, calibratedOn, metrics, limits, training, artefacts } = manifest;
  const [least, most] = [sampleIntervalMs.least, sampleIntervalMs.most].map(number);
  return [
    `# ${name}`,
    '',
    `Finds first breaks in windows of a gather: ${manifest.weights.toLocaleString('en')} weights, ` +
      `${number(manifest.multiplicationsPerTrace / 1e6)} million multiplications a trace and window. ` +
      `A pick is the ${pick.convention}: ${pick.label}.`,
    '',
    '## What it learnt from',
    '',
    ...rows([
      ['data', training.data],
      ['field sites', training.sites.join(', ') || 'none'],
      ['sample intervals', `${least} to ${most} ms`],
      ['steps', training.steps.toLocaleString('en')],
      ['windows', training.windows.toLocaleString('en')],
      ['seed', `${training.seed}`],
      ['time', training.hours === undefined ? 'not noted' : `${number(training.hours)} hours`],
      ['machine', training.machine ?? 'not noted'],
    ]),
    '',
    '## How good it is',
    '',
    ...(metrics.length > 0 ? metricTable(metrics) : ['Not measured.']),
    '',
    calibration.length > 0
      ? `Confidence is calibrated on ${calibratedOn.join(', ') || 'synthetic shots'}: of ten picks with confidence 0.9, nine are meant to be good.`
      : 'Confidence is that of the neural picker itself, whose three weights were fitted on open field and on synthetic gathers; this model adds no calibration of its own.',
    '',
    '## Where it fails',
    '',
    ...(limits.length > 0 ? limits.map((limit) => `- ${limit}`) : ['Not noted.']),
    '',
    '## Files',
    '',
    ...artefacts.map(
      ({ file, kind, precision, bytes, sha256 }) =>
        `- \`${file}\`: ${kind.toUpperCase()}, ${precision}, ${bytes.toLocaleString('en')} bytes, SHA-256 \`${sha256}\``,
    ),
    '- `golden.json`: small gathers and the scores this model gives them, by which a runtime checks itself',
    '- `manifest.json`: all of the above, and the settings of the training',
    '',
  ].join('\n');
}

/** One row for each data set, one column for each metric, in the order they are met. */
function metricTable(metrics: readonly Metric[]): string[] {
  const names = [...new Set(metrics.map(({ name }) => name))];
  const sets = [...new Set(metrics.map(({ data }) => data))];
  const value = (data: string, name: string) =>
    metrics.find((metric) => metric.data === data && metric.name === name)?.value;
  return [
    `| measured on | ${names.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(names.length)}`,
    ...sets.map((data) => `| ${[data, ...names.map((name) => number(value(data, name)))].join(' | ')} |`),
  ];
}

const rows = (pairs: readonly (readonly [string, string])[]): string[] => [
  '| | |',
  '| --- | --- |',
  ...pairs.map(([left, right]) => `| ${left} | ${right} |`),
];

/** Three digits that count. */
const number = (value: number | undefined): string =>
  value === undefined ? '' : Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 6 });
