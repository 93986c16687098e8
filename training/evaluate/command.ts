/** `firstbreak train evaluate`: how good the pickers are, on labelled sites that they have never seen. */
import { dirname } from 'node:path';
import { choiceOption, numberOption, UsageError } from '#shared/options.ts';
import { defineCommand, EXIT } from '../command.ts';
import { CLASSICAL, type ClassicalName, type Entrant, shippedOr } from './entrants.ts';
import { evaluate } from './evaluate.ts';
import { outdated, writeReport } from './files.ts';
import { OPEN_SITES_HELP, sitesIn, siteTable } from './sites.ts';

export const command = defineCommand({
  summary: 'how good pickers are, on labelled sites they have not seen',
  usage: 'DATA --out PAGE.md [--model [NAME=]DIR]… [--picker NAME]… | --check --out PAGE.md',
  about:
    'DATA holds a folder for each site, with its shots and picks.csv, or a hardpicks HDF5 file; or it is one itself. Writes a page with\n' +
    'tables, all numbers as JSON beside it, and pictures in a folder of its name. A model is a folder with manifest.json, the name of one\n' +
    'that ships, or a folder that holds one for each site (and perhaps one in all/ for the others): the one that was trained without it.\n' +
    'A model that has seen a site is refused there. Several folders under one NAME are several seeds of one training. docs/evaluation.md says more.',
  options: {
    out: { type: 'string', value: 'PAGE.md', help: 'the report' },
    check: { type: 'boolean', help: 'measure nothing: do page and pictures agree with their JSON?' },
    model: {
      type: 'string',
      multiple: true,
      value: '[NAME=]DIR',
      help: 'a model, its folder or the name of one that ships, or one for each site (NAME: neural)',
    },
    picker: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      help: `beside the models: ${Object.keys(CLASSICAL).join(', ')} (default: all of them)`,
    },
    site: { type: 'string', multiple: true, value: 'NAME', help: 'only this one of the sites' },
    sites: { type: 'string', value: 'FILE.json', help: OPEN_SITES_HELP },
    seed: { type: 'string', value: 'S', help: 'of added noise and dead channels (default 1)' },
    quiet: { type: 'boolean', help: 'no progress' },
  },
  async run({ values, positionals }) {
    const { out, check = false, quiet = false } = values;
    if (out === undefined || !/\.md$/i.test(out))
      throw new UsageError(`expected --out PAGE.md, found ${out ?? 'none'}`);
    if (check) {
      if (positionals.length > 0)
        throw new UsageError(`--check measures nothing: expected no DATA, found '${positionals[0]}'`);
      const wrong = outdated(out);
      for (const path of wrong) process.stderr.write(`firstbreak train: ${path} is not what its numbers make\n`);
      return wrong.length > 0 ? EXIT.failed : EXIT.fine;
    }
    if (positionals.length !== 1) throw new UsageError(`expected one folder of sites, found ${positionals.length}`);
    const seed = numberOption('seed', values.seed, { min: 0, max: 2 ** 31 - 1, whole: true }) ?? 1;
    const known = sitesIn(positionals[0], siteTable(values.sites));
    const names = known.map(({ site }) => site);
    const wanted = values.site?.map((name) => choiceOption('site', name, names)) ?? names;
    const progress = progressOn(quiet);
    let failures = 0;
    const accuracy = await evaluate(
      known.filter(({ site }) => wanted.includes(site)),
      entrantsOf(values.model ?? [], values.picker),
      {
        seed,
        onShot: progress.shot,
        failed: (error) => {
          failures++;
          process.stderr.write(`firstbreak train: ${error.message}\n`);
        },
      },
    );
    progress.end();
    writeReport(accuracy, out);
    if (!quiet) process.stderr.write(`${out} and what belongs to it in ${dirname(out)}\n`);
    return failures > 0 ? EXIT.failed : EXIT.fine;
  },
});

/** Classical pickers first: the first one is what the others are compared with. */
function entrantsOf(models: readonly string[], pickers: readonly string[] | undefined): readonly Entrant[] {
  const words = Object.keys(CLASSICAL) as ClassicalName[];
  const classical = pickers?.map((name) => choiceOption('picker', name, words)) ?? words;
  const seeds = new Map<string, string[]>();
  for (const model of models) {
    const [, name = 'neural', folder] = /^(?:([\w .,-]+)=)?(.+)$/.exec(model) ?? [];
    if (folder === undefined || words.includes(name as ClassicalName))
      throw new UsageError(`--model: expected [NAME=]DIR with a name of its own, found '${model}'`);
    seeds.set(name, [...(seeds.get(name) ?? []), shippedOr(folder)]);
  }
  return [
    ...classical.map((name): Entrant => ({ name, folders: [] })),
    ...[...seeds].map(([name, folders]): Entrant => ({ name, folders })),
  ];
}

function progressOn(quiet: boolean) {
  const { stderr } = process;
  let last = '';
  return {
    shot(site: string, shots: number): void {
      if (quiet) return;
      if (stderr.isTTY) stderr.write(`\r\x1b[K${site}: ${shots}`);
      else if (site !== last) stderr.write(`${site}\n`);
      last = site;
    },
    end(): void {
      if (!quiet && stderr.isTTY && last !== '') stderr.write('\n');
    },
  };
}
