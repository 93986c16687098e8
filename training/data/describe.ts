/** `firstbreak train data`: what labelled sites hold, which folds they make, and how augmented shots look. */
import { RecordError } from '#shared/errors.ts';
import { choiceOption, numberOption, UsageError } from '#shared/options.ts';
import { defineCommand, EXIT } from '../command.ts';
import { textOf, writeWhole } from '../files.ts';
import { sheetPng } from '../pictures.ts';
import { diceOf } from '../synthetic/dice.ts';
import { USUAL } from './augment.ts';
import { leaveOneSiteOut } from './folds.ts';
import { readBadGathers } from './hardpicks.ts';
import type { LabelledShot } from './labelled.ts';
import { readSite, type SiteOptions } from './site.ts';

interface Summary {
  readonly site: string;
  shots: number;
  traces: number;
  onset: number;
  dead: number;
  unknown: number;
  readonly intervals: Set<number>;
}

export const command = defineCommand({
  summary: 'what labelled sites hold, and the folds they make',
  usage: 'SITE… [--json] [--sheet FILE.png] [--seed S]',
  about:
    'A SITE is a folder of shots with picks.csv (or one other table that is read, .sgt among them), or a hardpicks HDF5 file.\n' +
    'Says how many shots and labels each holds, and the folds that hold out one site at a time.',
  options: {
    json: { type: 'boolean', help: 'as one JSON object' },
    picker: { type: 'string', value: 'NAME', help: 'whose picks count; else the first row for each trace' },
    'label-field': {
      type: 'string',
      value: 'NAME',
      help: 'hardpicks: SPARE1 to SPARE4 (default: the first with picks)',
    },
    'receiver-digits': {
      type: 'string',
      value: 'N',
      help: 'hardpicks: digits of the receiver in REC_PEG (default 3; Halfmile 4)',
    },
    'bad-gathers': { type: 'string', value: 'FILE.yaml', help: 'hardpicks: list of gathers to leave out, by site' },
    together: { type: 'string', multiple: true, value: 'A,B', help: 'sites to hold out as one' },
    never: { type: 'string', multiple: true, value: 'SITE', help: 'site to test on only' },
    sheet: {
      type: 'string',
      value: 'FILE.png',
      help: 'the first shots of each site, each as it is and augmented three times',
    },
    seed: { type: 'string', value: 'S', help: 'of the augmentations (default 1)' },
  },
  async run({ values, positionals }) {
    if (positionals.length === 0) throw new UsageError('expected at least one site, found none');
    const digits = numberOption('receiver-digits', values['receiver-digits'], { min: 0, max: 9, whole: true });
    const seed = numberOption('seed', values.seed, { min: 0, max: 2 ** 31 - 1, whole: true }) ?? 1;
    const field =
      values['label-field'] === undefined
        ? undefined
        : choiceOption('label-field', values['label-field'], ['SPARE1', 'SPARE2', 'SPARE3', 'SPARE4']);
    const list = values['bad-gathers'];
    const bad = list === undefined ? undefined : readBadGathers(textOf(list), list);
    const sites: Summary[] = [];
    const shown: LabelledShot[] = [];
    let failures = 0;
    for (const path of positionals) {
      const options: SiteOptions = {
        ...(values.picker !== undefined && { picker: values.picker }),
        ...(field && { labelField: field }),
        ...(digits !== undefined && { receiverDigits: digits }),
        failed: (error) => {
          failures++;
          process.stderr.write(`firstbreak train: ${error.message}\n`);
        },
      };
      const summary = await summarise(path, bad, options, (labelled) => {
        if (values.sheet !== undefined && shown.length < 64) shown.push(...withAugmented(labelled, seed));
      });
      sites.push(summary);
    }
    const names = sites.map(({ site }) => site);
    const folds =
      names.length > 1
        ? leaveOneSiteOut(names, {
            together: (values.together ?? []).map((group) => group.split(',')),
            never: values.never ?? [],
          })
        : [];
    if (values.sheet !== undefined) writeWhole(values.sheet, await sheetPng(shown));
    process.stdout.write(
      values.json ? `${JSON.stringify({ sites: sites.map(plain), folds }, null, 1)}\n` : tableOf(sites),
    );
    if (!values.json)
      for (const { name, train } of folds)
        process.stdout.write(`hold out ${name}: train on ${train.join(', ') || 'nothing'}\n`);
    return failures > 0 ? EXIT.failed : EXIT.fine;
  },
});

async function summarise(
  path: string,
  bad: ReadonlyMap<string, ReadonlySet<number>> | undefined,
  options: SiteOptions,
  first: (labelled: LabelledShot) => void,
): Promise<Summary> {
  const summary = { site: '', shots: 0, traces: 0, onset: 0, dead: 0, unknown: 0, intervals: new Set<number>() };
  const badGathers = bad && badOf(bad, path);
  for await (const labelled of readSite(path, { ...options, ...(badGathers && { badGathers }) })) {
    if (summary.shots++ === 0) first(labelled);
    summary.site = labelled.site;
    summary.traces += labelled.labels.length;
    summary.intervals.add(labelled.shot.sampleInterval);
    for (const { kind } of labelled.labels) summary[kind]++;
  }
  if (summary.shots === 0) throw new RecordError('empty', path, 'expected labelled shots, found none');
  return summary;
}

/** Lists name surveys (Halfmile), files carry more than the name (Halfmile3D_add_geom_sorted.hdf5). */
function badOf(bad: ReadonlyMap<string, ReadonlySet<number>>, path: string): ReadonlySet<number> | undefined {
  const name = path.toLowerCase();
  return [...bad].find(([site]) => name.includes(site.toLowerCase()))?.[1];
}

const AUGMENTED = 3;

const withAugmented = (labelled: LabelledShot, seed: number): LabelledShot[] => [
  labelled,
  ...Array.from({ length: AUGMENTED }, (_, i) => USUAL(labelled, diceOf(seed, i))),
];

const plain = ({ intervals, ...rest }: Summary) => ({ ...rest, sampleIntervalsMs: [...intervals] });

function tableOf(sites: readonly Summary[]): string {
  const rows = [
    ['site', 'shots', 'traces', 'labelled', 'dead', 'unpicked', 'interval (ms)'],
    ...sites.map(({ site, shots, traces, onset, dead, unknown, intervals }) => [
      site,
      ...[shots, traces, onset, dead, unknown].map(String),
      [...intervals].join(' '),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return `${rows.map(line).join('\n')}\n`;
}
