/** One look at a batch: losses, gradients and the moments of its normalisations, as plain arrays. */
import { type Scalar, type Tensor, type Tensor2D, type Tensor3D, tf } from '../backend/tf.ts';
import { type Layers, type ParameterSpec, sizeOf } from '../network/layers.ts';
import type { Parameters } from '../network/parameters.ts';
import { type Moments, tensorLayers } from '../network/tensors.ts';
import { type PickerConfig, picker, pickerLoss, type Targets, type Taught } from '../picker.ts';

export interface Batch {
  /** [window, trace, sample, channel] */
  readonly shape: readonly [windows: number, traces: number, samples: number, channels: number];
  readonly features: Float32Array;
  /** [window, trace] */
  readonly targets: Targets<Float32Array>;
  /** What a teacher says of them, where there is one. */
  readonly taught?: Taught<Float32Array, Float32Array>;
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

/** @param held tensors that stay as they are: no gradient, and normalisations whose statistics are held use those */
export async function gradientsOf(
  batch: Batch,
  parameters: Parameters,
  config: PickerConfig,
  held: ReadonlySet<string> = new Set(),
): Promise<BatchGradients> {
  const learnt = parameters.specs.filter((spec) => spec.learnt);
  const asked = learnt.filter(({ name }) => !held.has(name));
  const moments: Moments = new Map();
  const parts: Scalar[] = [];
  const [numbers, gradient, statistics] = tf.tidy(() => {
    const arrayOf = ({ name, shape }: Pick<ParameterSpec, 'name' | 'shape'>) =>
      tf.tensor(parameters.byName.get(name)!, [...shape]);
    const { features, targets, taught } = tensorsOf(batch);
    const still = new Map(
      parameters.specs.filter(({ name }) => held.has(name)).map((spec) => [spec.name, arrayOf(spec)]),
    );
    const at = new Map(asked.map(({ name }, i) => [name, i]));
    const { value, grads } = tf.valueAndGrads((...weights: Tensor[]) => {
      const lookup = (name: string) => still.get(name) ?? weights[at.get(name)!];
      const [moving, using] = [tensorLayers(lookup, moments), tensorLayers(lookup)];
      const layers: Layers<Tensor> = {
        ...moving,
        convNormRelu: (name, ...rest) => (held.has(`${name}.mean`) ? using : moving).convNormRelu(name, ...rest),
      };
      const scores = picker(layers, features, config);
      const { total, onset, none } = pickerLoss(
        { onset: scores.onset as Tensor3D, none: scores.none as Tensor2D },
        targets,
        taught,
      );
      parts.push(tf.keep(onset.clone()), tf.keep(none.clone()));
      return total;
    })(asked.map(arrayOf));
    const met = parameters.specs
      .filter((spec) => !spec.learnt)
      .map(({ name }) => {
        const [, layer, which] = /^(.*)\.(mean|variance)$/.exec(name)!;
        return moments.get(layer)?.[which as 'mean' | 'variance'] ?? still.get(name)!;
      });
    return [
      tf.stack([value, ...parts]),
      tf.concat(learnt.map(({ name, shape }) => grads[at.get(name) ?? -1]?.flatten() ?? tf.zeros([sizeOf(shape)]))),
      met.length ? tf.concat(met) : tf.tensor1d([]),
    ];
  });
  const [losses, slopes, mets] = (await Promise.all([
    numbers.data(),
    gradient.data(),
    statistics.data(),
  ])) as Float32Array[];
  const kept = [...moments.values()].flatMap(({ mean, variance }) => [mean, variance]);
  tf.dispose([numbers, gradient, statistics, ...parts, ...kept]);
  const [total, onset, none] = losses;
  return { losses: { total, onset, none }, gradient: slopes, statistics: mets };
}

/** Losses by the labels and scores of a batch with the remembered statistics: the picker as it would be used. */
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

function tensorsOf({ shape, features, targets, taught }: Batch) {
  if (features.length !== sizeOf(shape))
    throw new Error(`expected ${sizeOf(shape)} features, found ${features.length}`);
  const [windows, traces, samples] = shape;
  const perTrace = (values: Float32Array) => tf.tensor2d(values, [windows, traces]);
  return {
    features: tf.tensor(features, [...shape]) as Tensor,
    targets: {
      position: perTrace(targets.position),
      seen: perTrace(targets.seen),
      known: perTrace(targets.known),
    },
    taught: taught && {
      onset: tf.tensor3d(taught.onset, [windows, traces, samples]),
      none: perTrace(taught.none),
      share: taught.share,
    },
  };
}
