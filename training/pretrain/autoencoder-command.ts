/** `firstbreak train pretrain autoencoder`: learns to rebuild shots that nobody has picked. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { choiceOption, numberOption, UsageError } from '#shared/options.ts';
import { defineCommand, EXIT, type ExitCode } from '../command.ts';
import { LAST } from '../train/checkpoint.ts';
import { RUN_OPTIONS, refuseWithResume, runOptionsOf, startChosen, stopping } from '../train/options.ts';
import { duration, type ProgressLine, progressLine } from '../train/progress-line.ts';
import { VARIANTS } from './autoencoder-batches.ts';
import type { AutoencoderLook } from './autoencoder-look.ts';
import {
  AUTOENCODER,
  type AutoencoderMetrics,
  type AutoencoderOptions,
  type AutoencoderState,
  trainAutoencoder,
} from './autoencoder-run.ts';
import { type Chosen, newSettings } from './autoencoder-settings.ts';
import { sizesTable, writeSizes } from './code-sizes.ts';
import { corpusOf } from './corpus-of.ts';

const { autoencoder, mix, schedule, seed } = AUTOENCODER;

export const command = defineCommand({
  summary: 'learns to rebuild shots from a few numbers; for a picker to begin with, and for maps of a survey',
  usage: '[FILE|DIR…] --out DIR [--variant plain|masked|denoise] [--code N] [--steps N] [--resume]',
  about:
    'Learns from all shots of the files and folders, of any format that is read, and from synthetic ones; without files, from\n' +
    'synthetic ones alone. Writes checkpoints (last.safetensors, best.safetensors), a line for each step and look (metrics.jsonl,\n' +
    'validation.jsonl), their curves (plot.svg) and pictures of what was given, rebuilt and missed (pictures.png) to DIR. Of ten\n' +
    'gathers or more every fifth is never learnt from, and tells how it does. Ctrl-C stops after the step under way; --resume\n' +
    'goes on along the same curve, also after a kill. docs/pretraining.md walks through it.',
  options: {
    ...RUN_OPTIONS,
    variant: {
      type: 'string',
      value: 'NAME',
      help: 'plain (default): rebuilds what it is given; masked: what is hidden from it; denoise: what lies under added noise',
    },
    skips: {
      type: 'boolean',
      help: "masked only: every level also passes on what it saw, as in the picker, so that all of the picker's weights are learnt; the code is then not the only way through",
    },
    code: { type: 'string', value: 'N', help: `numbers a window is rebuilt from (default ${autoencoder.code})` },
    'code-sizes': {
      type: 'string',
      value: 'A,B,…',
      help: 'one run for each size of the code, in folders of DIR, and a table of their errors (code-sizes.json, .svg)',
    },
    synthetic: {
      type: 'string',
      value: 'SHARE',
      help: `of the windows, from synthetic shots (default ${mix.synthetic}; 1 without files)`,
    },
    straight: {
      type: 'string',
      value: 'SHARE',
      help: `of the windows with one time axis, where moveout is seen; the others lie along the breaks (default ${mix.straight})`,
    },
    steps: { type: 'string', value: 'N', help: `steps (default ${schedule.steps})` },
    windows: { type: 'string', value: 'N', help: `windows of a step (default ${mix.windows})` },
    traces: { type: 'string', value: 'N', help: `traces of a window (default ${autoencoder.traces})` },
    rate: { type: 'string', value: 'R', help: `highest learning rate (default ${schedule.rate})` },
    widths: {
      type: 'string',
      value: 'A,B,…',
      help: `channels of the four levels (default ${autoencoder.unet.widths.join(',')}, those of the picker)`,
    },
    seed: { type: 'string', value: 'S', help: `of weights and windows (default ${seed})` },
    'look-every': { type: 'string', value: 'N', help: 'steps between looks at windows not learnt from (default 200)' },
    'look-batches': { type: 'string', value: 'N', help: 'batches of each kind in a look (default 4)' },
  },
  async run({ values, positionals }) {
    const whole = (
      name: 'code' | 'steps' | 'windows' | 'traces' | 'seed' | 'look-every' | 'look-batches',
      max: number,
      min = 1,
    ) => numberOption(name, values[name], { min, max, whole: true });
    const share = (name: 'synthetic' | 'straight') => numberOption(name, values[name], { min: 0, max: 1 });
    const running = runOptionsOf(values);
    const chosen: Chosen = {
      variant: values.variant === undefined ? undefined : choiceOption('variant', values.variant, VARIANTS),
      skips: values.skips === true ? true : undefined,
      code: whole('code', 4096),
      synthetic: share('synthetic'),
      straight: share('straight'),
      steps: whole('steps', 10_000_000),
      windows: whole('windows', 1024),
      traces: whole('traces', 1024),
      rate: numberOption('rate', values.rate, { min: 1e-7, max: 1 }),
      widths: values.widths,
      seed: whole('seed', 2 ** 31 - 1, 0),
    };
    const sizes = sizesOf(values['code-sizes']);
    if (sizes && chosen.code !== undefined) throw new UsageError('--code: leave it out where --code-sizes are given');
    // Of several runs one that was not reached yet still needs its settings.
    if (running.resume && !sizes) refuseWithResume({ ...chosen });
    const settings = newSettings(chosen, positionals.length > 0);

    const progress = progressLine(values.quiet === true);
    const corpus = await corpusOf(positionals, progress);
    const backend = await startChosen(values, progress);
    const [lookEvery, lookBatches] = [whole('look-every', 1_000_000), whole('look-batches', 1000)];
    const { out, ...rest } = running;
    const options: AutoencoderOptions = {
      ...rest,
      settings,
      corpus,
      backend,
      ...(lookEvery !== undefined && { lookEvery }),
      ...(lookBatches !== undefined && { lookBatches }),
      onStep: stepsOn(progress),
      signal: stopping(),
    };
    if (!sizes) return said(await trainAutoencoder(out, options), progress);

    const ends: AutoencoderState[] = [];
    for (const code of sizes) {
      const folder = join(out, `code-${code}`);
      progress.say(`${code} numbers`);
      const end = await trainAutoencoder(folder, {
        ...options,
        settings: { ...settings, autoencoder: { ...settings.autoencoder, code } },
        resume: running.resume && existsSync(join(folder, LAST)),
      });
      ends.push(end);
      if (said(end, progress) !== EXIT.fine) return EXIT.failed;
    }
    process.stdout.write(sizesTable(writeSizes(out, ends)));
    return EXIT.fine;
  },
});

function sizesOf(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const sizes = text.split(',').map(Number);
  if (
    new Set(sizes).size !== sizes.length ||
    !sizes.every((size) => Number.isInteger(size) && size > 0 && size <= 4096)
  )
    throw new UsageError(`--code-sizes: expected different whole numbers from 1 to 4096, found '${text}'`);
  return sizes;
}

/** Steps over which loss and speed are averaged. */
const OVER = 50;

