/**
 * From a window back to the point that a generator makes it from, or what is most like it: gradient descent on z (Zhu et al.
 * 2016), from several starts at once, held on the shell of Gaussian points as Karras et al. (2020) hold theirs near it. Alike
 * is what is loud in the same places and looks alike to the discriminator, level by level: by amplitudes alone, silence is
 * nearer than a wavelet a little late.
 */
import { type Tensor, type Tensor4D, tf } from '../backend/tf.ts';
import { encode } from '../network/unet.ts';
import { channelsOf } from '../pretrain/gan/channels.ts';
import { generatorTensors, lookupIn } from '../pretrain/gan/gradients.ts';
import { generator } from '../pretrain/gan/networks.ts';
import { normalisedArrays, spectralTensors } from '../pretrain/gan/spectral.ts';
import type { GanState } from '../pretrain/gan.ts';
import { startAdam, stepAdam } from '../train/adamw.ts';
import { lengthOf, type Point, randomPoint } from './walk.ts';

export interface Projection {
  readonly point: Point;
  /** Mean square of the difference as a share of what is there, mean over loudness and the levels of the discriminator. */
  readonly error: number;
}

export interface ProjectOptions {
  /** Random points looked at first; the best of them are starts. @default 128 */
  readonly tried?: number;
  /** @default 4 */
  readonly starts?: number;
  /** @default 120 */
  readonly steps?: number;
}

const RATE = 0.1;
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0 };
const SEED = 11;

/** @param window companded, [trace, sample] */
export async function project(
  window: Float32Array,
  { networks, settings }: Pick<GanState, 'networks' | 'settings'>,
  { tried = 128, starts = 4, steps = 120 }: ProjectOptions = {},
): Promise<Projection> {
  const { latent } = settings;
  const radius = Math.sqrt(latent);
  const judge = networks.discriminator.parameters;
  const judging = normalisedArrays(judge);
  const wantedShape = [1, settings.traces, window.length / settings.traces];
  /** How far what is made of each z is from the window: [window]. */
  const awayFrom = (z: Tensor): Tensor => {
    const made = generator(generatorTensors(lookupIn(networks.generator.parameters)), z, settings);
    const layers = spectralTensors(lookupIn(judge, judging));
    const seen = (y: Tensor) => [loudness(y), ...encode(layers, channelsOf(y), settings.unet)];
    const wanted = seen(tf.tensor(window, wantedShape));
    const levels = seen(made).map((level, i) =>
      level.sub(wanted[i]).square().sum([1, 2, 3]).div(wanted[i].square().sum()),
    );
    return tf.stack(levels).mean(0);
  };
  const asTensor = (z: Float32Array) => tf.tensor2d(z, [z.length / latent, latent]) as Tensor;
  const errorsAt = async (z: Float32Array) => [...(await read(tf.tidy(() => awayFrom(asTensor(z)))))];

  const candidates = Array.from({ length: tried }, (_, i) => randomPoint(latent, SEED, i));
  const first = await errorsAt(joined(candidates));
  const order = [...first.keys()].sort((a, b) => first[a] - first[b]).slice(0, starts);
  const z = joined(order.map((i) => candidates[i]));
  const points = order.map((_, i) => z.subarray(i * latent, (i + 1) * latent)); // views of z
  let adam = startAdam(z.length);
  for (let step = 0; step < steps; step++) {
    const slope = tf.tidy(() => tf.grad((held: Tensor) => awayFrom(held).sum())(asTensor(z)));
    adam = stepAdam(z, await read(slope), adam, RATE * Math.sqrt(1 - step / steps), ADAM);
    for (const point of points) {
      const scale = radius / lengthOf(point);
      for (let i = 0; i < latent; i++) point[i] *= scale;
    }
  }
  const errors = await errorsAt(z);
  const best = errors.indexOf(Math.min(...errors));
  return { point: points[best].slice(), error: errors[best] };
}

/** Where it is loud and where quiet. [window, trace / 2, sample / 8, 1] */
const loudness = (y: Tensor): Tensor => tf.avgPool(y.square().expandDims(3) as Tensor4D, [2, 8], [2, 8], 'valid');

async function read(tensor: Tensor): Promise<Float32Array> {
  const values = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return values;
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
