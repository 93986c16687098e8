/** `firstbreak train quantise`: the smaller files of a model folder, made of integers as far as the picks allow it. */

import { numberOption, UsageError } from '#shared/options.ts';
import { defineCommand, EXIT } from '../command.ts';
import { readSite } from '../data/site.ts';
import { withoutFlat } from '../evaluate/outcomes.ts';
import { OPEN_SITES_HELP, sitesIn, siteTable } from '../evaluate/sites.ts';
import { writeWhole } from '../files.ts';
import { readCorpus } from '../pretrain/corpus.ts';
import { diceOf } from '../synthetic/dice.ts';
import { syntheticGather } from '../synthetic/gather.ts';
import type { Trial } from './agreement.ts';
import { evenly } from './calibration.ts';
import { quantise } from './quantise.ts';
import { quantisationPage } from './report.ts';

/** Shots that ranges are learnt from, evenly taken of all that are given. */
const MOST_SHOTS = 40;
/** Synthetic shots that are picked with every choice, and their traces. */
const MADE = 12;
const MADE_TRACES = [24, 48] as const;
const MADE_SEED = 23;

export const command = defineCommand({
  summary: 'int8 files of a model folder (ONNX, TFLite), held against its picks',
  usage: 'MODEL_DIR [FILE|DIR…] [--data DIR] [--report PAGE.md]',
  about:
    'Learns from the shots of FILE|DIR, and from synthetic ones, how far numbers reach inside the network; makes integers of as many as the\n' +
    'picks allow, and writes model.int8.onnx, model.tflite, manifest.json and CARD.md. What the picks allow is measured on synthetic shots, and\n' +
    'on the sites of --data: folders with picks.csv.',
  options: {
    data: {
      type: 'string',
      multiple: true,
      value: 'DIR',
      help: 'a labelled site, or a folder of sites, to measure on',
    },
    sites: { type: 'string', value: 'FILE.json', help: OPEN_SITES_HELP },
    windows: { type: 'string', value: 'N', help: 'synthetic windows to learn from (default 48)' },
    report: { type: 'string', value: 'PAGE.md', help: 'what was tried, and what it does to each layer and each site' },
    quiet: { type: 'boolean', help: 'no progress' },
  },
  async run({ values, positionals }) {
    const [folder, ...paths] = positionals;
    if (folder === undefined) throw new UsageError('expected a MODEL_DIR, found none');
    const { data = [], report, quiet = false } = values;
    if (report !== undefined && !/\.md$/i.test(report))
      throw new UsageError(`--report: expected PAGE.md, found '${report}'`);
    const windows = numberOption('windows', values.windows, { min: 8, max: 10_000, whole: true });
    const say = (line: string) => void (quiet || process.stderr.write(`${line}\n`));
    const corpus = paths.length > 0 ? await readCorpus(paths, ({ message }) => say(message)) : undefined;
    const sites = data.flatMap((path) => sitesIn(path, siteTable(values.sites)));
    const trials: Trial[] = [syntheticTrial()];
    for (const { site, path, convention } of sites) {
      const shots = [];
      for await (const shot of readSite(path)) shots.push(withoutFlat(shot));
      trials.push({ name: site, convention, shots });
    }
    const found = await quantise({
      folder,
      shots: evenly(corpus?.gathers ?? [], MOST_SHOTS).map(({ shot }) => shot),
      trials,
      ...(windows !== undefined && { syntheticWindows: windows }),
      say,
    });
    if (report !== undefined)
      writeWhole(report, quantisationPage(found, `firstbreak train quantise ${found.manifest.name} …`));
    const { chosen, manifest } = found;
    if (!chosen)
      throw new Error(`${manifest.name}: expected integers that pick as floats do, found none; nothing written`);
    process.stdout.write(
      `${manifest.name}: ${chosen.tried.choice}; ` +
        manifest.artefacts.map(({ file, bytes }) => `${file} ${bytes.toLocaleString('en')} bytes`).join(', ') +
        '\n',
    );
    return EXIT.fine;
  },
});

function syntheticTrial(): Trial {
  const dice = diceOf(MADE_SEED);
  return {
    name: 'synthetic shots',
    convention: 'onset',
    shots: Array.from({ length: MADE }, (_, i) => {
      const gather = syntheticGather(dice.integer(0, 2 ** 31 - 1), { channels: [...MADE_TRACES] });
      return { site: 'synthetic', file: `${i}`, period: gather.about.period, ...gather };
    }),
  };
}
