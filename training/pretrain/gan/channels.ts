/**
 * The channels of a window (`shared/model/window.ts`) from its companded one, so that the discriminator sees real and made
 * windows through one function that gradients pass. The largest magnitude of a bin is taken for that of its mean.
 */
import { type Tensor, tf } from '../../backend/tf.ts';
import { LINEAR } from '../companding.ts';

const TOP = Math.log(1 + 1 / LINEAR);
/** Below this share of the largest amplitude the third and fourth channels are linear. */
const FAINT = 0.001;
const FAINT_TOP = Math.log(1 + 1 / FAINT);

/** @param y companded, [window, trace, sample] @returns [window, trace, sample, channel] */
export function channelsOf(y: Tensor): Tensor {
  const sign = y.sign();
  const size = y.mul(sign).mul(TOP).exp().sub(1).mul(LINEAR); // |x|
  const faint = size.div(FAINT).add(1).log().div(FAINT_TOP);
  return tf.stack([size.mul(sign), y, faint.mul(sign), faint.mul(2).sub(1)], 3);
}
