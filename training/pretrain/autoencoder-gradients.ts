/** One look of the autoencoder at a batch: error, gradient and the moments of its normalisations, as plain arrays. */
import { type Scalar, type Tensor, type Tensor1D, tf } from '../backend/tf.ts';
import { NORM_EPSILON } from '../network/norm-relu.ts';
import type { Parameters } from '../network/parameters.ts';
import { type Lookup, type Moments, tensorLayers } from '../network/tensors.ts';
import { type AutoencoderConfig, type AutoencoderLayers, autoencoder, rebuild } from './autoencoder.ts';
import type { AutoencoderBatch } from './autoencoder-batches.ts';

export interface AutoencoderGradients {
  readonly loss: number;
  /** As `Parameters.learnt`. */
  readonly gradient: Float32Array;
  /** As `Parameters.statistics`: mean and variance in this batch. */
  readonly statistics: Float32Array;
}

export async function gradientsOf(
  batch: AutoencoderBatch,
  parameters: Parameters,
  config: AutoencoderConfig,
): Promise<AutoencoderGradients> {
  const learnt = parameters.specs.filter((spec) => spec.learnt);
  const moments: Moments = new Map();
  const [loss, gradient, statistics] = tf.tidy(() => {
    const weights = learnt.map(({ name, shape }) => tf.tensor(parameters.byName.get(name)!, [...shape]));
    const at = new Map(learnt.map(({ name }, i) => [name, i]));
    const shown = featuresOf(batch);
    const { value, grads } = tf.valueAndGrads((...held: Tensor[]) => {
      const layers = layersOf((name) => held[at.get(name)!], moments);
      return errorOf(autoencoder(layers, shown, config).window, batch);
    })(weights);
    const met = parameters.specs
      .filter((spec) => !spec.learnt)
      .map(({ name }) => {
        const [, layer, which] = /^(.*)\.(mean|variance)$/.exec(name)!;
        return moments.get(layer)![which as 'mean' | 'variance'];
      });
    return [value, tf.concat(grads.map((grad) => grad.flatten())), tf.concat(met)] as const;
  });
  const [[total], slopes, mets] = (await Promise.all([
    loss.data(),
    gradient.data(),
    statistics.data(),
  ])) as Float32Array[];
  tf.dispose([loss, gradient, statistics, ...[...moments.values()].flatMap((moment) => Object.values(moment))]);
  return { loss: total, gradient: slopes, statistics: mets };
}

/** Mean of the squared error, on the companded scale, over what is asked for. */
function errorOf(rebuilt: Tensor, { shape: [windows, traces, samples], wanted, weight }: AutoencoderBatch): Scalar {
  const asTensor = (values: Float32Array) => tf.tensor3d(values, [windows, traces, samples]);
  const squared = rebuilt.sub(asTensor(wanted)).square();
  if (!weight) return squared.mean();
  const counts = asTensor(weight);
  return squared.mul(counts).sum().div(counts.sum());
}

const featuresOf = ({ shape, features }: Pick<AutoencoderBatch, 'shape' | 'features'>): Tensor =>
  tf.tensor(features, [...shape]);

/** @param learning as of `tensorLayers` */
function layersOf(lookup: Lookup, learning?: Moments): AutoencoderLayers<Tensor> {
  return {
    ...tensorLayers(lookup, learning),
    add: (a, b) => a.add(b),
    standardise(name, code) {
      if (!learning) return code.sub(lookup(`${name}.mean`)).mul(lookup(`${name}.variance`).add(NORM_EPSILON).rsqrt());
      const mean = code.mean(0) as Tensor1D;
      const centred = code.sub(mean);
      const variance = centred.square().mean(0) as Tensor1D;
      learning.set(name, { mean: tf.keep(mean.clone()), variance: tf.keep(variance.clone()) });
      return centred.mul(variance.add(NORM_EPSILON).rsqrt());
    },
  };
}

const inUse = ({ specs, byName }: Parameters) => {
  const shapes = new Map(specs.map(({ name, shape }) => [name, shape]));
  return layersOf((name) => tf.tensor(byName.get(name)!, [...shapes.get(name)!]));
};

/** Codes and rebuilt windows with the remembered statistics: the network as it is used. */
export async function rebuiltBy(
  parameters: Parameters,
  config: AutoencoderConfig,
  batch: Pick<AutoencoderBatch, 'shape' | 'features'>,
): Promise<{ readonly codes: Float32Array; readonly windows: Float32Array }> {
  const [code, window] = tf.tidy(() => {
    const rebuilt = autoencoder(inUse(parameters), featuresOf(batch), config);
    return [rebuilt.code, rebuilt.window] as const;
  });
  const [codes, windows] = (await Promise.all([code.data(), window.data()])) as Float32Array[];
  tf.dispose([code, window]);
  return { codes, windows };
}

/** Windows made of codes alone. @param codes [window, code] @returns [window, trace, sample] */
export async function decodedBy(
  parameters: Parameters,
  config: AutoencoderConfig,
  codes: Float32Array,
): Promise<Float32Array> {
  const window = tf.tidy(() =>
    rebuild(inUse(parameters), tf.tensor(codes, [codes.length / config.code, config.code]), config),
  );
  const values = (await window.data()) as Float32Array;
  window.dispose();
  return values;
}
