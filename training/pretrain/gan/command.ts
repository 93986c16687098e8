/** `firstbreak train pretrain gan`: learns to make shots, and to tell made ones from real ones. */
import { choiceOption, numberOption } from '#shared/options.ts';
import { defineCommand, EXIT, type ExitCode } from '../../command.ts';
import { RUN_OPTIONS, refuseWithResume, runOptionsOf, startChosen, stopping } from '../../train/options.ts';
import { duration, type ProgressLine, percent, progressLine } from '../../train/progress-line.ts';
import { corpusOf } from '../corpus-of.ts';
import { type GanMetrics, type GanState, trainGan } from '../gan.ts';
import { type Chosen, newSettings } from './choose.ts';
import type { GanLook } from './look.ts';
import { GAN, GAN_LOSSES } from './settings.ts';

export const command = defineCommand({
  summary: 'learns to make shots from random numbers, and to tell them from real ones; for pickers, and for dreams',
  usage: '[FILE|DIR…] --out DIR [--steps N] [--loss NAME] [--r1 G] [--resume]',
  about:
    'Two networks learn against each other from all shots of the files and folders, of any format that is read, with a share of\n' +
    'synthetic ones if wanted; without files, from synthetic ones alone. Writes checkpoints (last.safetensors, best.safetensors), a line for\n' +
    'each step (metrics.jsonl) and each look (looks.jsonl: how far made windows are from real ones), curves (plot.svg) and made\n' +
    'windows above real ones (samples.png) to DIR. Says when the generator has collapsed, and goes on. Ctrl-C stops after the\n' +
    'step under way; --resume goes on along the same curve, also after a kill. docs/pretraining.md walks through it.',
  options: {
    ...RUN_OPTIONS,
    loss: { type: 'string', value: 'NAME', help: `of the generator: ${GAN_LOSSES.join(', ')} (default ${GAN.loss})` },
    'discriminator-rate': {
      type: 'string',
      value: 'R',
      help: `learning rate (default ${GAN.rates.discriminator})`,
    },
    'generator-rate': { type: 'string', value: 'R', help: `learning rate (default ${GAN.rates.generator})` },
    'discriminator-steps': {
      type: 'string',
      value: 'N',
      help: `for each step of the generator (default ${GAN.discriminatorSteps})`,
    },
    r1: {
      type: 'string',
      value: 'G',
      help: `weight of the penalty on the discriminator's slope at real windows (default ${GAN.r1}; 0: none)`,
    },
    'label-smoothing': {
      type: 'string',
      value: 'S',
      help: `real windows are called real to 1 − S (default ${GAN.smoothing})`,
    },
    noise: {
      type: 'string',
      value: 'S',
      help: `on all windows that are judged, of their largest amplitude, fading over the run (default ${GAN.noise}; 0: none)`,
    },
    'no-deviation': {
      type: 'boolean',
      help: 'do not show the discriminator how much the windows of a batch differ',
    },
    latent: { type: 'string', value: 'N', help: `random numbers a window is made from (default ${GAN.latent})` },
    synthetic: {
      type: 'string',
      value: 'SHARE',
      help: `of the windows, from synthetic shots (default ${GAN.synthetic}; 1 without files)`,
    },
    straight: {
      type: 'string',
      value: 'SHARE',
      help: `of the windows with one time axis, where moveout is seen; the others lie along the breaks (default ${GAN.straight})`,
    },
    steps: { type: 'string', value: 'N', help: `steps (default ${GAN.steps})` },
    windows: { type: 'string', value: 'N', help: `windows of a step (default ${GAN.windows})` },
    traces: { type: 'string', value: 'N', help: `traces of a window (default ${GAN.traces})` },
    widths: {
      type: 'string',
      value: 'A,B,…',
      help: `channels of the four levels (default ${GAN.unet.widths.join(',')}, those of the picker)`,
    },
    seed: { type: 'string', value: 'S', help: `of weights and windows (default ${GAN.seed})` },
    'look-every': { type: 'string', value: 'N', help: 'steps between looks (default 100)' },
  },
  async run({ values, positionals }) {
    const whole = (
      name: 'discriminator-steps' | 'latent' | 'steps' | 'windows' | 'traces' | 'seed' | 'look-every',
      max: number,
      min = 1,
    ) => numberOption(name, values[name], { min, max, whole: true });
    const number = (
      name: 'discriminator-rate' | 'generator-rate' | 'r1' | 'label-smoothing' | 'noise' | 'synthetic' | 'straight',
      min: number,
      max: number,
    ) => numberOption(name, values[name], { min, max });
    const { out, ...running } = runOptionsOf(values);
    const chosen: Chosen = {
      loss: values.loss === undefined ? undefined : choiceOption('loss', values.loss, GAN_LOSSES),
      'discriminator-rate': number('discriminator-rate', 1e-7, 1),
      'generator-rate': number('generator-rate', 1e-7, 1),
      'discriminator-steps': whole('discriminator-steps', 100),
      r1: number('r1', 0, 1e6),
      'label-smoothing': number('label-smoothing', 0, 0.5),
      noise: number('noise', 0, 1),
      'no-deviation': values['no-deviation'] === true ? true : undefined,
      latent: whole('latent', 4096),
      synthetic: number('synthetic', 0, 1),
      straight: number('straight', 0, 1),
      steps: whole('steps', 10_000_000),
      windows: whole('windows', 1024, 2),
      traces: whole('traces', 1024),
      widths: values.widths,
      seed: whole('seed', 2 ** 31 - 2, 0),
    };
    if (running.resume) refuseWithResume({ ...chosen });
    const settings = newSettings(chosen, positionals.length > 0);

    const progress = progressLine(values.quiet === true);
    const corpus = await corpusOf(positionals, progress);
    const backend = await startChosen(values, progress);
    const lookEvery = whole('look-every', 1_000_000);
    const end = await trainGan(out, {
      ...running,
      settings,
      corpus,
      backend,
      ...(lookEvery !== undefined && { lookEvery }),
      onStep: stepsOn(progress),
      warn: progress.warn,
      signal: stopping(),
    });
    return said(end, progress);
  },
});

