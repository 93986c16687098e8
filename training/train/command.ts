/** `firstbreak train picker`: learns to pick from synthetic shots. */
import { BACKEND_NAMES, startBackend } from '../backend.ts';
import { choiceOption, defineCommand, EXIT, numberOption, UsageError } from '../command.ts';
import { SETTINGS, train } from '../train.ts';
import type { RunSettings } from './checkpoint.ts';
import { progressOn } from './progress.ts';

export const command = defineCommand({
  summary: 'learns to pick, from synthetic shots',
  usage: '--out DIR [--steps N] [--resume]',
  about:
    'Writes checkpoints (last.safetensors, best.safetensors) and a line for each step (metrics.jsonl, validation.jsonl) to DIR.\n' +
    'Ctrl-C stops after the step under way; --resume goes on along the same curve, also after a kill or on another machine.\n' +
    'docs/training.md walks through it.',
  options: {
    out: { type: 'string', value: 'DIR', help: 'folder of the run' },
    resume: { type: 'boolean', help: 'go on with the run in DIR, with its settings' },
    steps: { type: 'string', value: 'N', help: `steps (default ${SETTINGS.schedule.steps})` },
    windows: { type: 'string', value: 'N', help: `windows of a step (default ${SETTINGS.batch.windows})` },
    traces: { type: 'string', value: 'N', help: `traces of a window (default ${SETTINGS.batch.traces})` },
    rate: { type: 'string', value: 'R', help: `highest learning rate (default ${SETTINGS.schedule.rate})` },
    widths: {
      type: 'string',
      value: 'A,B,…',
      help: `channels of the four levels (default ${SETTINGS.picker.widths.join(',')})`,
    },
    seed: { type: 'string', value: 'S', help: `of weights and shots (default ${SETTINGS.seed})` },
    backend: {
      type: 'string',
      value: 'NAME',
      help: `auto (default: the fastest that starts), ${BACKEND_NAMES.join(', ')}`,
    },
    threads: { type: 'string', value: 'N', help: 'threads of the wasm backend (default 1)' },
    workers: {
      type: 'string',
      value: 'N',
      help: 'threads that make shots ahead of the steps (default 1; 0: none); the numbers are the same',
    },
    'checkpoint-minutes': { type: 'string', value: 'MIN', help: 'between checkpoints (default 3)' },
    'validate-every': {
      type: 'string',
      value: 'N',
      help: 'steps between looks at shots not learnt from (default 100)',
    },
    'validation-batches': { type: 'string', value: 'N', help: 'batches of such a look (default 8)' },
    quiet: { type: 'boolean', help: 'no progress' },
  },
  async run({ values, positionals }) {
    if (positionals.length > 0) throw new UsageError(`expected no argument, found '${positionals[0]}'`);
    const { out, resume = false, quiet = false } = values;
    if (out === undefined) throw new UsageError('expected --out DIR, found none');
    const whole = (
      name: 'steps' | 'windows' | 'traces' | 'seed' | 'threads' | 'workers' | 'validate-every' | 'validation-batches',
      max: number,
      min = 1,
    ) => numberOption(name, values[name], { min, max, whole: true });
    const chosen = {
      steps: whole('steps', 10_000_000),
      windows: whole('windows', 1024),
      traces: whole('traces', 1024),
      seed: whole('seed', 2 ** 31 - 1, 0),
      rate: numberOption('rate', values.rate, { min: 1e-7, max: 1 }),
      widths: widthsOf(values.widths),
    };
    if (resume) {
      const given = Object.entries(chosen).find(([, value]) => value !== undefined);
      if (given) throw new UsageError(`--${given[0]}: a run goes on with the settings it began with; leave it out`);
    }
    const settings = settingsOf(chosen);
    const backend = await startBackend(
      choiceOption('backend', values.backend ?? 'auto', ['auto', ...BACKEND_NAMES]),
      whole('threads', 64) ?? 1,
    );
    const progress = progressOn(quiet);
    progress.say(backend.about);

    const stopping = new AbortController();
    const stop = () => stopping.abort();
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const end = await train(out, {
      settings,
      resume,
      checkpointMinutes: numberOption('checkpoint-minutes', values['checkpoint-minutes'], { min: 0 }) ?? 3,
      validateEvery: whole('validate-every', 1_000_000) ?? 100,
      validationBatches: whole('validation-batches', 1000) ?? 8,
      workers: whole('workers', 64, 0) ?? 1,
      onStep: progress.step,
      signal: stopping.signal,
    });
    progress.end();
    const { steps } = end.settings.schedule;
    const { validation } = end;
    progress.say(
      end.step < steps
        ? `stopped at step ${end.step} of ${steps}; firstbreak train picker --out ${out} --resume goes on`
        : `done: ${steps} steps${validation ? `, validation loss ${validation.loss.toFixed(3)}` : ''}`,
    );
    return end.step < steps ? EXIT.failed : EXIT.fine;
  },
});

interface Chosen {
  readonly steps: number | undefined;
  readonly windows: number | undefined;
  readonly traces: number | undefined;
  readonly seed: number | undefined;
  readonly rate: number | undefined;
  readonly widths: readonly number[] | undefined;
}

function settingsOf({ steps, windows, traces, seed, rate, widths }: Chosen): RunSettings {
  const { batch, schedule, picker } = SETTINGS;
  if ((traces ?? 0) % 4) throw new UsageError(`--traces: expected a multiple of 4, found '${traces}'`);
  return {
    seed: seed ?? SETTINGS.seed,
    picker: { ...picker, widths: widths ?? picker.widths },
    batch: { ...batch, windows: windows ?? batch.windows, traces: traces ?? batch.traces },
    schedule: { ...schedule, steps: steps ?? schedule.steps, rate: rate ?? schedule.rate },
  };
}

function widthsOf(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const widths = text.split(',').map(Number);
  const levels = SETTINGS.picker.widths.length;
  if (widths.length !== levels || !widths.every((width) => Number.isInteger(width) && width > 0 && width <= 1024))
    throw new UsageError(`--widths: expected ${levels} whole numbers from 1 to 1024, found '${text}'`);
  return widths;
}