function stepsOn(progress: ProgressLine) {
  let recent: AutoencoderMetrics[] = [];
  return (metrics: AutoencoderMetrics, { settings, look, best }: AutoencoderState) => {
    if (metrics.step <= (recent.at(-1)?.step ?? 0)) recent = []; // another run
    recent.push(metrics);
    if (recent.length > OVER) recent.shift();
    const { steps } = settings.schedule;
    progress.show(look !== undefined || metrics.step === steps, () => {
      const mean = (value: (each: AutoencoderMetrics) => number) =>
        recent.reduce((sum, each) => sum + value(each), 0) / recent.length;
      const perStep = mean(({ stepMs }) => stepMs);
      return [
        `step ${metrics.step}/${steps}`,
        `error ${mean(({ loss }) => loss).toFixed(4)}`,
        ...(look ? [kindsOf(look)] : []),
        ...(look && best?.step === metrics.step ? ['best so far'] : []),
        `${((1000 * settings.mix.windows) / perStep).toFixed(1)} windows/s`,
        `${duration((steps - metrics.step) * perStep)} left`,
      ];
    });
  };
}

const kindsOf = ({ byKind }: AutoencoderLook) =>
  `of the variance: ${Object.entries(byKind)
    .map(([kind, error]) => `${kind} ${(100 * error).toFixed(1)} %`)
    .join('; ')}`;

function said({ step, settings, best }: AutoencoderState, progress: ProgressLine): ExitCode {
  progress.end();
  const done = step >= settings.schedule.steps;
  progress.say(
    done
      ? `done: ${step} steps${best ? `, best at step ${best.step}: ${(100 * best.error).toFixed(1)} % of the variance` : ''}`
      : `stopped at step ${step} of ${settings.schedule.steps}; the same command with --resume goes on`,
  );
  return done ? EXIT.fine : EXIT.failed;
}
