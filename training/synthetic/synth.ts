/** `firstbreak train synth`: synthetic shots as field files, with their true first breaks as `firstbreak score` reads them. */
import { join } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { choiceOption, numberOption, UsageError } from '#shared/options.ts';
import type { PickedShot } from '#shared/picks.ts';
import { csvHeader, csvRows } from '#shared/report/csv.ts';
import { defineCommand, EXIT } from '../command.ts';
import type { LabelledShot } from '../data/labelled.ts';
import { readSite } from '../data/site.ts';
import { writeWhole } from '../files.ts';
import { asPick, sheetPng } from '../pictures.ts';
import { type SyntheticGather, syntheticGather } from './gather.ts';
import { type Later, RECIPE, type Recipe, type Setting } from './recipe.ts';

export const command = defineCommand({
  summary: 'synthetic shots with known first breaks',
  usage: '--count N --out DIR [--seed S] [--format segy|seg2] [--plot DIR] [--sheet FILE.png]',
  about:
    'Makes shots over random ground, with the noise and the faults of the field, and picks.csv with the true onsets: what\n' +
    '`firstbreak score` reads. A trace whose break noise hides is marked low-confidence, a dead channel dead. The same seed\n' +
    'makes the same shots. docs/synthetic.md says what is in them.',
  options: {
    count: { type: 'string', value: 'N', help: 'shots to make (default 8)' },
    seed: { type: 'string', value: 'S', help: 'of the first shot; the next one has the next seed (default 1)' },
    out: { type: 'string', value: 'DIR', help: 'where shots and picks.csv go' },
    format: { type: 'string', value: 'NAME', help: 'segy (default) or seg2' },
    setting: { type: 'string', value: 'NAME', help: `only ${Object.keys(RECIPE.settings).join(', ')} (default: all)` },
    later: { type: 'string', value: 'NAME', help: 'only shots whose later waves are strong, or weak (default: both)' },
    plot: { type: 'string', value: 'DIR', help: 'a picture of each shot, true onsets as dots' },
    sheet: { type: 'string', value: 'FILE.png', help: 'all shots in one picture' },
    beside: {
      type: 'string',
      multiple: true,
      value: 'SITE',
      help: 'folder of real shots with picks.csv, to stand on the sheet as well',
    },
    full: { type: 'boolean', help: 'pictures of the whole record, not only around the first breaks' },
  },
  async run({ values, positionals }) {
    if (positionals.length > 0) throw new UsageError(`expected no argument, found '${positionals[0]}'`);
    const { out, plot, sheet, full = false } = values;
    if (out === undefined && plot === undefined && sheet === undefined)
      throw new UsageError('expected --out DIR, --plot DIR or --sheet FILE.png, found none');
    const count = numberOption('count', values.count, { min: 1, max: 1_000_000, whole: true }) ?? 8;
    const seed = numberOption('seed', values.seed, { min: 0, max: 2 ** 31 - 1 - count, whole: true }) ?? 1;
    const format = choiceOption('format', values.format ?? 'segy', ['segy', 'seg2']);
    const recipe = recipeOf(values.setting, values.later);
    if (sheet !== undefined && count > MOST_ON_A_SHEET)
      throw new UsageError(`--sheet: expected at most ${MOST_ON_A_SHEET} shots, found --count ${count}`);

    const started = performance.now();
    const rows: string[] = [csvHeader];
    const shown: LabelledShot[] = [];
    const tally = { onset: 0, dead: 0, unknown: 0 };
    for (let i = 0; i < count; i++) {
      const gather = syntheticGather(seed + i, recipe);
      const name = `${seed + i}.${format === 'segy' ? 'sgy' : 'sg2'}`;
      for (const { kind } of gather.labels) tally[kind]++;
      if (out !== undefined) {
        writeWhole(join(out, name), await bytesOf(gather, format));
        rows.push(csvRows(truth(gather, name)));
      }
      const labelled = { site: describe(gather), file: '', shot: gather.shot, labels: gather.labels };
      if (plot !== undefined)
        writeWhole(join(plot, `${seed + i}.png`), await sheetPng([labelled], { width: 1100, height: 720, full }));
      if (sheet !== undefined) shown.push(labelled);
      progress(i + 1, count);
    }
    if (out !== undefined) writeWhole(join(out, 'picks.csv'), rows.join(''));
    if (sheet !== undefined) {
      for (const folder of values.beside ?? []) shown.push(...(await firstShots(folder, REAL_ON_A_SHEET)));
      writeWhole(sheet, await sheetPng(shown, { full }));
    }
    const seconds = (performance.now() - started) / 1000;
    process.stderr.write(
      `${count} shots in ${seconds.toFixed(1)} s: ${tally.onset} first breaks, ${tally.unknown} hidden by noise, ${tally.dead} dead traces\n`,
    );
    return EXIT.fine;
  },
});

const MOST_ON_A_SHEET = 64;
const REAL_ON_A_SHEET = 4;

/** @throws UsageError */
function recipeOf(setting: string | undefined, later: string | undefined): Partial<Recipe> {
  const only = <K extends string>(name: string, word: string | undefined, shares: Readonly<Record<K, number>>) => {
    if (word === undefined) return shares;
    const chosen = choiceOption(name, word, Object.keys(shares) as K[]);
    return Object.fromEntries(Object.keys(shares).map((key) => [key, key === chosen ? 1 : 0])) as Record<K, number>;
  };
  return {
    settings: only<Setting>('setting', setting, RECIPE.settings),
    later: only<Later>('later', later, RECIPE.later),
  };
}

async function bytesOf({ shot }: SyntheticGather, format: 'segy' | 'seg2'): Promise<Uint8Array> {
  if (format === 'seg2') return writeSeg2(shot);
  const chunks: Uint8Array[] = [];
  // Revision 2 keeps intervals of 1/32 ms and delays of any length.
  for await (const chunk of writeSegy([shot], { revision: 2 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const truth = ({ shot, labels }: SyntheticGather, file: string): PickedShot => ({
  file,
  shot,
  picks: labels.map(asPick),
  model: 'synthetic',
});

const describe = ({ about }: SyntheticGather): string =>
  `${about.setting}, ${about.waveform}, ${about.signalToNoise.toFixed(0)} dB`;

async function firstShots(folder: string, count: number): Promise<LabelledShot[]> {
  const shots: LabelledShot[] = [];
  for await (const labelled of readSite(folder)) {
    shots.push(labelled);
    if (shots.length === count) return shots;
  }
  if (shots.length === 0) throw new RecordError('empty', folder, 'expected labelled shots, found none');
  return shots;
}

function progress(done: number, count: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done}/${count}${done === count ? '\n' : ''}`);
  else if (done % 100 === 0) process.stderr.write(`${done}/${count}\n`);
}
