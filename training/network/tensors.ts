/** The layers as tensors: with the statistics of the batch while learning, with the remembered ones in use. */
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from '../backend/tf.ts';
import type { Extent, Layers } from './layers.ts';
import { NORM_EPSILON, normRelu } from './norm-relu.ts';

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
  const dense = (name: string, x: Tensor): Tensor =>
    tf.matMul(x.reshape([x.shape[0], -1]), lookup(`${name}.kernel`) as Tensor2D).add(lookup(`${name}.bias`));

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
      const remembered = (which: string) => lookup(`${name}.${which}`) as Tensor1D;
      const [scale, offset] = [remembered('scale'), remembered('offset')];
      if (!learning)
        return tf.relu(tf.batchNorm(y, remembered('mean'), remembered('variance'), offset, scale, NORM_EPSILON));
      return normRelu(y, scale, offset, (mean, variance) =>
        learning.set(name, { mean: tf.keep(mean.clone()), variance: tf.keep(variance.clone()) }),
      );
    },
    conv: (name, x) => convolve(name, x).add(lookup(`${name}.bias`)),
    maxPool: (x, by) => tf.maxPool(x as Tensor4D, [...by], [...by], 'valid'),
    repeat,
    concat: (a, b) => tf.concat([a, b], 3),
    meanOverTime: (x) => x.mean(2, true),
    maxOverTime,
    perTrace: (x) => x.reshape([x.shape[0], x.shape[1]!]) as Tensor2D,
    toCode: (name, x) => dense(name, x),
    fromCode: (name, code, place) => dense(name, code).reshape([code.shape[0], ...place]),
  };
}

/** With a gradient that compares by subtraction: comparing with broadcasting is slow on some backends. */
const maxOverTime = tf.customGrad((input, save) => {
  const x = input as Tensor;
  const value = x.max(2, true);
  (save as (tensors: Tensor[]) => void)([x, value]);
  return {
    value,
    gradFunc: (dy: Tensor, saved: Tensor[]) => tf.sub(1, saved[1].sub(saved[0]).step()).mul(dy),
  };
});

/** With the sum over repeated values as its gradient, by pooling: that of the wasm backend (tfjs 4.22) is not the one of plain JavaScript. */
function repeat(x: Tensor, [traces, time]: Extent): Tensor {
  const run = tf.customGrad((input) => ({
    value: tf.image.resizeNearestNeighbor(input as Tensor4D, [x.shape[1]! * traces, x.shape[2]! * time]) as Tensor,
    gradFunc: (dy: Tensor) =>
      tf.avgPool(dy as Tensor4D, [traces, time], [traces, time], 'valid').mul(traces * time) as Tensor,
  }));
  return run(x);
}
