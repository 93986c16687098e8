/**
 * Binary cross-entropy of logits, without a sigmoid before it: softplus(−l) for what is real, softplus(l) for what is not
 * (Goodfellow et al. 2014), finite for logits of any size.
 */
import { type Scalar, type Tensor, tf } from '../../backend/tf.ts';
import type { GanLoss } from './settings.ts';

/** @param real how far each is called real, 0 … 1; the same for all */
export function crossEntropy(logits: Tensor, real: number): Scalar {
  const yes = softplus(logits.neg()).mean().mul(real);
  const no = softplus(logits)
    .mean()
    .mul(1 - real);
  return yes.add(no) as Scalar;
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), its slope the sigmoid. */
const softplus = tf.customGrad((input, save) => {
  const x = input as Tensor;
  (save as (tensors: Tensor[]) => void)([x]);
  return {
    value: tf.relu(x).add(tf.log1p(tf.exp(x.abs().neg()))),
    gradFunc: (dy: Tensor, saved: Tensor[]) => dy.mul(tf.sigmoid(saved[0])),
  };
});

export const discriminatorLoss = (real: Tensor, made: Tensor, smoothing: number): Scalar =>
  crossEntropy(real, 1 - smoothing).add(crossEntropy(made, 0)) as Scalar;

export const generatorLoss = (made: Tensor, loss: GanLoss): Scalar =>
  loss === 'minimax' ? (crossEntropy(made, 0).neg() as Scalar) : crossEntropy(made, 1);
