/** The settings of a new GAN, from what was chosen on the command line. */
import { UsageError } from '#shared/options.ts';
import { traceMultiple } from '../../network/unet.ts';
import { GAN, type GanLoss, type GanSettings } from './settings.ts';

/** By the name of the option. */
export interface Chosen {
  readonly loss: GanLoss | undefined;
  readonly 'discriminator-rate': number | undefined;
  readonly 'generator-rate': number | undefined;
  readonly 'discriminator-steps': number | undefined;
  readonly r1: number | undefined;
  readonly 'label-smoothing': number | undefined;
  readonly noise: number | undefined;
  readonly 'no-deviation': true | undefined;
  readonly latent: number | undefined;
  readonly synthetic: number | undefined;
  readonly straight: number | undefined;
  readonly steps: number | undefined;
  readonly windows: number | undefined;
  readonly traces: number | undefined;
  readonly widths: string | undefined;
  readonly seed: number | undefined;
}

/** @param gathers are there any to learn from @throws UsageError when they do not fit together */
export function newSettings(chosen: Chosen, gathers: boolean): GanSettings {
  if (!gathers && chosen.synthetic !== undefined && chosen.synthetic < 1)
    throw new UsageError('--synthetic: expected files or folders of shots with it, found none');
  const widths = widthsOf(chosen.widths);
  const unet = { ...GAN.unet, ...(widths && { widths }) };
  const traces = chosen.traces ?? GAN.traces;
  const multiple = traceMultiple(unet);
  if (traces % multiple) throw new UsageError(`--traces: expected a multiple of ${multiple}, found '${traces}'`);
  return {
    seed: chosen.seed ?? GAN.seed,
    unet,
    latent: chosen.latent ?? GAN.latent,
    windows: chosen.windows ?? GAN.windows,
    traces,
    straight: chosen.straight ?? GAN.straight,
    synthetic: gathers ? (chosen.synthetic ?? GAN.synthetic) : 1,
    steps: chosen.steps ?? GAN.steps,
    rates: {
      discriminator: chosen['discriminator-rate'] ?? GAN.rates.discriminator,
      generator: chosen['generator-rate'] ?? GAN.rates.generator,
    },
    discriminatorSteps: chosen['discriminator-steps'] ?? GAN.discriminatorSteps,
    loss: chosen.loss ?? GAN.loss,
    r1: chosen.r1 ?? GAN.r1,
    smoothing: chosen['label-smoothing'] ?? GAN.smoothing,
    noise: chosen.noise ?? GAN.noise,
    deviation: !chosen['no-deviation'],
  };
}

function widthsOf(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const widths = text.split(',').map(Number);
  const levels = GAN.unet.widths.length;
  if (widths.length !== levels || !widths.every((width) => Number.isInteger(width) && width > 0 && width <= 1024))
    throw new UsageError(`--widths: expected ${levels} whole numbers from 1 to 1024, found '${text}'`);
  return widths;
}
