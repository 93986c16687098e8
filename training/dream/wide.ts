/**
 * Shots wider than a generator has learnt. Behind its first layer it is convolution alone and knows no width; what the first
 * layer lays out, one column for every few traces, is here stretched over more columns, so that more traces share one moveout.
 */
import { type Tensor, type Tensor2D, tf } from '../backend/tf.ts';
import { deepestOf } from '../network/unet.ts';
import { generatorTensors, lookupIn } from '../pretrain/gan/gradients.ts';
import { fromField } from '../pretrain/gan/networks.ts';
import type { GanState } from '../pretrain/gan.ts';
import { joined } from './project.ts';
import type { Point } from './walk.ts';

/** @param traces a multiple of those of one column @returns companded windows, [trace, sample] each */
export async function wideWindows(
  points: readonly Point[],
  traces: number,
  { networks, settings }: Pick<GanState, 'networks' | 'settings'>,
): Promise<readonly Float32Array[]> {
  const { unet, latent } = settings;
  const [columns, time, width] = deepestOf(unet, settings.traces);
  const wanted = (traces * columns) / settings.traces;
  const made = tf.tidy(() => {
    const layers = generatorTensors(lookupIn(networks.generator.parameters));
    const z = tf.tensor2d(joined(points), [points.length, latent]) as Tensor;
    const field = layers.fromCode('widen', z, [columns, time, width]).reshape([points.length, columns, time * width]);
    const stretch = tf.tensor2d(stretching(columns, wanted), [wanted, columns]);
    const wide = points.map((_, i) =>
      tf.matMul(stretch, field.slice([i, 0, 0], [1, columns, time * width]).reshape([columns, -1]) as Tensor2D),
    );
    return fromField(layers, tf.stack(wide).reshape([points.length, wanted, time, width]), unet);
  });
  const values = (await made.data()) as Float32Array;
  made.dispose();
  const size = values.length / points.length;
  return points.map((_, i) => values.subarray(i * size, (i + 1) * size));
}

/** Linear interpolation from few columns to many, ends on ends: [to, from]. */
export function stretching(from: number, to: number): Float32Array {
  const weights = new Float32Array(to * from);
  for (let row = 0; row < to; row++) {
    const at = to > 1 ? (row * (from - 1)) / (to - 1) : 0;
    const below = Math.min(from - 1, Math.floor(at));
    const share = at - below;
    weights[row * from + below] += 1 - share;
    if (share > 0) weights[row * from + below + 1] += share;
  }
  return weights;
}
