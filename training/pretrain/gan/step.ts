/** One step of each network, the other held still: gradient, Adam, statistics. What is changed is changed in place. */
import type { Parameters } from '../../network/parameters.ts';
import { type AdamSettings, type AdamState, stepAdam } from '../../train/adamw.ts';
import {
  type DiscriminatorBatch,
  type DiscriminatorSlopes,
  discriminatorSlopes,
  type GeneratorBatch,
  type GeneratorSlopes,
  generatorSlopes,
} from './gradients.ts';
import type { GanNetwork, GanSettings } from './settings.ts';
import { iterate } from './spectral.ts';

/** No momentum, as in Brock et al. (2019): the opponent moves too fast for it. */
const ADAM: AdamSettings = { beta1: 0, beta2: 0.9, epsilon: 1e-8, decay: 0 };
/** How fast the remembered statistics of the generator follow those of the batches. */
const MOMENTUM = 0.05;

export type Opponents = Readonly<Record<GanNetwork, Parameters>>;

export async function stepDiscriminator(
  batch: DiscriminatorBatch,
  networks: Opponents,
  adam: AdamState,
  settings: GanSettings,
): Promise<{ readonly slopes: DiscriminatorSlopes; readonly adam: AdamState }> {
  const { discriminator } = networks;
  iterate(discriminator);
  const slopes = await discriminatorSlopes(batch, networks, settings);
  const { rates } = settings;
  return { slopes, adam: stepAdam(discriminator.learnt, slopes.gradient, adam, rates.discriminator, ADAM) };
}

export async function stepGenerator(
  batch: GeneratorBatch,
  networks: Opponents,
  adam: AdamState,
  settings: GanSettings,
): Promise<{ readonly slopes: GeneratorSlopes; readonly adam: AdamState }> {
  const { generator } = networks;
  const slopes = await generatorSlopes(batch, networks, settings);
  const { rates } = settings;
  const stepped = stepAdam(generator.learnt, slopes.gradient, adam, rates.generator, ADAM);
  const { statistics } = generator;
  for (let i = 0; i < statistics.length; i++) statistics[i] += MOMENTUM * (slopes.statistics[i] - statistics[i]);
  return { slopes, adam: stepped };
}
