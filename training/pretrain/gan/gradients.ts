/** Losses and gradients of the two networks on a batch, each with the other held, as plain arrays. */
import { type Scalar, type Tensor, type Tensor2D, tf } from '../../backend/tf.ts';
import type { Parameters } from '../../network/parameters.ts';
import { type Lookup, type Moments, tensorLayers } from '../../network/tensors.ts';
import type { Dice } from '../../synthetic/dice.ts';
import { channelsOf } from './channels.ts';
import { discriminatorLoss, generatorLoss } from './losses.ts';
import { discriminator, type GeneratorLayers, generator } from './networks.ts';
import type { GanSettings } from './settings.ts';
import { directionOf, normalised, normalisedArrays, spectralTensors } from './spectral.ts';

export interface Slopes {
  readonly loss: number;
  /** As `Parameters.learnt`. */
  readonly gradient: Float32Array;
}

export interface DiscriminatorSlopes extends Slopes {
  /** Mean probability of being real that is given to real windows, and to made ones. */
  readonly real: number;
  readonly made: number;
  /** ‖∇D‖² at real windows, as it was estimated; without the penalty it is not. */
  readonly slope?: number;
}

/**
 * How far real windows are moved to see the discriminator's slope there: the penalty of Mescheder et al. (2018, R1) by
 * differences along a random direction v, E (v · ∇D)² = ‖∇D‖² (Hutchinson 1990). It takes first derivatives only and is
 * right on average but for terms in ε².
 */
const EPSILON = 0.01;

export interface DiscriminatorBatch {
  /** Companded, [window, trace, sample]. */
  readonly real: Float32Array;
  /** [window, latent] */
  readonly z: Float32Array;
  /** What is added to all windows before they are judged, twice as many numbers as `real`. */
  readonly noise?: Float32Array;
  /** v, as many numbers as `real`; needed for the penalty. */
  readonly directions?: Float32Array;
}

export interface GeneratorBatch {
  readonly z: Float32Array;
  /** What is added to the windows before they are judged. */
  readonly noise?: Float32Array;
}

export async function discriminatorSlopes(
  { real, z, noise, directions }: DiscriminatorBatch,
  networks: { readonly generator: Parameters; readonly discriminator: Parameters },
  settings: GanSettings,
): Promise<DiscriminatorSlopes> {
  const { windows, latent, r1, smoothing } = settings;
  const moved = r1 > 0 ? directions : undefined;
  const { loss, gradient, more } = await slopesOf(networks.discriminator, (lookup) => {
    const made = makeWith(networks.generator, tf.tensor2d(z, [windows, latent]), settings);
    const [noiseOfReal, noiseOfMade] = noise ? [noise.subarray(0, real.length), noise.subarray(real.length)] : [];
    const y = withNoise(tf.tensor(real, made.shape), noiseOfReal);
    const near = moved ? [y.add(tf.tensor(moved, y.shape).mul(EPSILON))] : [];
    const sets = [y, withNoise(made, noiseOfMade), ...near];
    const logits = discriminator(spectralTensors(lookup, sets.length), channelsOf(tf.concat(sets)), settings);
    const [ofReal, ofMade, ofNear] = tf.split(logits, sets.length);
    const loss = discriminatorLoss(ofReal, ofMade, smoothing);
    const means = [ofReal.sigmoid().mean(), ofMade.sigmoid().mean()];
    if (!ofNear) return { loss, more: means };
    const slope = ofNear.sub(ofReal).div(EPSILON).square().mean() as Scalar;
    return { loss: loss.add(slope.mul(r1 / 2)) as Scalar, more: [...means, slope] };
  });
  const [seenReal, seenMade, slope] = more;
  return { loss, gradient, real: seenReal, made: seenMade, ...(slope !== undefined && { slope }) };
}

export interface GeneratorSlopes extends Slopes {
  /** As `Parameters.statistics`: mean and variance in this batch. */
  readonly statistics: Float32Array;
}

