/**
 * The training of the picker, top to bottom: start or go on, then batch, gradient, step, and now and then a look at shots
 * that are never learnt from and a checkpoint. Batch k depends on the seed and k alone, so a run that was killed goes on
 * along the curve it would have followed.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { writeWhole } from './files.ts';
import { gradientsOf } from './picker/gradients.ts';
import { type Parameters, startParameters } from './picker/parameters.ts';
import { supplyBatches } from './picker/prefetch.ts';
import { PICKER, pickerLayout } from './picker.ts';
import { clipNorm, rateAt, startAdam, stepAdam } from './train/adamw.ts';
import { BEST, type Checkpoint, LAST, type RunSettings, readCheckpoint, writeCheckpoint } from './train/checkpoint.ts';
import { validation } from './train/validate.ts';

/** The study's run: 6,000 windows. */
export const SETTINGS: RunSettings = {
  seed: 1,
  picker: PICKER,
  batch: { windows: 8, traces: 32, windowsPerShot: 4 },
  schedule: { rate: 3e-3, warmUp: 50, steps: 750 },
};

/** The gradient is shortened to this. */
const LONGEST_GRADIENT = 1;
/** How fast the remembered statistics follow those of the batches. */
const MOMENTUM = 0.05;

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

export interface RunOptions {
  readonly settings?: RunSettings;
  /** Go on from the last checkpoint in the folder, with its settings. */
  readonly resume?: boolean;
  /** @default 3 */
  readonly checkpointMinutes?: number;
  /** Steps between looks at validation shots. @default 100 */
  readonly validateEvery?: number;
  /** Batches of a look. @default 8 */
  readonly validationBatches?: number;
  /** Threads that make batches ahead of the steps; 0: made between them. The numbers are the same. @default 1 */
  readonly workers?: number;
  readonly onStep?: (metrics: StepMetrics, checkpoint: Checkpoint) => void;
  /** Stops after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** @param out folder of the run: last.safetensors, best.safetensors, metrics.jsonl, validation.jsonl */
export async function train(
  out: string,
  {
    settings = SETTINGS,
    resume = false,
    checkpointMinutes = 3,
    validateEvery = 100,
    validationBatches = 8,
    workers = 1,
    onStep,
    signal,
  }: RunOptions = {},
): Promise<Checkpoint> {
  const last = join(out, LAST);
  if (existsSync(last) !== resume)
    throw new Error(
      resume
        ? `${out}: expected a run to resume, found no ${LAST}`
        : `${out}: holds a run already; --resume continues it`,
    );
  mkdirSync(out, { recursive: true });
  let state = resume ? readCheckpoint(last) : freshState(settings);
  const { seed, picker, batch: size, schedule } = state.settings;
  for (const log of ['metrics.jsonl', 'validation.jsonl']) dropAfter(join(out, log), state.step);

  const { parameters } = state;
  const batches = supplyBatches({ seed, purpose: 'learning', size }, { workers, end: schedule.steps });
  const validate = validation(size, validationBatches, workers);
  const gradientFor = async (step: number) => {
    const begun = performance.now();
    const batch = await batches.take(step);
    const batchMs = performance.now() - begun;
    return { ...(await gradientsOf(batch, parameters, picker)), batchMs, begun };
  };

  let saved = performance.now();
  try {
    while (state.step < schedule.steps && !signal?.aborted) {
      const { losses, gradient, statistics, batchMs, begun } = await gradientFor(state.step);
      if (!Number.isFinite(losses.total))
        throw new Error(`${out}: the loss of step ${state.step + 1} is ${losses.total}; a lower --rate may help`);
      const gradientNorm = clipNorm(gradient, LONGEST_GRADIENT);
      const rate = rateAt(state.step, schedule);
      const adam = stepAdam(parameters.learnt, gradient, state.adam, rate);
      follow(parameters, statistics);
      state = { settings: state.settings, step: state.step + 1, parameters, adam, best: state.best };

      const { total: loss, onset, none } = losses;
      const metrics = {
        step: state.step,
        loss,
        onset,
        none,
        rate,
        gradientNorm,
        batchMs,
        stepMs: performance.now() - begun,
      };
      appendFileSync(join(out, 'metrics.jsonl'), `${JSON.stringify(metrics)}\n`);

      if (state.step % validateEvery === 0 || state.step === schedule.steps) {
        const validation = await validate(state);
        appendFileSync(join(out, 'validation.jsonl'), `${JSON.stringify({ step: state.step, ...validation })}\n`);
        const better = state.best === undefined || validation.loss < state.best;
        state = { ...state, validation, best: better ? validation.loss : state.best };
        if (better) writeCheckpoint(join(out, BEST), state);
      }
      if (performance.now() - saved >= 60_000 * checkpointMinutes) {
        writeCheckpoint(last, state);
        saved = performance.now();
      }
      onStep?.(metrics, state);
      await setImmediate(); // some backends never wait, and signals would not be heard
    }
  } finally {
    await batches.close();
  }
  writeCheckpoint(last, state);
  return state;
}

function freshState(settings: RunSettings): Checkpoint {
  const parameters = startParameters(pickerLayout(settings.picker).parameters, settings.seed);
  return { settings, step: 0, parameters, adam: startAdam(parameters.learnt.length), best: undefined };
}

function follow({ statistics }: Parameters, met: Float32Array): void {
  for (let i = 0; i < met.length; i++) statistics[i] += MOMENTUM * (met[i] - statistics[i]);
}

/** Lines of steps that will be taken again are dropped, so the log is one curve. */
function dropAfter(log: string, step: number): void {
  if (!existsSync(log)) return;
  const whole = readFileSync(log, 'utf8').split('\n').slice(0, -1); // the last may be cut short
  const kept = whole.filter((line) => JSON.parse(line).step <= step);
  writeWhole(log, kept.map((line) => `${line}\n`).join(''));
}
