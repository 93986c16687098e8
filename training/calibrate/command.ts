/** `firstbreak train calibrate`: what the confidence of a model is worth, measured and written into its manifest. */

import { numberOption, UsageError } from '#shared/options.ts';
import { calibrated } from '#shared/picking/calibration.ts';
import { expectedError, reliability } from '#shared/report/reliability.ts';
import { defineCommand, EXIT } from '../command.ts';
import { modelFor } from '../evaluate/entrants.ts';
import { openModelPicker } from '../evaluate/model-picker.ts';
import { OPEN_SITES_HELP, type Site, sitesIn, siteTable } from '../evaluate/sites.ts';
import { changeManifest } from '../export/model-folder.ts';
import { fitCalibration, type Pair } from './fit.ts';
import { evened, type PairSet, sitePairs, syntheticPairs } from './pairs.ts';

/** Fewer tell nothing. */
const FEWEST = 20;

export const command = defineCommand({
  summary: "turns a model's confidence into chances, by shots it has not seen",
  usage: 'MODEL [SITE…] [--folds DIR] [--hold-out SITE]… [--synthetic N]',
  about:
    'Picks labelled SITEs (folders with picks.csv, or folders of such) and fresh synthetic shots, each set weighing the same, fits a\n' +
    'logistic curve from confidence to the share of hits, and writes it into manifest.json and CARD.md of MODEL. Sites that MODEL has\n' +
    'learnt from are picked by its folds: models in DIR/SITE/ that were trained without them. Sites for evaluation only are left out.',
  options: {
    folds: { type: 'string', value: 'DIR', help: 'models by site; each picks the site it has not seen' },
    'hold-out': {
      type: 'string',
      multiple: true,
      value: 'SITE',
      help: 'leave this site out: MODEL will be measured on it',
    },
    synthetic: { type: 'string', value: 'N', help: 'synthetic shots (default 100)' },
    seed: { type: 'string', value: 'S', help: 'of the synthetic shots (default 1)' },
    sites: { type: 'string', value: 'FILE.json', help: OPEN_SITES_HELP },
    quiet: { type: 'boolean', help: 'no progress' },
  },
  async run({ values, positionals }) {
    const [model, ...paths] = positionals;
    if (model === undefined) throw new UsageError('expected MODEL, found none');
    const whole = (name: 'synthetic' | 'seed', max: number) =>
      numberOption(name, values[name], { min: 0, max, whole: true });
    const synthetic = whole('synthetic', 100_000) ?? 100;
    const seed = whole('seed', 2 ** 31 - 1) ?? 1;
    const say = (line: string) => {
      if (!values.quiet) process.stderr.write(`${line}\n`);
    };
    const sites = chosen(paths, values.sites, values['hold-out'] ?? [], say);
    const field = await fieldSets(sites, values.folds ?? model, say);
    const sets = [...field, ...(synthetic > 0 ? [await syntheticSet(model, synthetic, seed, say)] : [])];
    const found = sets.reduce((sum, { pairs }) => sum + pairs.length, 0);
    if (found < FEWEST) throw new UsageError(`expected ${FEWEST} picks to fit to or more, found ${found}`);
    const calibration = fitCalibration(evened(sets));
    const { name } = changeManifest(model, (manifest) => ({
      ...manifest,
      calibration,
      calibratedOn: field.map((set) => set.name),
    }));
    process.stdout.write(
      [
        `${name}: ${calibration.length} knots from ${found} picks of ${sets.map((set) => set.name).join(', ')}`,
        ...(sets.length > 1 ? ['expected calibration error, before and by a fit to the other sets alone:'] : []),
        ...(sets.length > 1 ? sets.map((set) => `  ${set.name}: ${crossed(set, sets)}`) : []),
        '',
      ].join('\n'),
    );
    return EXIT.fine;
  },
});

async function fieldSets(
  sites: readonly Site[],
  models: string,
  say: (line: string) => void,
): Promise<readonly PairSet[]> {
  const sets: PairSet[] = [];
  for (const site of sites) {
    const folder = modelFor(models, site.site, { blind: false });
    const opened = await openModelPicker(folder, { raw: true });
    try {
      const set = await sitePairs(site, opened.picker);
      say(summaryOf(set, folder));
      sets.push(set);
    } finally {
      await opened.close();
    }
  }
  return sets;
}

async function syntheticSet(model: string, count: number, seed: number, say: (line: string) => void): Promise<PairSet> {
  const opened = await openModelPicker(model, { raw: true });
  try {
    const set = await syntheticPairs(count, seed, opened.picker);
    say(summaryOf(set, model));
    return set;
  } finally {
    await opened.close();
  }
}

/** @throws UsageError */
function chosen(
  paths: readonly string[],
  table: string | undefined,
  heldOut: readonly string[],
  say: (line: string) => void,
): readonly Site[] {
  const known = siteTable(table);
  const found = paths.flatMap((path) => sitesIn(path, known));
  const names = found.map(({ site }) => site);
  const stranger = heldOut.find((site) => !names.includes(site));
  if (stranger !== undefined)
    throw new UsageError(`--hold-out: expected one of ${names.join(', ') || 'no site'}, found '${stranger}'`);
  const twice = names.find((site, i) => names.indexOf(site) !== i);
  if (twice !== undefined) throw new UsageError(`expected each site once, found ${twice} twice`);
  return found.filter(({ site, training }) => {
    if (!training) say(`${site}: for evaluation only, left out`);
    return training && !heldOut.includes(site);
  });
}

const summaryOf = ({ name, pairs }: PairSet, folder: string): string =>
  `${name}: ${pairs.length} picks by ${folder}, ${pairs.filter(({ hit }) => hit).length} of them within tolerance`;

/** What the set's picks would show if it had been left out. */
function crossed(set: PairSet, sets: readonly PairSet[]): string {
  const others = fitCalibration(evened(sets.filter((other) => other !== set)));
  const error = (chance: (pair: Pair) => number) =>
    expectedError(reliability(set.pairs.map((pair) => ({ confidence: chance(pair), hit: pair.hit }))).bins)?.toFixed(3);
  return `${error(({ raw }) => raw) ?? '–'}, ${error(({ raw }) => calibrated(others, raw)) ?? '–'}`;
}
