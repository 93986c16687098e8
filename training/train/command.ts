/** `firstbreak train picker`: learns to pick, from synthetic shots alone or with real ones among them. */
import { numberOption, type OptionTable, UsageError } from '#shared/options.ts';
import { defineCommand, EXIT } from '../command.ts';
import { isDone, LOOK_EVERY, SETTINGS, train } from '../train.ts';
import { wordsOf } from '../transfer/move.ts';
import { readOrigin } from '../transfer/origin.ts';
import type { Schedule } from './adamw.ts';
import { readField } from './field.ts';
import { RUN_OPTIONS, refuseWithResume, runOptionsOf, startChosen, stopping } from './options.ts';
import { progressOn } from './progress.ts';
import { ANSWERS_NEW, type Chosen, FINETUNING, newRun } from './settings.ts';
import { openTeacher, TEACHER_SHARE } from './teacher.ts';

/** How weights of another run move and learn on. */
export const TRANSFER_OPTIONS = {
  part: {
    type: 'string',
    value: 'NAME',
    help: 'with --from a GAN: discriminator, generator or all (default: all, the discriminator first)',
  },
  freeze: { type: 'string', value: 'A,B,…', help: 'arrays that moved and begin so keep their values: down, up0 …' },
  'unfreeze-every': {
    type: 'string',
    value: 'N',
    help: 'what moved is freed level by level, from the answers down, one every N steps',
  },
  'rate-decay': {
    type: 'string',
    value: 'R',
    help: 'rate of what moved, times R for each level below the answers (default 1)',
  },
} as const satisfies OptionTable;

const stepsBy = (value: (schedule: Schedule) => number): string =>
  `${value(SETTINGS.schedule)}; ${value(FINETUNING.schedule)} from a picker, ${value(ANSWERS_NEW.schedule)} from a network without labels`;

