/** `firstbreak train label-curve`: how many labels a new site takes, by what the picker begins with. */

import { choiceOption, numberOption, UsageError } from '#shared/options.ts';
import { BACKEND_NAMES, startBackend } from '../backend.ts';
import { defineCommand, EXIT } from '../command.ts';
import { traceMultiple } from '../network/unet.ts';
import { PICKER } from '../picker.ts';
import { readField } from '../train/field.ts';
import { widthsOf } from '../train/settings.ts';
import { amountOf } from './amounts.ts';
import { type Cell, CHOOSERS, openCells } from './cells.ts';
import { cellsOf, writePage } from './files.ts';
import { COPIES } from './lessons.ts';
import { SCRATCH, startOf } from './starts.ts';

const AMOUNTS = '0,1shot,2,5,10,25,50,100';
const AMOUNTS_TO_CHOOSE = '1shot,2shots,3shots,4shots,6shots';
const DEFAULTS = { seeds: 3, steps: 150, windows: 4, traces: 32 } as const;

export const command = defineCommand({
  summary: 'how many labels a new site takes, by what the picker begins with',
  usage: 'SITE… --out PAGE.md [--start NAME=RUN[,RUN…]]… [--choose random,suggest]',
  about:
    'Of each SITE half of the shots are there to be labelled, the others to be picked. From each start (scratch: random weights) a\n' +
    'picker learns from part of the labels and picks. A RUN is a picker, an autoencoder or a GAN that has not seen the site, or a\n' +
    'folder that holds one for each; one for each seed, taken in turn. After ? stand options of the transfer, joined by &:\n' +
    '  --start "gan=RUN?part=discriminator&freeze=down0&unfreeze-every=20&rate-decay=0.8&rate=0.002"\n' +
    'Writes PAGE.md, its numbers as JSON and its pictures beside it. Each result is kept in PAGE.cells.jsonl as soon as it is there:\n' +
    'the same command goes on where one was stopped, and others on other sites or starts add to the page. docs/training.md says more.',
  options: {
    out: { type: 'string', value: 'PAGE.md', help: 'the report' },
    start: {
      type: 'string',
      multiple: true,
      value: 'NAME=RUN[,RUN…][?…]',
      help: 'what pickers begin with, beside random weights',
    },
    only: {
      type: 'string',
      value: 'A,B,…',
      help: 'names of the starts to measure (default: scratch and all of --start)',
    },
    fractions: {
      type: 'string',
      value: 'A,B,…',
      help: `labels given: per cent, or whole shots as in 2shots (default ${AMOUNTS}; ${AMOUNTS_TO_CHOOSE} with --choose)`,
    },
    choose: { type: 'string', value: 'A,B', help: `who chooses the shots: ${CHOOSERS.join(', ')} (default random)` },
    seeds: { type: 'string', value: 'N', help: `of halves, order, weights and windows (default ${DEFAULTS.seeds})` },
    steps: { type: 'string', value: 'N', help: `of each training (default ${DEFAULTS.steps})` },
    windows: { type: 'string', value: 'N', help: `of a step (default ${DEFAULTS.windows})` },
    traces: { type: 'string', value: 'N', help: `of a window (default ${DEFAULTS.traces})` },
    copies: { type: 'string', value: 'N', help: `augmented ones of a shot (default ${COPIES})` },
    widths: { type: 'string', value: 'A,B,…', help: `channels of scratch (default ${PICKER.widths.join(',')})` },
    page: { type: 'boolean', help: 'measure nothing: write the page of the results that are there' },
    backend: {
      type: 'string',
      value: 'NAME',
      help: `auto (default: the fastest that starts), ${BACKEND_NAMES.join(', ')}`,
    },
    quiet: { type: 'boolean', help: 'no progress' },
  },
  async run({ values, positionals }) {
    const { out, quiet = false } = values;
    if (out === undefined || !/\.md$/i.test(out))
      throw new UsageError(`expected --out PAGE.md, found ${out ?? 'none'}`);
    if (positionals.length === 0 && !values.page) throw new UsageError('expected at least one site, found none');
    const whole = (name: 'seeds' | 'steps' | 'windows' | 'traces' | 'copies', max: number) =>
      numberOption(name, values[name], { min: 1, max, whole: true });
    const traces = whole('traces', 1024) ?? DEFAULTS.traces;
    if (traces % traceMultiple(PICKER))
      throw new UsageError(`--traces: expected a multiple of ${traceMultiple(PICKER)}, found '${traces}'`);
    const settings = {
      steps: whole('steps', 1_000_000) ?? DEFAULTS.steps,
      windows: whole('windows', 1024) ?? DEFAULTS.windows,
      traces,
      copies: whole('copies', 1000) ?? COPIES,
    };
    const seeds = whole('seeds', 1000) ?? DEFAULTS.seeds;
    const choosers = (values.choose ?? 'random').split(',').map((word) => choiceOption('choose', word, CHOOSERS));
    const amounts = (values.fractions ?? (values.choose ? AMOUNTS_TO_CHOOSE : AMOUNTS)).split(',');
    amounts.forEach(amountOf);
    const all = [SCRATCH, ...(values.start ?? []).map(startOf)];
    const names = all.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new UsageError(`--start: expected a name for each, found ${twice} twice`);
    const only = values.only?.split(',').map((name) => choiceOption('only', name, names));
    const widths = widthsOf(values.widths);

    if (values.page) {
      writePage(out, openCells(cellsOf(out)));
      return EXIT.fine;
    }
    const log = openCells(cellsOf(out), settings);
    log.begin(commandLine(positionals, values));
    const say = (line: string) => {
      if (!quiet) process.stderr.write(`${line}\n`);
    };
    const sites = await readField(positionals, {
      failed: ({ message }) => process.stderr.write(`firstbreak train: ${message}\n`),
    });
    const backend = await startBackend(choiceOption('backend', values.backend ?? 'auto', ['auto', ...BACKEND_NAMES]));
    say(backend.about);
    const stopping = new AbortController();
    const stop = () => stopping.abort();
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const left = timeLeft();
    const { labelCurve } = await import('./curve.ts'); // ONNX Runtime takes long to load
    const complete = await labelCurve(
      {
        sites,
        starts: all.filter(({ name }) => only?.includes(name) ?? true),
        amounts,
        choosers,
        seeds,
        settings,
        ...(widths && { widths }),
      },
      {
        log,
        signal: stopping.signal,
        onCell: (cell, done, count, known) =>
          known || say(`${bar(done, count)}  ${wordsOf(cell)}  ${left(cell.seconds, count - done)} left`),
      },
    );
    writePage(out, openCells(cellsOf(out))); // others may have added theirs meanwhile
    say(complete ? `${out} and what belongs to it` : 'stopped; the same command goes on');
    return complete ? EXIT.fine : EXIT.failed;
  },
});

