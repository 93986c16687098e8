/** What decides the numbers of a GAN's run, and what is usual. */
import type { ParameterSpec } from '../../network/layers.ts';
import type { UnetConfig } from '../../network/unet.ts';
import { PICKER } from '../../picker.ts';
import { discriminatorSpecs, generatorSpecs } from './networks.ts';

export type GanLoss = 'non-saturating' | 'minimax';
export const GAN_LOSSES: readonly GanLoss[] = ['non-saturating', 'minimax'];

export interface GanSettings {
  readonly seed: number;
  readonly unet: UnetConfig;
  /** Numbers of a z. */
  readonly latent: number;
  /** Of a step, and traces of each. */
  readonly windows: number;
  readonly traces: number;
  /** Shares of the windows, see `RawPlan`. */
  readonly straight: number;
  readonly synthetic: number;
  readonly steps: number;
  /** Two time scales (Heusel et al. 2017). */
  readonly rates: { readonly discriminator: number; readonly generator: number };
  /** Steps of the discriminator for one of the generator. */
  readonly discriminatorSteps: number;
  readonly loss: GanLoss;
  /** γ of the penalty on the discriminator's slope at real windows; 0: none. */
  readonly r1: number;
  /** Real windows are called real to 1 − this. */
  readonly smoothing: number;
  /** Deviation of noise on all windows that are judged, fading to nothing at the end (Sønderby et al. 2017). */
  readonly noise: number;
  /** The discriminator sees how much the windows of a batch differ. */
  readonly deviation: boolean;
}

export const GAN: GanSettings = {
  seed: 1,
  unet: PICKER,
  latent: 64,
  windows: 8,
  traces: 24,
  straight: 1,
  synthetic: 0,
  steps: 2000,
  rates: { discriminator: 4e-4, generator: 4e-4 },
  discriminatorSteps: 1,
  loss: 'non-saturating',
  r1: 1,
  smoothing: 0,
  noise: 0.1,
  deviation: true,
};

export type GanNetwork = 'generator' | 'discriminator';

export const ganSpecs = (settings: GanSettings): Readonly<Record<GanNetwork, readonly ParameterSpec[]>> => ({
  generator: generatorSpecs(settings),
  discriminator: discriminatorSpecs(settings),
});
