/** One look at a batch: losses, gradients and the moments of its normalisations, as plain arrays. */
import { type Scalar, type Tensor, type Tensor2D, type Tensor3D, tf } from '../backend/tf.ts';
import { sizeOf } from '../network/layers.ts';
import type { Parameters } from '../network/parameters.ts';
import { type Moments, tensorLayers } from '../network/tensors.ts';
import { type PickerConfig, picker, pickerLoss, type Targets } from '../picker.ts';

export interface Batch {
  /** [window, trace, sample, channel] */
  readonly shape: readonly [windows: number, traces: number, samples: number, channels: number];
  readonly features: Float32Array;
  /** [window, trace] */
  readonly targets: Targets<Float32Array>;
}

export interface LossValues {
  readonly total: number;
  readonly onset: number;
  readonly none: number;
}

export interface BatchGradients {
  readonly losses: LossValues;
  /** As `Parameters.learnt`. */
  readonly gradient: Float32Array;
  /** As `Parameters.statistics`: mean and variance in this batch. */
  readonly statistics: Float32Array;
}

export async function gradientsOf(batch: Batch, parameters: Parameters, config: PickerConfig): Promise<BatchGradients> {
  const learnt = parameters.specs.filter((spec) => spec.learnt);
  const moments: Moments = new Map();
  const parts: Scalar[] = [];
  const [numbers, gradient, statistics] = tf.tidy(() => {
    const weights = learnt.map(({ name, shape }) => tf.tensor(parameters.byName.get(name)!, [...shape]));
    const { features, targets } = tensorsOf(batch);
    const at = new Map(learnt.map(({ name }, i) => [name, i]));
    const { value, grads } = tf.valueAndGrads((...held: Tensor[]) => {
      const scores = picker(
        tensorLayers((name) => held[at.get(name)!], moments),
        features,
        config,
      );
      const { total, onset, none } = pickerLoss(
        { onset: scores.onset as Tensor3D, none: scores.none as Tensor2D },
        targets,
      );
      parts.push(tf.keep(onset.clone()), tf.keep(none.clone()));
      return total;
    })(weights);
    const met = parameters.specs
      .filter((spec) => !spec.learnt)
      .map(({ name }) => {
        const [, layer, which] = /^(.*)\.(mean|variance)$/.exec(name)!;
        return moments.get(layer)![which as 'mean' | 'variance'];
      });
    return [
      tf.stack([value, ...parts]),
      tf.concat(grads.map((grad) => grad.flatten())),
      met.length ? tf.concat(met) : tf.tensor1d([]),
    ];
  });
  const [losses, slopes, mets] = (await Promise.all([
    numbers.data(),
    gradient.data(),
    statistics.data(),
  ])) as Float32Array[];
  const held = [...moments.values()].flatMap(({ mean, variance }) => [mean, variance]);
  tf.dispose([numbers, gradient, statistics, ...parts, ...held]);
  const [total, onset, none] = losses;
  return { losses: { total, onset, none }, gradient: slopes, statistics: mets };
}

/** Losses and scores of a batch with the remembered statistics: the picker as it would be used. */
export async function scoresOf(batch: Batch, parameters: Parameters, config: PickerConfig) {
  const [numbers, onset, none] = tf.tidy(() => {
    const shapes = new Map(parameters.specs.map(({ name, shape }) => [name, shape]));
    const lookup = (name: string) => tf.tensor(parameters.byName.get(name)!, [...shapes.get(name)!]);
    const { features, targets } = tensorsOf(batch);
    const scores = picker(tensorLayers(lookup), features, config);
    const answer = { onset: scores.onset as Tensor3D, none: scores.none as Tensor2D };
    const losses = pickerLoss(answer, targets);
    return [tf.stack([losses.total, losses.onset, losses.none]), answer.onset, answer.none] as const;
  });
  const [losses, where, whether] = (await Promise.all([numbers.data(), onset.data(), none.data()])) as Float32Array[];
  tf.dispose([numbers, onset, none]);
  return {
    losses: { total: losses[0], onset: losses[1], none: losses[2] } satisfies LossValues,
    /** [window, trace, sample] */
    onset: where,
    /** [window, trace] */
    none: whether,
  };
}

function tensorsOf({ shape, features, targets }: Batch) {
  if (features.length !== sizeOf(shape))
    throw new Error(`expected ${sizeOf(shape)} features, found ${features.length}`);
  const [windows, traces] = shape;
  const perTrace = (values: Float32Array) => tf.tensor2d(values, [windows, traces]);
  return {
    features: tf.tensor(features, [...shape]) as Tensor,
    targets: {
      position: perTrace(targets.position),
      seen: perTrace(targets.seen),
      known: perTrace(targets.known),
    },
  };
}
