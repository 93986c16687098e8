/**
 * A run of the autoencoder, top to bottom: start or go on, then batch, gradient, step, and now and then a look at windows that
 * are never learnt from, pictures and a checkpoint. Batch k depends on the seed and k alone, so a run that was killed goes on
 * along the curve it would have followed.
 */
import type { Parameters } from '../network/parameters.ts';
import { PICKER } from '../picker.ts';
import { supplyBatches } from '../prefetch.ts';
import { clipNorm, rateAt, type Schedule, stepAdam } from '../train/adamw.ts';
import { follow } from '../train/average.ts';
import { COLOURS, curves, smoothed, thinned } from '../train/plot.ts';
import { type RunKind, type RunOptions, runIn, spent } from '../train/run-folder.ts';
import { type AutoencoderConfig, autoencoderLayout } from './autoencoder.ts';
import { AUTOENCODER_BATCHES, type Variant } from './autoencoder-batches.ts';
import { gradientsOf } from './autoencoder-gradients.ts';
import { type AutoencoderLook, lookerOf } from './autoencoder-look.ts';
import { bestFile, type PretrainState, readPretrain, startNetwork, writePretrain } from './checkpoint.ts';
import { type Corpus, NO_CORPUS } from './corpus.ts';
import { checkSameCorpus, parted } from './held-back.ts';

/** What decides the numbers of a run; two runs with the same settings and gathers on one backend give the same curve. */
export interface AutoencoderSettings {
  readonly seed: number;
  readonly autoencoder: AutoencoderConfig;
  readonly variant: Variant;
  /** Windows of a step; see `RawPlan`. */
  readonly mix: { readonly windows: number; readonly straight: number; readonly synthetic: number };
  readonly schedule: Schedule;
}

export const AUTOENCODER: AutoencoderSettings = {
  seed: 1,
  autoencoder: { unet: PICKER, traces: 24, code: 48, skips: false },
  variant: 'plain',
  mix: { windows: 16, straight: 0.5, synthetic: 0.5 },
  schedule: { rate: 3e-3, warmUp: 50, steps: 2000 },
};

export interface AutoencoderState extends PretrainState<AutoencoderSettings, 'autoencoder'> {
  readonly look?: AutoencoderLook;
  readonly best?: LookMetrics;
}

/** A line of metrics.jsonl. */
export interface AutoencoderMetrics {
  readonly step: number;
  /** Mean of the squared error. */
  readonly loss: number;
  readonly rate: number;
  readonly gradientNorm: number;
  /** Of waiting for the batch, and of the whole step. */
  readonly batchMs: number;
  readonly stepMs: number;
}

/** A line of validation.jsonl. */
export type LookMetrics = AutoencoderLook & { readonly step: number };

export interface AutoencoderOptions extends RunOptions<AutoencoderState, AutoencoderMetrics> {
  readonly settings?: AutoencoderSettings;
  /** Gathers to learn from. @default none: made ones */
  readonly corpus?: Corpus;
  /** Steps between looks. @default 200 */
  readonly lookEvery?: number;
  /** Batches of each kind in a look. @default 4 */
  readonly lookBatches?: number;
}

/** The gradient is shortened to this. */
const LONGEST_GRADIENT = 1;
/** How fast the remembered statistics follow those of the batches. */
const MOMENTUM = 0.05;