export const command = defineCommand({
  summary: 'learns to pick, from synthetic shots and from labelled ones',
  usage:
    '--out DIR [--steps N] [--resume] [--from RUN] [--field SITE… [--hold-out NAME]] [--watch SITE] [--teacher MODEL]',
  about:
    'Writes checkpoints (last.safetensors, best.safetensors), a line for each step (metrics.jsonl, validation.jsonl) and their\n' +
    'curves (plot.svg) to DIR. Ctrl-C stops after the step under way; --resume goes on along the same curve, also after a kill or\n' +
    'on another machine. A SITE is a folder of shots with picks.csv (or one other table that is read), or a hardpicks HDF5 file.\n' +
    'docs/training.md walks through it.',
  options: {
    ...RUN_OPTIONS,
    resume: {
      type: 'boolean',
      help: 'go on with the run in DIR, with its settings; give --field, --watch and --teacher as before',
    },
    from: {
      type: 'string',
      value: 'RUN',
      help: 'begin with the best weights of another run (a picker, an autoencoder, a GAN), and a fresh optimiser',
    },
    ...TRANSFER_OPTIONS,
    field: {
      type: 'string',
      multiple: true,
      value: 'SITE',
      help: 'labelled shots to learn from as well; further sites may follow as arguments',
    },
    'hold-out': { type: 'string', multiple: true, value: 'NAME', help: 'site among them that is not learnt from' },
    'field-share': {
      type: 'string',
      value: 'P',
      help: `of the windows, the others are synthetic (default ${FINETUNING.share})`,
    },
    watch: {
      type: 'string',
      multiple: true,
      value: 'SITE',
      help: 'labelled shots that are only looked at, to tell which state is the best',
    },
    teacher: {
      type: 'string',
      value: 'MODEL',
      help: 'folder of a model whose scores are followed beside the labels: how a smaller picker learns from a larger one',
    },
    'teacher-share': {
      type: 'string',
      value: 'P',
      help: `what they weigh, the labels weigh the rest (default ${TEACHER_SHARE})`,
    },
    steps: {
      type: 'string',
      value: 'N',
      help: `steps (default ${stepsBy(({ steps }) => steps)})`,
    },
    patience: { type: 'string', value: 'N', help: 'end after N looks that found nothing better (default: never)' },
    windows: { type: 'string', value: 'N', help: `windows of a step (default ${SETTINGS.batch.windows})` },
    traces: { type: 'string', value: 'N', help: `traces of a window (default ${SETTINGS.batch.traces})` },
    rate: {
      type: 'string',
      value: 'R',
      help: `highest learning rate (default ${stepsBy(({ rate }) => rate)})`,
    },
    widths: {
      type: 'string',
      value: 'A,B,…',
      help: `channels of the four levels (default ${SETTINGS.picker.widths.join(',')})`,
    },
    fold: {
      type: 'string',
      value: 'N',
      help: `samples taken together as channels before the first level (default ${SETTINGS.picker.fold})`,
    },
    'top-kernel': {
      type: 'string',
      value: 'A,B',
      help: `traces and steps of time under a kernel of the first level (default ${SETTINGS.picker.topKernel.join(',')})`,
    },
    seed: { type: 'string', value: 'S', help: `of weights and shots (default ${SETTINGS.seed})` },
    'validate-every': {
      type: 'string',
      value: 'N',
      help: `steps between looks at shots not learnt from (default ${LOOK_EVERY.new}; ${LOOK_EVERY.from} with --from)`,
    },
    'validation-batches': { type: 'string', value: 'N', help: 'batches of such a look (default 8)' },
  },
  async run({ values, positionals }) {
    if (positionals.length > 0 && !values.field)
      throw new UsageError(`expected no argument without --field, found '${positionals[0]}'`);
    const { out, ...running } = runOptionsOf(values);
    const { resume } = running;
    const quiet = values.quiet === true;
    const whole = (
      name:
        | 'steps'
        | 'patience'
        | 'windows'
        | 'traces'
        | 'seed'
        | 'fold'
        | 'validate-every'
        | 'validation-batches'
        | 'unfreeze-every',
      max: number,
      min = 1,
    ) => numberOption(name, values[name], { min, max, whole: true });
    const chosen: Chosen = {
      from: values.from,
      part: values.part,
      freeze: values.freeze,
      'unfreeze-every': whole('unfreeze-every', 1_000_000),
      'rate-decay': numberOption('rate-decay', values['rate-decay'], { min: 1e-3, max: 1 }),
      'hold-out': values['hold-out'],
      'field-share': numberOption('field-share', values['field-share'], { min: 0, max: 1 }),
      steps: whole('steps', 10_000_000),
      patience: whole('patience', 1_000_000),
      windows: whole('windows', 1024),
      traces: whole('traces', 1024),
      seed: whole('seed', 2 ** 31 - 1, 0),
      rate: numberOption('rate', values.rate, { min: 1e-7, max: 1 }),
      widths: values.widths,
      fold: whole('fold', 32),
      'top-kernel': values['top-kernel'],
      'teacher-share': numberOption('teacher-share', values['teacher-share'], { min: 0, max: 1 }),
    };
    if (resume) refuseWithResume({ ...chosen });
    if (chosen['field-share'] !== undefined && !values.field)
      throw new UsageError('--field-share: expected --field SITE with it, found none');
    if (chosen['teacher-share'] !== undefined && values.teacher === undefined)
      throw new UsageError('--teacher-share: expected --teacher MODEL with it, found none');
    for (const name of Object.keys(TRANSFER_OPTIONS) as (keyof typeof TRANSFER_OPTIONS)[])
      if (values[name] !== undefined && values.from === undefined)
        throw new UsageError(`--${name}: expected --from RUN with it, found none`);

    const progress = progressOn(quiet);
    const failed = ({ message }: Error) => progress.warn(message);
    const field = await readField([...(values.field ?? []), ...positionals], { failed });
    const watch = await readField(values.watch ?? [], { failed });
    const origin = chosen.from === undefined ? undefined : readOrigin(chosen.from);
    const teacher = values.teacher === undefined ? undefined : await openTeacher(values.teacher);
    // of a resumed run: its own
    const { settings, start } = resume ? { settings: SETTINGS } : newRun(chosen, origin, field, watch, teacher);
    if (settings.transfer && !quiet) process.stdout.write(wordsOf(settings.transfer));
    const lookEvery = whole('validate-every', 1_000_000);
    const backend = await startChosen(values, progress);
    const end = await train(out, {
      settings,
      ...(start && { start: { parameters: start, ...(origin?.picker?.effort && { effort: origin.picker.effort }) } }),
      field,
      watch,
      teacher,
      ...running,
      backend,
      ...(lookEvery !== undefined && { validateEvery: lookEvery }),
      validationBatches: whole('validation-batches', 1000) ?? 8,
      onStep: progress.step,
      signal: stopping(),
    });
    await teacher?.close();
    progress.end();
    progress.say(
      isDone(end)
        ? `done: ${end.step} steps${end.best ? `, best at step ${end.best.step}` : ''}`
        : `stopped at step ${end.step} of ${end.settings.schedule.steps}; the same command with --resume goes on`,
    );
    return isDone(end) ? EXIT.fine : EXIT.failed;
  },
});
