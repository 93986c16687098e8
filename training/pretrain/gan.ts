/**
 * The training of a GAN on unlabelled windows, top to bottom: a step of the discriminator on real and made windows, a step of
 * the generator through it, and now and then a look at how alike the two are. All that is random in step k depends on the
 * seed and k alone, so a run that was killed goes on along the curve it would have followed.
 */
import { SAMPLES } from '#shared/model/window.ts';
import { copyParameters } from '../network/parameters.ts';
import { supplyBatches } from '../prefetch.ts';
import { type Dice, diceOf, fillNormal } from '../synthetic/dice.ts';
import { follow } from '../train/average.ts';
import { type RunKind, type RunOptions, runIn, spent } from '../train/run-folder.ts';
import { RAW_BATCHES, type RawPlan } from './batches.ts';
import { type LearningNetwork, type PretrainState, readPretrain, startNetwork, writePretrain } from './checkpoint.ts';
import { type Corpus, NO_CORPUS } from './corpus.ts';
import { type DiscriminatorSlopes, drawZ } from './gan/gradients.ts';
import { compandedOf, type GanLook, type Looks, looker, newsOf } from './gan/look.ts';
import { plotGan } from './gan/plot.ts';
import { GAN, type GanNetwork, type GanSettings, ganSpecs } from './gan/settings.ts';
import { iterate } from './gan/spectral.ts';
import { stepDiscriminator, stepGenerator } from './gan/step.ts';
import { checkSameCorpus } from './held-back.ts';

/** Steps of power iteration before the first step of the run; then one a step follows. */
const FIRST_ITERATIONS = 30;
/** Seeds of what is drawn in a step. */
const DRAWN = { discriminator: 7, generator: 8 } as const;

export interface GanState extends PretrainState<GanSettings, GanNetwork> {
  readonly look?: Looks;
}

/** A line of metrics.jsonl: losses, mean probabilities D(x) and D(G(z)), lengths of the gradients. */
export interface GanMetrics {
  readonly step: number;
  readonly discriminator: number;
  readonly generator: number;
  readonly real: number;
  readonly made: number;
  /** ‖∇D‖² at real windows, where it is penalised. */
  readonly slope?: number;
  readonly discriminatorGradient: number;
  readonly generatorGradient: number;
  readonly batchMs: number;
  readonly stepMs: number;
}

export interface GanOptions extends RunOptions<GanState, GanMetrics> {
  readonly settings?: GanSettings;
  /** What is learnt from, besides made shots; of a resumed run the one it began with. */
  readonly corpus?: Corpus;
  /** Steps between looks. @default 100 */
  readonly lookEvery?: number;
  /** Windows of each set that a look compares. @default 64 */
  readonly lookWindows?: number;
  /** Told when the generator collapses, and when it has recovered. */
  readonly warn?: (line: string) => void;
}