/** @param out folder of the run: last.safetensors, best.safetensors, metrics.jsonl, validation.jsonl, plot.svg, pictures.png */
export const trainAutoencoder = (
  out: string,
  {
    settings = AUTOENCODER,
    corpus = NO_CORPUS,
    lookEvery = 200,
    lookBatches = 4,
    workers = 1,
    ...running
  }: AutoencoderOptions = {},
): Promise<AutoencoderState> =>
  runIn(out, running, kindOf(settings, corpus), (begun, folder) => {
    checkSameCorpus(corpus.record, begun.corpus);
    const { seed, autoencoder: config, variant, mix, schedule } = begun.settings;
    const { learnt, held } = parted(corpus.gathers);
    const size = { ...mix, variant, traces: config.traces };
    const batches = supplyBatches(
      AUTOENCODER_BATCHES,
      { ...size, seed, purpose: 'learning', gathers: learnt },
      { workers, end: schedule.steps },
    );
    const looker = lookerOf({ ...size, held, batches: lookBatches, workers });
    const { parameters, learning } = begun.networks.autoencoder;

    const take = async (state: AutoencoderState) => {
      const begun = performance.now();
      const batch = await batches.take(state.step);
      const batchMs = performance.now() - begun;
      const { loss, gradient, statistics } = await gradientsOf(batch, learning, config);
      if (!Number.isFinite(loss))
        throw new Error(`${out}: the loss of step ${state.step + 1} is ${loss}; a lower --rate may help`);
      const gradientNorm = clipNorm(gradient, LONGEST_GRADIENT);
      const rate = rateAt(state.step, schedule);
      const adam = stepAdam(learning.learnt, gradient, state.networks.autoencoder.adam, rate);
      remember(learning, statistics);
      const step = state.step + 1;
      follow(parameters, learning, step);
      const stepMs = performance.now() - begun;
      const metrics: AutoencoderMetrics = { step, loss, rate, gradientNorm, batchMs, stepMs };
      const { look: _seen, ...rest } = state;
      const networks = { autoencoder: { parameters, learning, adam } };
      return { state: { ...rest, step, effort: spent(state.effort, stepMs), networks }, metrics };
    };
    const lookAt = async (state: AutoencoderState): Promise<AutoencoderState> => {
      const look = await looker.look(parameters, config);
      const metrics: LookMetrics = { step: state.step, ...look };
      folder.noteLook(metrics);
      const better = state.best === undefined || look.error < state.best.error;
      const seen = { ...state, look, best: better ? metrics : state.best! };
      if (better) folder.keepBest(seen);
      folder.writePicture('pictures.png', await looker.pictures(parameters, config));
      return seen;
    };
    return { steps: schedule.steps, take, look: { every: lookEvery, at: lookAt }, close: () => batches.close() };
  });

const kindOf = (
  settings: AutoencoderSettings,
  corpus: Corpus,
): RunKind<AutoencoderState, AutoencoderMetrics, LookMetrics> => ({
  fresh: () => freshState(settings, corpus),
  read: readAutoencoder,
  write: writePretrain,
  looks: 'validation.jsonl',
  plot: plotRun,
});

/** @throws RecordError */
export const readAutoencoder = (path: string): AutoencoderState =>
  readPretrain<AutoencoderSettings, 'autoencoder'>(path, 'autoencoder', ({ autoencoder }) => ({
    autoencoder: autoencoderLayout(autoencoder).parameters,
  })) as AutoencoderState;

/** The state to use of a run: the one that did best, else the last. @throws RecordError */
export const bestAutoencoder = (run: string): AutoencoderState => readAutoencoder(bestFile(run));

const freshState = (settings: AutoencoderSettings, { record }: Corpus): AutoencoderState => ({
  kind: 'autoencoder',
  settings,
  step: 0,
  networks: { autoencoder: startNetwork(autoencoderLayout(settings.autoencoder).parameters, settings.seed) },
  corpus: record,
  effort: { hours: 0, backends: [] },
});

function remember({ statistics }: Parameters, met: Float32Array): void {
  for (let i = 0; i < met.length; i++) statistics[i] += MOMENTUM * (met[i] - statistics[i]);
}

function plotRun(steps: readonly AutoencoderMetrics[], looks: readonly LookMetrics[]): string {
  const kinds = Object.keys(looks[0]?.byKind ?? {});
  const colours = Object.values(COLOURS);
  return curves([
    {
      title: 'squared error while learning',
      height: 200,
      label: (value) => value.toFixed(4),
      lines: [{ name: 'learning, smoothed', colour: COLOURS.blue, points: smoothed(steps) }],
    },
    {
      title: 'error of windows not learnt from, share of their variance',
      height: 240,
      label: (value) => `${(100 * value).toFixed(0)} %`,
      lines: kinds.map((kind, i) => ({
        name: kind,
        colour: colours[i % colours.length],
        points: looks.map(({ step, byKind }) => [step, byKind[kind]]),
      })),
    },
    {
      title: 'learning rate',
      height: 90,
      label: (value) => value.toExponential(1),
      lines: [{ name: 'rate', colour: COLOURS.pink, points: thinned(steps.map(({ step, rate }) => [step, rate])) }],
    },
  ]);
}
