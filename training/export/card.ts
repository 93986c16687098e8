/** `CARD.md` of a model folder: its manifest as a page to read. Nothing stands there that is not in the manifest. */
import type { Kind, Manifest, Metric } from '#shared/model/manifest.ts';

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
      ({ file, kind, precision, bytes, sha256, windowTraces }) =>
        `- \`${file}\`: ${KIND_WORDS[kind]}, ${precision}, ${bytes.toLocaleString('en')} bytes, SHA-256 \`${sha256}\`` +
        (windowTraces === undefined ? '' : `; windows of ${windowTraces} traces unless its input is resized`),
    ),
    '- `golden.json`: small gathers and the scores this model gives them, by which a runtime checks itself',
    '- `manifest.json`: all of the above, and the settings of the training',
    '',
    ...lossesOf(artefacts),
  ].join('\n');
}

const KIND_WORDS: Readonly<Record<Kind, string>> = { onnx: 'ONNX', tflite: 'TFLite' };

/** What the artefacts lose that are not the first one. */
function lossesOf(artefacts: Manifest['artefacts']): readonly string[] {
  const compared = artefacts.filter(({ agreement }) => agreement.length > 0);
  if (compared.length === 0) return [];
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const points = (change: number | undefined) => (change === undefined ? '' : (100 * change).toFixed(2));
  return [
    '## What the smaller files lose',
    '',
    `Picks of each file beside those of \`${artefacts[0].file}\`: the share of the traces that have a pick within 1 ms of it, and the change of`,
    'the hit rate within 5 ms of the people who picked, in points.',
    '',
    '| file | data | within 1 ms | hit rate |',
    '| --- | --- | ---: | ---: |',
    ...compared.flatMap(({ file, agreement }) =>
      agreement.map(
        ({ data, withinOneMs, hitRateChange }) =>
          `| \`${file}\` | ${data} | ${percent(withinOneMs)} | ${points(hitRateChange)} |`,
      ),
    ),
    '',
  ];
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
