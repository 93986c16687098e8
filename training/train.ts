/**
 * The training of the picker, top to bottom: start or go on, then batch, gradient, step, and now and then a look at shots
 * that are never learnt from and a checkpoint. Batch k depends on the seed and k alone, so a run that was killed goes on
 * along the curve it would have followed.
 */
import { copyParameters, emptyParameters, startParameters } from './network/parameters.ts';
import { PICKER_BATCHES } from './picker/batches.ts';
import { PICKER, pickerLayout } from './picker.ts';
import { supplyBatches } from './prefetch.ts';
import { startAdam } from './train/adamw.ts';
import {
  type Best,
  type Checkpoint,
  type RunSettings,
  type RunState,
  readCheckpoint,
  type Validation,
  writeCheckpoint,
} from './train/checkpoint.ts';
import { type FieldSite, knownAgain } from './train/field.ts';
import { plotRun } from './train/plot.ts';
import { type RunKind, type RunOptions as Running, runIn, spent } from './train/run-folder.ts';
import { learn } from './train/step.ts';
import { type Teacher, teacherAgain } from './train/teacher.ts';
import { hitRate, validation } from './train/validate.ts';

/** The shipped picker: 32,000 windows. */
export const SETTINGS: RunSettings = {
  seed: 1,
  picker: PICKER,
  batch: { windows: 8, traces: 32, windowsPerShot: 3 },
  schedule: { rate: 3e-3, warmUp: 50, steps: 4000 },
};

/** Steps between looks at validation shots, in a run from nothing and in one from another's weights. */
export const LOOK_EVERY = { new: 100, from: 20 } as const;

/** A line of metrics.jsonl. */
export interface StepMetrics {
  readonly step: number;
  readonly loss: number;
  readonly onset: number;
  readonly none: number;
  readonly rate: number;
  readonly gradientNorm: number;
  /** Of waiting for the batch, and of the whole step. */
  readonly batchMs: number;
  readonly stepMs: number;
}

/** A line of validation.jsonl. */
export type ValidationMetrics = Validation & { readonly step: number };

export interface RunOptions extends Running<RunState, StepMetrics> {
  readonly settings?: RunSettings;
  /** The weights to begin with, and the time behind them. @default random weights */
  readonly start?: Pick<Checkpoint, 'parameters' | 'effort'>;
  /** Where the sites of the settings are found. */
  readonly field?: readonly FieldSite[];
  readonly watch?: readonly FieldSite[];
  /** The one of the settings. */
  readonly teacher?: Teacher | undefined;
  /** Steps between looks at validation shots. @default as in LOOK_EVERY */
  readonly validateEvery?: number;
  /** Batches of a look. @default 8 */
  readonly validationBatches?: number;
}

/** @param out folder of the run: last.safetensors, best.safetensors, metrics.jsonl, validation.jsonl, plot.svg */
export const train = (
  out: string,
  {
    settings = SETTINGS,
    start,
    field = [],
    watch = [],
    teacher: found,
    validateEvery,
    validationBatches = 8,
    workers = 1,
    ...running
  }: RunOptions = {},
): Promise<RunState> =>
  runIn(out, running, kindOf(settings, start), ({ settings, parameters, learning }, folder) => {
    const { seed, picker, batch: size, schedule } = settings;
    const sites = knownAgain(settings.field?.sites ?? [], field, '--field').map(({ shots }) => shots);
    const watched = knownAgain(settings.watch ?? [], watch, '--watch');
    const teacher = teacherAgain(settings.teacher, found);
    const mix = settings.field && { field: { share: settings.field.share, sites } };
    const batches = supplyBatches(
      PICKER_BATCHES,
      { seed, purpose: 'learning', size, ...mix },
      { workers, end: schedule.steps },
    );
    const validate = validation({ size, batches: validationBatches, workers, watch: watched });
    const take = async (state: RunState) => {
      const begun = performance.now();
      const made = await batches.take(state.step);
      const batchMs = performance.now() - begun;
      const batch = teacher ? await teacher.teach(made, settings.teacher!.share) : made;
      const learnt = await learn(batch, state, { picker, schedule, pace: settings.transfer }).catch((error: Error) => {
        throw new Error(`${out}: ${error.message}`, { cause: error });
      });
      const { step, adam, losses, rate, gradientNorm } = learnt;
      const stepMs = performance.now() - begun;
      const { total: loss, onset, none } = losses;
      const metrics: StepMetrics = { step, loss, onset, none, rate, gradientNorm, batchMs, stepMs };
      const effort = spent(state.effort, stepMs);
      return { state: { settings, step, parameters, effort, learning, adam, best: state.best }, metrics };
    };
    const look = async (state: RunState): Promise<RunState> => {
      const validation = await validate(state);
      folder.noteLook({ step: state.step, ...validation });
      const best = bestOf(state.best, state.step, hitRate(validation), canTell(settings));
      const seen = { ...state, validation, best };
      if (best.step === state.step) folder.keepBest(seen);
      return seen;
    };
    const every = validateEvery ?? LOOK_EVERY[settings.from ? 'from' : 'new'];
    return {
      steps: schedule.steps,
      isDone,
      take,
      look: { every, at: look },
      ...(start && { begin: look }), // what this run is to be better than
      close: () => batches.close(),
    };
  });

const kindOf = (
  settings: RunSettings,
  start: RunOptions['start'],
): RunKind<RunState, StepMetrics, ValidationMetrics> => ({
  fresh: () => freshState(settings, start),
  read: readCheckpoint,
  write: writeCheckpoint,
  looks: 'validation.jsonl',
  plot: plotRun,
});

/** All steps are taken, or looks enough have shown nothing better. */
export const isDone = ({ settings: { schedule, patience }, step, best }: RunState): boolean =>
  step >= schedule.steps || (patience !== undefined && best !== undefined && best.since >= patience);

function freshState(settings: RunSettings, start: RunOptions['start']): RunState {
  const { parameters: specs } = pickerLayout(settings.picker);
  const learning = startParameters(specs, settings.seed);
  if (start) copyParameters(start.parameters, learning);
  const parameters = emptyParameters(specs);
  copyParameters(learning, parameters);
  const effort = start?.effort ?? { hours: 0, backends: [] };
  return { settings, step: 0, parameters, effort, learning, adam: startAdam(learning.learnt.length), best: undefined };
}

/** Synthetic shots cannot tell what was learnt from real ones: where none are watched, the newest state is the one to use. */
const canTell = ({ field, watch }: RunSettings): boolean => field === undefined || watch !== undefined;

const bestOf = (best: Best | undefined, step: number, rate: number, told: boolean): Best =>
  best === undefined || rate > best.hitRate || !told
    ? { step, hitRate: rate, since: 0 }
    : { ...best, since: best.since + 1 };
