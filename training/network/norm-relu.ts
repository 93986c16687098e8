/**
 * Batch normalisation over a batch, then ReLU, with its gradient in closed form (Ioffe and Szegedy 2015, section 3). Sums
 * over a channel are products with a row of ones: several times faster than the general gradient on every backend tried.
 */
import { type Tensor, type Tensor1D, type Tensor4D, tf } from '../backend/tf.ts';

/** As in PyTorch; also folded into the exported convolutions. */
export const NORM_EPSILON = 1e-5;

/** @param met called with the mean and variance of this batch, within the tidy of the caller */
export function normRelu(
  y: Tensor,
  scale: Tensor1D,
  offset: Tensor1D,
  met: (mean: Tensor1D, variance: Tensor1D) => void,
): Tensor4D {
  const channels = y.shape[3]!;
  const places = y.size / channels;
  const sum = (x: Tensor): Tensor => tf.matMul(tf.ones([1, places]), x.reshape([places, channels])).reshape([channels]); // [channel]
  const run = tf.customGrad((...inputs) => {
    const [input, gain, shift, save] = inputs as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const mean = sum(input).div(places);
    const centred = input.sub(mean);
    const variance = sum(centred.square()).div(places);
    met(mean as Tensor1D, variance as Tensor1D);
    const inverse = variance.add(NORM_EPSILON).rsqrt();
    const normal = centred.mul(inverse);
    const value = tf.relu(normal.mul(gain).add(shift));
    save([normal, inverse, gain, value]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [normal, inverse, gain, value] = saved;
        const dz = dy.mul(value.step());
        const shiftGradient = sum(dz);
        const gainGradient = sum(dz.mul(normal));
        const dx = dz
          .sub(shiftGradient.div(places))
          .sub(normal.mul(gainGradient.div(places)))
          .mul(inverse.mul(gain));
        return [dx, gainGradient, shiftGradient];
      },
    };
  });
  return run(y, scale, offset) as Tensor4D;
}
