/** The layers as tensors: with the statistics of the batch while learning, with the remembered ones in use. */
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from '../backend/tf.ts';
import type { Layers } from './layers.ts';

/** As in PyTorch; also folded into the exported convolutions. */
export const NORM_EPSILON = 1e-5;

/** Finds a parameter of the network by name. */
export type Lookup = (name: string) => Tensor;

/** Mean and variance that a normalisation met in a batch, by the layer's name. */
export type Moments = Map<string, { readonly mean: Tensor1D; readonly variance: Tensor1D }>;

/**
 * @param learning where the moments of this batch go; they are kept beyond a `tidy` and are the caller's to dispose of.
 *   undefined: the remembered statistics are used
 */
export function tensorLayers(lookup: Lookup, learning?: Moments): Layers<Tensor> {
  const convolve = (name: string, x: Tensor) =>
    tf.conv2d(x as Tensor4D, lookup(`${name}.kernel`) as Tensor4D, 1, 'same');

  const momentsOf = (name: string, y: Tensor) => {
    if (!learning)
      return { mean: lookup(`${name}.mean`) as Tensor1D, variance: lookup(`${name}.variance`) as Tensor1D };
    const { mean, variance } = tf.moments(y, [0, 1, 2]) as { mean: Tensor1D; variance: Tensor1D };
    learning.set(name, { mean: tf.keep(mean.clone()), variance: tf.keep(variance.clone()) });
    return { mean, variance };
  };

  return {
    foldTime(x, fold) {
      const [n, traces, time, c] = x.shape;
      return x.reshape([n, traces, time / fold, fold * c]);
    },
    unfoldTime(x) {
      const [n, traces, time, c] = x.shape;
      return x.reshape([n, traces, time * c]);
    },
    convNormRelu(name, x) {
      const y = convolve(name, x);
      const { mean, variance } = momentsOf(name, y);
      const [offset, scale] = [lookup(`${name}.offset`) as Tensor1D, lookup(`${name}.scale`) as Tensor1D];
      return tf.relu(tf.batchNorm(y, mean, variance, offset, scale, NORM_EPSILON));
    },
    conv: (name, x) => convolve(name, x).add(lookup(`${name}.bias`)),
    maxPool: (x, by) => tf.maxPool(x as Tensor4D, [...by], [...by], 'valid'),
    repeat: (x, by) => tf.image.resizeNearestNeighbor(x as Tensor4D, [x.shape[1]! * by[0], x.shape[2]! * by[1]]),
    concat: (a, b) => tf.concat([a, b], 3),
    meanOverTime: (x) => x.mean(2, true),
    maxOverTime: (x) => x.max(2, true),
    perTrace: (x) => x.reshape([x.shape[0], x.shape[1]!]) as Tensor2D,
  };
}