export async function generatorSlopes(
  { z, noise }: GeneratorBatch,
  networks: { readonly generator: Parameters; readonly discriminator: Parameters },
  settings: GanSettings,
): Promise<GeneratorSlopes> {
  const { windows, latent, loss: kind } = settings;
  const held = normalisedArrays(networks.discriminator);
  const moments: Moments = new Map();
  const { loss, gradient } = await slopesOf(networks.generator, (lookup) => {
    const made = generator(generatorTensors(lookup, moments), tf.tensor2d(z, [windows, latent]), settings);
    const judge = spectralTensors(lookupIn(networks.discriminator, held));
    return { loss: generatorLoss(discriminator(judge, channelsOf(withNoise(made, noise)), settings), kind), more: [] };
  });
  const met = networks.generator.specs
    .filter((spec) => !spec.learnt)
    .map(({ name }) => {
      const [, layer, which] = /^(.*)\.(mean|variance)$/.exec(name)!;
      return moments.get(layer)![which as 'mean' | 'variance'];
    });
  const statistics = new Float32Array(networks.generator.statistics.length);
  let at = 0;
  for (const moment of met) {
    const values = await moment.data();
    statistics.set(values, at);
    at += values.length;
  }
  tf.dispose(met);
  return { loss, gradient, statistics };
}

const withNoise = (y: Tensor, noise: Float32Array | undefined): Tensor =>
  noise ? y.add(tf.tensor(noise, y.shape)).clipByValue(-1, 1) : y;

/** Gaussian numbers. */
export const drawZ = (count: number, dice: Dice): Float32Array =>
  Float32Array.from({ length: count }, () => dice.normal());

/** Windows of a generator in use, with the remembered statistics. [window, trace, sample] */
export async function windowsOf(z: Float32Array, parameters: Parameters, settings: GanSettings): Promise<Float32Array> {
  const count = z.length / settings.latent;
  const made = tf.tidy(() => {
    const layers = generatorTensors(lookupIn(parameters));
    return generator(layers, tf.tensor2d(z, [count, settings.latent]) as Tensor, settings);
  });
  const values = (await made.data()) as Float32Array;
  made.dispose();
  return values;
}

export const generatorTensors = (lookup: Lookup, learning?: Moments): GeneratorLayers<Tensor> => ({
  ...tensorLayers(lookup, learning),
  tanh: (x) => x.tanh(),
});

/** Constants of a network by name. */
export function lookupIn({ specs, byName }: Parameters, arrays: ReadonlyMap<string, Float32Array> = byName): Lookup {
  const shapes = new Map(specs.map(({ name, shape }) => [name, shape]));
  return (name) => tf.tensor(arrays.get(name)!, [...shapes.get(name)!]);
}

/** As while learning: normalised by the batch. */
function makeWith(parameters: Parameters, z: Tensor2D, settings: GanSettings): Tensor {
  const moments: Moments = new Map();
  const made = generator(generatorTensors(lookupIn(parameters), moments), z as Tensor, settings);
  for (const { mean, variance } of moments.values()) tf.dispose([mean, variance]);
  return made;
}

/**
 * The gradient of a loss by the learnt arrays of one network. Kernels that have a direction are normalised on the way.
 * @param lossWith built inside a `tidy`; `more` are scalars to know the values of
 */
async function slopesOf(
  parameters: Parameters,
  lossWith: (lookup: Lookup) => { readonly loss: Scalar; readonly more: readonly Tensor[] },
): Promise<Slopes & { readonly more: readonly number[] }> {
  const learnt = parameters.specs.filter((spec) => spec.learnt);
  const at = new Map(learnt.map(({ name }, i) => [name, i]));
  const kept: Tensor[] = [];
  const [numbers, gradient] = tf.tidy(() => {
    const weights = learnt.map(({ name, shape }) => tf.tensor(parameters.byName.get(name)!, [...shape]));
    const { value, grads } = tf.valueAndGrads((...held: Tensor[]) => {
      const { loss, more } = lossWith((name) => {
        const direction = directionOf(parameters, name);
        const weight = held[at.get(name)!];
        return direction ? normalised(weight, direction) : weight;
      });
      kept.push(...more.map((each) => tf.keep(each.clone())));
      return loss;
    })(weights);
    return [tf.stack([value, ...kept]), tf.concat(grads.map((grad) => grad.flatten()))];
  });
  const [[loss, ...more], slopes] = (await Promise.all([numbers.data(), gradient.data()])) as Float32Array[];
  tf.dispose([numbers, gradient, ...kept]);
  return { loss, gradient: slopes, more };
}
