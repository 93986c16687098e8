/**
 * The autoencoder: the first half of the picker's network, a few numbers that are all that goes on, and the second half, which
 * rebuilds the window from them (Hinton and Salakhutdinov 2006). To rebuild shots from so little it has to find what they have
 * in common; what is left of a gather in the code is also where it stands among others (`training/map`).
 */
import { SAMPLES } from '#shared/model/window.ts';
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

/** What an autoencoder needs besides the layers of all networks. */
export interface AutoencoderLayers<T> extends Layers<T> {
  /** Each number of a code with mean 0 and variance 1 over the batch: [n, width] → [n, width] */
  standardise(name: string, code: T): T;
  add(a: T, b: T): T;
}

/** @param window [window, trace, sample, channel] */
export function autoencoder<T>(layers: AutoencoderLayers<T>, window: T, config: AutoencoderConfig): Rebuilt<T> {
  const kept = encode(layers, window, config.unet);
  const raw = layers.toCode('bottleneck', kept[kept.length - 1], config.code);
  // Codes of one scale: without it learning stands still for hundreds of steps. Also what makes them comparable later.
  const code = layers.standardise('bottleneck', raw); // [window, code]
  return { code, window: rebuild(layers, code, config, config.skips ? kept : undefined) };
}

/**
 * The second half: from a code to a window. [window, trace, sample]
 * Where the code is all there is, a window is also a sum of as many fixed windows as there are numbers in it, as in principal
 * components: that part is learnt at once, and the convolutions see to the rest.
 */
export function rebuild<T>(
  layers: AutoencoderLayers<T>,
  code: T,
  { unet, traces }: AutoencoderConfig,
  kept?: readonly T[] | undefined,
): T {
  const deepest = layers.fromCode('widen', code, deepestOf(unet, traces)); // [window, trace / 4, 4, 64]
  const x = decode(layers, deepest, unet, kept); // [window, trace, 32, 20]
  const output = layers.conv('output', x, unet.fold, [1, 1]); // [window, trace, 32, 4]
  if (kept) return layers.unfoldTime(output);
  const direct = layers.fromCode('direct', code, [traces, SAMPLES / unet.fold, unet.fold]);
  return layers.unfoldTime(layers.add(output, direct));
}

/** The arrays of such a network. @throws Error when the sizes do not fit together */
export function autoencoderLayout(config: AutoencoderConfig): Layout {
  checkUnet(config.unet);
  const multiple = traceMultiple(config.unet);
  if (config.traces % multiple) throw new Error(`expected traces in multiples of ${multiple}, found ${config.traces}`);
  const statistics: ParameterSpec[] = [];
  const layout = layoutOf((layers) => {
    const own: AutoencoderLayers<Shape> = {
      ...layers,
      standardise(name, code) {
        for (const [which, value] of [
          ['mean', 0],
          ['variance', 1],
        ] as const)
          statistics.push({ name: `${name}.${which}`, shape: [code[1]], learnt: false, start: { value } });
        return code;
      },
      add: (a) => a,
    };
    return autoencoder<Shape>(own, windowShape(1, config.traces), config).window;
  });
  // From silence on: random amplitudes would have to be unlearnt first.
  const silent = ({ name }: ParameterSpec) => name === 'output.kernel' || name === 'direct.kernel';
  const learnt = layout.parameters.map((spec) => (silent(spec) ? { ...spec, start: { value: 0 } } : spec));
  return { ...layout, parameters: [...learnt, ...statistics] };
}