/** Steps over which all is averaged. */
const OVER = 50;

function stepsOn(progress: ProgressLine) {
  const recent: GanMetrics[] = [];
  return (metrics: GanMetrics, { settings: { steps, windows }, look }: GanState) => {
    recent.push(metrics);
    if (recent.length > OVER) recent.shift();
    const looked = look?.last.step === metrics.step;
    progress.show(looked || metrics.step === steps, () => {
      const mean = (name: 'discriminator' | 'generator' | 'real' | 'made' | 'stepMs') =>
        recent.reduce((sum, each) => sum + each[name], 0) / recent.length;
      return [
        `step ${metrics.step}/${steps}`,
        `losses ${mean('discriminator').toFixed(2)} and ${mean('generator').toFixed(2)}`,
        `D(x) ${percent(mean('real'))}, D(G(z)) ${percent(mean('made'))}`,
        ...(looked ? wordsOf(look.last) : []),
        ...(looked && look.best?.step === metrics.step ? ['best so far'] : []),
        `${((1000 * windows) / mean('stepMs')).toFixed(1)} windows/s`,
        `${duration((steps - metrics.step) * mean('stepMs'))} left`,
      ];
    });
  };
}

const wordsOf = ({ distances, yardstick, diversity }: GanLook): readonly string[] => [
  `from real windows (these among themselves): spectrum ${distances.spectrum.toFixed(1)} (${yardstick.spectrum.toFixed(1)}) dB, ` +
    `autocorrelation ${distances.autocorrelation.toFixed(3)} (${yardstick.autocorrelation.toFixed(3)}), ` +
    `moveout ${distances.moveout.toFixed(2)} (${yardstick.moveout.toFixed(2)}) samples a trace, ` +
    `coherence ${distances.coherence.toFixed(3)} (${yardstick.coherence.toFixed(3)})`,
  `diversity ${diversity.pairs.toFixed(2)}, nearest ${diversity.nearest.toFixed(2)}`,
];

function said({ step, settings, look }: GanState, progress: ProgressLine): ExitCode {
  progress.end();
  const done = step >= settings.steps;
  progress.say(
    done
      ? `done: ${step} steps${look?.best ? `, least unlike real windows at step ${look.best.step}` : ''}`
      : `stopped at step ${step} of ${settings.steps}; the same command with --resume goes on`,
  );
  return done ? EXIT.fine : EXIT.failed;
}
