/**
 * Generator and discriminator: the two halves of the picker's U-Net, each by itself. What the discriminator learns lies in
 * arrays of the names and shapes of the picker's way down, what the generator learns in those of its way up.
 */
import { type Layers, layoutOf, type ParameterSpec } from '../../network/layers.ts';
import { checkUnet, decode, deepestOf, encode, type UnetConfig, windowShape } from '../../network/unet.ts';
import { type SpectralLayers, spectralShapes } from './spectral.ts';

export interface GanSize {
  readonly unet: UnetConfig;
  readonly latent: number;
  readonly traces: number;
  readonly deviation: boolean;
}

export interface GeneratorLayers<T> extends Layers<T> {
  tanh(x: T): T;
}

/** @param z [window, latent] @returns companded windows, −1 … 1: [window, trace, sample] */
export function generator<T>(layers: GeneratorLayers<T>, z: T, { unet, traces }: GanSize): T {
  return fromField(layers, layers.fromCode('widen', z, deepestOf(unet, traces)), unet);
}

/**
 * The part of the generator that is convolution alone, of any width.
 * @param field [window, trace / 4, 4, 64]
 * @returns [window, trace, sample]
 */
export function fromField<T>(layers: GeneratorLayers<T>, field: T, unet: UnetConfig): T {
  const deepest = layers.convNormRelu('field', field, unet.widths[unet.widths.length - 1], unet.kernel);
  const folded = layers.conv('output', decode(layers, deepest, unet), unet.fold, unet.kernel);
  return layers.tanh(layers.unfoldTime(folded));
}

/** @param window [window, trace, sample, channel] @returns logits of "this is real": [window, 1] */
export function discriminator<T>(layers: SpectralLayers<T>, window: T, { unet, deviation }: GanSize): T {
  const seen = encode(layers, window, unet);
  const deepest = seen[seen.length - 1]; // [window, trace / 4, 4, 64]
  const compared = deviation ? layers.withDeviation(deepest) : deepest;
  const head = layers.convNormRelu('head', compared, unet.widths[unet.widths.length - 1], unet.kernel);
  return layers.toCode('real', head, 1);
}

const FAINT = { normalOver: 20_000 };

export function generatorSpecs(size: GanSize): readonly ParameterSpec[] {
  checkUnet(size.unet);
  const { parameters } = layoutOf((layers) => generator({ ...layers, tanh: (x) => x }, [1, size.latent], size));
  // From faint windows on: random loud ones would have to be unlearnt first.
  return parameters.map((spec) => (spec.name === 'output.kernel' ? { ...spec, start: FAINT } : spec));
}

export function discriminatorSpecs(size: GanSize): readonly ParameterSpec[] {
  checkUnet(size.unet);
  const { layers, parameters } = spectralShapes();
  discriminator(layers, windowShape(1, size.traces), size);
  return parameters;
}