/** @param out folder of the run: last.safetensors, best.safetensors, metrics.jsonl, looks.jsonl, plot.svg, samples.png */
export const trainGan = (
  out: string,
  {
    settings: chosen = GAN,
    corpus = NO_CORPUS,
    lookEvery = 100,
    lookWindows = 64,
    workers = 1,
    warn = () => {},
    ...running
  }: GanOptions = {},
): Promise<GanState> =>
  runIn(out, running, kindOf(chosen, corpus), ({ settings, networks, corpus: known }, folder) => {
    checkSameCorpus(corpus.record, known);
    const {
      seed,
      windows,
      traces,
      straight,
      synthetic,
      latent,
      discriminatorSteps: turns,
      r1,
      noise,
      steps,
    } = settings;
    const plan: RawPlan = { seed, purpose: 'learning', windows, traces, straight, synthetic, gathers: corpus.gathers };
    const batches = supplyBatches(RAW_BATCHES, plan, { workers, end: steps * turns });
    const { generator, discriminator } = networks;
    const opponents = { generator: generator.learning, discriminator: discriminator.learning };
    const lookAt = looker(settings, plan, lookWindows);

    const take = async (state: GanState) => {
      const begun = performance.now();
      let batchMs = 0;
      const loud = noise * (1 - state.step / steps);
      const noiseFor = (count: number, dice: Dice) => (loud > 0 ? { noise: drawNoise(count, loud, dice) } : {});
      let judging = state.networks.discriminator.adam;
      let judged: DiscriminatorSlopes | undefined;
      for (let turn = 0; turn < turns; turn++) {
        const asked = performance.now();
        const real = compandedOf(await batches.take(state.step * turns + turn));
        batchMs += performance.now() - asked;
        const dice = diceOf(seed, DRAWN.discriminator, state.step, turn);
        const batch = {
          real,
          z: drawZ(windows * latent, dice),
          ...(r1 > 0 && { directions: drawZ(real.length, dice) }),
          ...noiseFor(2 * real.length, dice),
        };
        ({ slopes: judged, adam: judging } = await stepDiscriminator(batch, opponents, judging, settings));
      }
      const dice = diceOf(seed, DRAWN.generator, state.step);
      const batch = { z: drawZ(windows * latent, dice), ...noiseFor(windows * traces * SAMPLES, dice) };
      const { slopes: fooled, adam: making } = await stepGenerator(
        batch,
        opponents,
        state.networks.generator.adam,
        settings,
      );
      const step = state.step + 1;
      if (!Number.isFinite(judged!.loss + fooled.loss))
        throw new Error(
          `${out}: the losses of step ${step} are ${judged!.loss} and ${fooled.loss}; lower rates may help`,
        );
      for (const { parameters, learning } of [generator, discriminator]) follow(parameters, learning, step);
      const stepMs = performance.now() - begun;
      const metrics: GanMetrics = {
        step,
        discriminator: judged!.loss,
        generator: fooled.loss,
        real: judged!.real,
        made: judged!.made,
        ...(judged!.slope !== undefined && { slope: judged!.slope }),
        discriminatorGradient: lengthOf(judged!.gradient),
        generatorGradient: lengthOf(fooled.gradient),
        batchMs,
        stepMs,
      };
      const networks = {
        generator: { ...generator, adam: making },
        discriminator: { ...discriminator, adam: judging },
      };
      return { state: { ...state, step, networks, effort: spent(state.effort, stepMs) }, metrics };
    };

    const look = async (state: GanState): Promise<GanState> => {
      const { look, sheet } = await lookAt(state.step, generator.parameters);
      folder.noteLook(look);
      folder.writePicture('samples.png', sheet);
      const before = state.look;
      const news = newsOf(before, look);
      if (news) warn(`${out}: ${news}`);
      const better = !look.collapsed && look.unlikeness < (before?.best?.unlikeness ?? Number.POSITIVE_INFINITY);
      const best = better ? look : before?.best;
      const seen = { ...state, look: { last: look, ...(best && { best }) } };
      if (better) folder.keepBest(seen);
      return seen;
    };

    return { steps, take, look: { every: lookEvery, at: look }, close: () => batches.close() };
  });

const kindOf = (settings: GanSettings, corpus: Corpus): RunKind<GanState, GanMetrics, GanLook> => ({
  fresh: () => freshState(settings, corpus),
  read: readGan,
  write: writePretrain,
  looks: 'looks.jsonl',
  plot: plotGan,
});

/** @throws RecordError */
export const readGan = (path: string): GanState => readPretrain(path, 'gan', ganSpecs) as GanState;

function freshState(settings: GanSettings, { record }: Corpus): GanState {
  const specs = ganSpecs(settings);
  const networks: Record<GanNetwork, LearningNetwork> = {
    generator: startNetwork(specs.generator, settings.seed),
    discriminator: startNetwork(specs.discriminator, settings.seed + 1),
  };
  iterate(networks.discriminator.learning, FIRST_ITERATIONS);
  alikeOverFold(networks.generator.learning.byName.get('output.kernel')!, settings.unet.fold);
  for (const { learning, parameters } of Object.values(networks)) copyParameters(learning, parameters);
  return { kind: 'gan', settings, step: 0, networks, corpus: record, effort: { hours: 0, backends: [] } };
}

/** Samples that are unfolded from one place begin alike: else they make stripes (Aitken et al. 2017). */
function alikeOverFold(kernel: Float32Array, fold: number): void {
  for (let i = 0; i < kernel.length; i++) kernel[i] = kernel[i - (i % fold)];
}

function drawNoise(count: number, deviation: number, dice: Dice): Float32Array {
  const noise = new Float32Array(count);
  fillNormal(dice, noise);
  return noise.map((n) => n * deviation);
}

function lengthOf(gradient: Float32Array): number {
  let sum = 0;
  for (const slope of gradient) sum += slope * slope;
  return Math.sqrt(sum);
}
