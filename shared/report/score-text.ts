/** A score as a table to read: one line a file and one for all, then the errors. */
import { type Agreement, type Score, TOLERANCES_MS, TOLERANCES_SAMPLES } from './score.ts';

export function scoreText({ files, all, picker }: Score): string {
  const rows = [
    ['file', 'ref', 'picked', ...TOLERANCES_MS.map((t) => `<${t} ms`), 'median', 'bias'],
    ...files.map((file) => line(file.file, file)),
    ...(files.length === 1 ? [] : [line('all', all)]),
  ];
  return [
    `Hit rates in % of the reference picks; median absolute error and mean bias in ms${picker ? `; reference picker ${picker}` : ''}.`,
    '',
    table(rows),
    '',
    `in samples    ${TOLERANCES_SAMPLES.map((t) => `<${t}: ${percent(all.hitRateSamples[t])}`).join('   ')}`,
    `coverage      ${all.picked} of ${all.referencePicks} reference picks (${percent(all.coverage)} %)`,
    `error (ms)    mean absolute ${figure(all.meanAbsolute)}   median absolute ${figure(all.medianAbsolute)}   RMSE ${figure(all.rmse)}`,
    `bias (ms)     mean ${figure(all.biasMean)}   median ${figure(all.biasMedian)}   (picked later than the reference: positive)`,
    `unpicked      ${all.unpicked.picked} of ${all.unpicked.traces} traces that the reference left unpicked were picked`,
    hardpicksLine(all),
    '',
  ].join('\n');
}

const line = (name: string, result: Agreement): string[] => [
  name,
  String(result.referencePicks),
  String(result.picked),
  ...TOLERANCES_MS.map((t) => percent(result.hitRateMs[t])),
  figure(result.medianAbsolute),
  figure(result.biasMean),
];

/** hardpicks counts whole samples, and a missing pick as one at sample 0. */
function hardpicksLine({ hardpicks }: Agreement): string {
  if (!hardpicks) return 'hardpicks     not known: the tables do not tell the sample index of every pick';
  const { HitRate1px, HitRate3px, HitRate5px, HitRate7px, HitRate9px } = hardpicks;
  const rates = [HitRate1px, HitRate3px, HitRate5px, HitRate7px, HitRate9px];
  return (
    `hardpicks     ${rates.map((rate, i) => `HR@${TOLERANCES_SAMPLES[i]}px ${percent(rate)}`).join('   ')}\n` +
    `              MAE ${figure(hardpicks.MeanAbsoluteError)}   RMSE ${figure(hardpicks.RootMeanSquaredError)}   MBE ${figure(hardpicks.MeanBiasError)} px   coverage ${percent(hardpicks.GatherCoverage)}`
  );
}

const percent = (share: number | undefined) => (share === undefined ? '-' : (100 * share).toFixed(1));
const figure = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(2));

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .join('\n');
}