/** The command as it is to be repeated elsewhere: options in their order, of absolute paths the last part. */
function commandLine(sites: readonly string[], values: Readonly<Record<string, unknown>>): string {
  const short = (text: string) => text.replace(/(^|[=,])\/[^,?]*?([^/,?]+)(?=$|[,?])/g, '$1$2');
  const quoted = (text: string) => (/^[\w./,=:+-]+$/.test(text) ? text : `'${text}'`);
  const options = Object.entries(values).flatMap(([name, value]) =>
    name === 'quiet' || value === undefined
      ? []
      : [value].flat().flatMap((each) => [`--${name}`, ...(each === true ? [] : [quoted(short(`${each}`))])]),
  );
  return ['npx firstbreak train label-curve', ...sites.map((site) => quoted(short(site))), ...options].join(' ');
}

const wordsOf = ({ site, seed, start, amount, chooser, labels, hitRateMs }: Cell) =>
  `${site}  seed ${seed}  ${start}  ${amount}${chooser === 'random' ? '' : ` by ${chooser}`}  ${labels} labels: ${(100 * hitRateMs[5]).toFixed(1)} % within 5 ms`;

const BAR = 20;
function bar(done: number, all: number): string {
  const full = Math.round((BAR * done) / all);
  return `[${'█'.repeat(full)}${'·'.repeat(BAR - full)}] ${done}/${all}`;
}

/** By the mean of what was measured in this run. */
function timeLeft(): (seconds: number, cells: number) => string {
  let [sum, count] = [0, 0];
  return (seconds, cells) => {
    sum += seconds;
    count++;
    const minutes = Math.round(((sum / count) * cells) / 60);
    return `${Math.floor(minutes / 60)}:${`${minutes % 60}`.padStart(2, '0')} h`;
  };
}
