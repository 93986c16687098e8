/**
 * From a window back to the point that a generator makes it from, or what is most like it: gradient descent on z (Zhu et al.
 * 2016), from several starts at once, held on the shell of Gaussian points as Karras et al. (2020) hold theirs near it.
 */
import { type Tensor, tf } from '../backend/tf.ts';
import { generatorTensors, lookupIn, windowsOf } from '../pretrain/gan/gradients.ts';
import { generator } from '../pretrain/gan/networks.ts';
import type { GanState } from '../pretrain/gan.ts';
import { startAdam, stepAdam } from '../train/adamw.ts';
import { lengthOf, type Point, randomPoint } from './walk.ts';

export interface Projection {
  readonly point: Point;
  /** Mean square of what is left, as a share of that of the window. */
  readonly error: number;
}

export interface ProjectOptions {
  /** Random points looked at first; the best of them are starts. @default 128 */
  readonly tried?: number;
  /** @default 8 */
  readonly starts?: number;
  /** @default 150 */
  readonly steps?: number;
}

const RATE = 0.1;
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0 };
const SEED = 11;

/** @param window companded, [trace, sample] */
export async function project(
  window: Float32Array,
  { networks, settings }: Pick<GanState, 'networks' | 'settings'>,
  { tried = 128, starts = 8, steps = 150 }: ProjectOptions = {},
): Promise<Projection> {
  const { parameters } = networks.generator;
  const { latent } = settings;
  const radius = Math.sqrt(latent);
  const candidates = Array.from({ length: tried }, (_, i) => randomPoint(latent, SEED, i));
  const errorsAt = async (points: readonly Point[]) =>
    errorsOf(await windowsOf(joined(points), parameters, settings), window);
  const first = await errorsAt(candidates);
  const order = [...first.keys()].sort((a, b) => first[a] - first[b]).slice(0, starts);
  const z = joined(order.map((i) => candidates[i]));
  const points = order.map((_, i) => z.subarray(i * latent, (i + 1) * latent)); // views of z
  let adam = startAdam(z.length);
  for (let step = 0; step < steps; step++) {
    const slope = tf.tidy(() => {
      const layers = generatorTensors(lookupIn(parameters));
      const wanted = tf.tensor(window, [1, settings.traces, window.length / settings.traces]);
      return tf.grad((held: Tensor) => generator(layers, held, settings).sub(wanted).square().mean([1, 2]).sum())(
        tf.tensor2d(z, [order.length, latent]) as Tensor,
      );
    });
    const gradient = (await slope.data()) as Float32Array;
    slope.dispose();
    adam = stepAdam(z, gradient, adam, RATE * Math.sqrt(1 - step / steps), ADAM);
    for (const point of points) {
      const scale = radius / lengthOf(point);
      for (let i = 0; i < latent; i++) point[i] *= scale;
    }
  }
  const errors = await errorsAt(points);
  const best = errors.indexOf(Math.min(...errors));
  return { point: points[best].slice(), error: errors[best] };
}

export function joined(points: readonly Point[]): Float32Array {
  const all = new Float32Array(points.reduce((sum, point) => sum + point.length, 0));
  let at = 0;
  for (const point of points) {
    all.set(point, at);
    at += point.length;
  }
  return all;
}

/** Of each of several windows from one, as shares of its mean square. */
function errorsOf(windows: Float32Array, wanted: Float32Array): number[] {
  const power = wanted.reduce((sum, value) => sum + value * value, 0) || 1;
  return Array.from({ length: windows.length / wanted.length }, (_, w) => {
    let sum = 0;
    for (let i = 0; i < wanted.length; i++) sum += (windows[w * wanted.length + i] - wanted[i]) ** 2;
    return sum / power;
  });
}
