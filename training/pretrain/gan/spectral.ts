/**
 * Spectral normalisation (Miyato et al. 2018): every kernel, as a matrix of inputs × outputs, is divided by its largest
 * singular value σ. σ = ‖W u‖ for the right singular vector u, which one step of power iteration follows at each step of the
 * optimiser; u is held as a statistic beside the kernel, and as a constant in the gradient.
 */
import { type Tensor, type Tensor2D, tf } from '../../backend/tf.ts';
import { type Extent, type Layers, type ParameterSpec, type Shape, shapeLayers } from '../../network/layers.ts';
import type { Parameters } from '../../network/parameters.ts';
import { type Lookup, tensorLayers } from '../../network/tensors.ts';

/** `convNormRelu` is here a convolution with a normalised kernel and bias, then a leaky ReLU; nothing looks at the batch but: */
export interface SpectralLayers<T> extends Layers<T> {
  /** One more channel: how much the windows of a batch differ, one number for all places (Karras et al. 2018). */
  withDeviation(x: T): T;
}

const DIRECTION = '.u';
const KERNEL = '.kernel';

/** Slope of the leaky ReLU below 0. */
const LEAK = 0.1;

export function spectralShapes() {
  const { layers: plain, parameters } = shapeLayers();
  const followed = (name: string, y: Shape): Shape => {
    const width = y[y.length - 1];
    parameters.push({ name: name + DIRECTION, shape: [width], learnt: false, start: { normalOver: width } });
    return y;
  };
  const conv = (name: string, x: Shape, width: number, kernel: Extent) =>
    followed(name, plain.conv(name, x, width, kernel));
  const layers: SpectralLayers<Shape> = {
    ...plain,
    conv,
    convNormRelu: conv,
    toCode: (name, x, width) => followed(name, plain.toCode(name, x, width)),
    withDeviation: ([n, traces, time, c]) => [n, traces, time, c + 1],
  };
  return { layers, parameters: parameters as readonly ParameterSpec[] };
}

/**
 * @param lookup of kernels that are normalised already
 * @param groups the batch is so many batches one after the other, which do not see each other
 */
export function spectralTensors(lookup: Lookup, groups = 1): SpectralLayers<Tensor> {
  const plain = tensorLayers(lookup);
  return {
    ...plain,
    convNormRelu: (name, x, width, kernel) => leakyRelu(plain.conv(name, x, width, kernel)),
    withDeviation(x) {
      const [n, traces, time, c] = x.shape as [number, number, number, number];
      const grouped = x.reshape([groups, n / groups, traces * time * c]);
      const variance = grouped.sub(grouped.mean(1, true)).square().mean(1); // [group, place]
      const deviation = variance.add(1e-8).sqrt().mean(1).reshape([groups, 1]);
      const everywhere = deviation.mul(tf.ones([groups, (n / groups) * traces * time]));
      return tf.concat([x, everywhere.reshape([n, traces, time, 1])], 3);
    },
  };
}

const leakyRelu = tf.customGrad((input, save) => {
  const x = input as Tensor;
  (save as (tensors: Tensor[]) => void)([x]);
  return {
    value: x.maximum(x.mul(LEAK)),
    gradFunc: (dy: Tensor, saved: Tensor[]) => dy.mul(saved[0].step(LEAK)),
  };
});

/** W / ‖W u‖ as tensors, u held: what the gradient flows through. @param kernel [… inputs, outputs] */
export function normalised(kernel: Tensor, direction: Float32Array): Tensor {
  const matrix = kernel.reshape([-1, direction.length]) as Tensor2D;
  const sigma = tf
    .matMul(matrix, tf.tensor2d(direction, [direction.length, 1]))
    .square()
    .sum()
    .sqrt();
  return kernel.div(sigma);
}

/** Kernels with their vectors, by the layer's name. */
function* kernelsOf({ byName }: Parameters): Generator<readonly [string, Float32Array, Float32Array]> {
  for (const [name, values] of byName)
    if (name.endsWith(DIRECTION)) {
      const layer = name.slice(0, -DIRECTION.length);
      yield [layer, byName.get(layer + KERNEL)!, values];
    }
}

/** The vector of a kernel, if it is one that is normalised. */
export const directionOf = ({ byName }: Parameters, name: string): Float32Array | undefined =>
  name.endsWith(KERNEL) ? byName.get(name.slice(0, -KERNEL.length) + DIRECTION) : undefined;

/** Moves all u by so many steps of power iteration: u ← Wᵀ W u, of length 1. */
export function iterate(parameters: Parameters, times = 1): void {
  for (const [, kernel, u] of kernelsOf(parameters))
    for (let i = 0; i < times; i++) {
      const image = product(kernel, u);
      u.fill(0);
      for (let row = 0, at = 0; row < image.length; row++)
        for (let o = 0; o < u.length; o++) u[o] += kernel[at++] * image[row];
      const size = norm(u);
      for (let o = 0; o < u.length; o++) u[o] /= size;
    }
}

/** σ of each layer, as far as u has followed. */
export const sigmas = (parameters: Parameters): ReadonlyMap<string, number> =>
  new Map([...kernelsOf(parameters)].map(([layer, kernel, u]) => [layer, norm(product(kernel, u))]));

/** All arrays by name, the kernels divided by their σ. */
export function normalisedArrays(parameters: Parameters): ReadonlyMap<string, Float32Array> {
  const arrays = new Map(parameters.byName);
  const sizes = sigmas(parameters);
  for (const [layer, kernel] of kernelsOf(parameters)) {
    const size = sizes.get(layer)!;
    arrays.set(
      layer + KERNEL,
      kernel.map((k) => k / size),
    );
  }
  return arrays;
}

/** W u. */
function product(kernel: Float32Array, u: Float32Array): Float64Array {
  const image = new Float64Array(kernel.length / u.length);
  for (let row = 0, at = 0; row < image.length; row++)
    for (let o = 0; o < u.length; o++) image[row] += kernel[at++] * u[o];
  return image;
}

function norm(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum) || 1;
}
