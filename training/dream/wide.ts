/**
 * Shots wider than a generator has learnt. Behind its first layer it is convolution alone and knows no width; what the first
 * layer lays out, one column for every few traces, is laid out here from several points side by side, which overlap and are
 * faded into each other. So one shot goes over into the next, as along a line; no single shot of that width was ever learnt.
 */
import { type Tensor, type Tensor2D, tf } from '../backend/tf.ts';
import { deepestOf } from '../network/unet.ts';
import { generatorTensors, lookupIn } from '../pretrain/gan/gradients.ts';
import { fromField } from '../pretrain/gan/networks.ts';
import type { GanState } from '../pretrain/gan.ts';
import { joined } from './project.ts';
import type { Point } from './walk.ts';

/** Columns over which neighbours are faded into each other: a third of a window. */
const overlapOf = (columns: number): number => Math.floor(columns / 3);

/** So many windows lie side by side. */
export const windowsAcross = (columns: number, wanted: number): number =>
  Math.max(1, Math.ceil((wanted - overlapOf(columns)) / (columns - overlapOf(columns))));

/**
 * @param points of the windows of each frame, from left to right: as many as `windowsAcross`
 * @param traces a multiple of those of one column
 * @returns companded windows, [trace, sample] each
 */
export async function wideWindows(
  points: readonly (readonly Point[])[],
  traces: number,
  { networks, settings }: Pick<GanState, 'networks' | 'settings'>,
): Promise<readonly Float32Array[]> {
  const { unet, latent } = settings;
  const [columns, time, width] = deepestOf(unet, settings.traces);
  const wanted = (traces * columns) / settings.traces;
  const across = points[0].length;
  const made = tf.tidy(() => {
    const layers = generatorTensors(lookupIn(networks.generator.parameters));
    const z = tf.tensor2d(joined(points.flat()), [points.length * across, latent]) as Tensor;
    const fields = layers.fromCode('widen', z, [columns, time, width]).reshape([points.length, across * columns, -1]);
    const fade = tf.tensor2d(fading(columns, across, wanted), [wanted, across * columns]);
    const wide = points.map((_, i) => tf.matMul(fade, fields.slice([i, 0, 0], [1, -1, -1]).squeeze([0]) as Tensor2D));
    return fromField(layers, tf.stack(wide).reshape([points.length, wanted, time, width]), unet);
  });
  const values = (await made.data()) as Float32Array;
  made.dispose();
  const size = values.length / points.length;
  return points.map((_, i) => values.subarray(i * size, (i + 1) * size));
}

/**
 * What each column of the whole takes of those of the windows, shares that add up to one. The windows lie evenly, the first
 * and the last at the ends. [to, window · from]
 */
export function fading(from: number, windows: number, to: number): Float32Array {
  const weights = new Float32Array(to * windows * from);
  for (let column = 0; column < to; column++) {
    const row = weights.subarray(column * windows * from, (column + 1) * windows * from);
    let sum = 0;
    for (let w = 0; w < windows; w++) {
      const first = windows === 1 ? 0 : Math.round((w * (to - from)) / (windows - 1));
      const at = column - first;
      if (at < 0 || at >= from) continue;
      // Towards the edges that have a neighbour it fades.
      const left = w === 0 ? from : at + 1;
      const right = w === windows - 1 ? from : from - at;
      sum += row[w * from + at] = Math.min(left, right);
    }
    for (let i = 0; i < row.length; i++) row[i] /= sum;
  }
  return weights;
}
