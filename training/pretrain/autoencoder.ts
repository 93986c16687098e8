/**
 * The autoencoder: the first half of the picker's network, a few numbers that are all that goes on, and the second half, which
 * rebuilds the window from them (Hinton and Salakhutdinov 2006). To rebuild shots from so little it has to find what they have
 * in common; what is left of a gather in the code is also where it stands among others (`training/map`).
 */
import { type Layers, type Layout, layoutOf, type ParameterSpec, type Shape } from '../network/layers.ts';
import { checkUnet, decode, deepestOf, encode, traceMultiple, type UnetConfig, windowShape } from '../network/unet.ts';

export interface AutoencoderConfig {
  readonly unet: UnetConfig;
  /** Of a window; the code is of a whole window, so a network knows one number of traces. */
  readonly traces: number;
  /** Numbers in the code. */
  readonly code: number;
  /** What each level saw on the way down also goes to its level on the way up: then the code is not the only way through. */
  readonly skips: boolean;
}

export interface Rebuilt<T> {
  /** [window, code] */
  readonly code: T;
  /** Companded amplitudes. [window, trace, sample] */
  readonly window: T;
}

/** @param window [window, trace, sample, channel] */
export function autoencoder<T>(layers: Layers<T>, window: T, config: AutoencoderConfig): Rebuilt<T> {
  const kept = encode(layers, window, config.unet);
  const code = layers.toCode('bottleneck', kept[kept.length - 1], config.code); // [window, code]
  return { code, window: rebuild(layers, code, config, config.skips ? kept : undefined) };
}

/** The second half: from a code to a window. [window, trace, sample] */
export function rebuild<T>(
  layers: Layers<T>,
  code: T,
  { unet, traces }: AutoencoderConfig,
  kept?: readonly T[] | undefined,
): T {
  const deepest = layers.fromCode('widen', code, deepestOf(unet, traces)); // [window, trace / 4, 4, 64]
  const x = decode(layers, deepest, unet, kept); // [window, trace, 32, 20]
  return layers.unfoldTime(layers.conv('output', x, unet.fold, [1, 1]));
}

/** The arrays of such a network. @throws Error when the sizes do not fit together */
export function autoencoderLayout(config: AutoencoderConfig): Layout {
  checkUnet(config.unet);
  const multiple = traceMultiple(config.unet);
  if (config.traces % multiple) throw new Error(`expected traces in multiples of ${multiple}, found ${config.traces}`);
  const layout = layoutOf((layers) => autoencoder<Shape>(layers, windowShape(1, config.traces), config).window);
  // From silence on: random amplitudes would have to be unlearnt first.
  const silent = ({ name }: ParameterSpec) => name === 'output.kernel';
  const parameters = layout.parameters.map((spec) => (silent(spec) ? { ...spec, start: { value: 0 } } : spec));
  return { ...layout, parameters };
}
