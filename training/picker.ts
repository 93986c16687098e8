/**
 * The picker: what it computes, what it is asked to minimise, and how large it is. A U-Net (`network/unet.ts`) and two
 * answers a trace: on which sample the first break lies, and whether none lies in this window.
 */
import { type Scalar, type Tensor, type Tensor2D, type Tensor3D, tf } from './backend/tf.ts';
import { type Layers, type Layout, layoutOf, type Shape } from './network/layers.ts';
import { checkUnet, decode, encode, traceMultiple, type UnetConfig, windowShape } from './network/unet.ts';

export type PickerConfig = UnetConfig;

/** 249,085 weights, 1.7 million multiplications a trace. */
export const PICKER: PickerConfig = {
  fold: 4,
  widths: [20, 32, 48, 64],
  pools: [
    [2, 2],
    [2, 2],
    [1, 2],
  ],
  topKernel: [3, 5],
  kernel: [3, 3],
};

export interface Scores<T> {
  /** Logits over the samples of each trace. [window, trace, sample] */
  readonly onset: T;
  /** Logit of "no first break in this window". [window, trace] */
  readonly none: T;
}

/** @param window [window, trace, sample, channel]; traces a multiple of `traceMultiple(config)` */
export function picker<T>(layers: Layers<T>, window: T, config: PickerConfig): Scores<T> {
  const kept = encode(layers, window, config);
  const x = decode(layers, kept[kept.length - 1], config, kept); // [window, trace, 32, 20]
  const folded = layers.conv('onset', x, config.fold, [1, 1]); // [window, trace, 32, 4]
  const summary = layers.concat(layers.meanOverTime(x), layers.maxOverTime(x)); // [window, trace, 1, 40]
  return {
    onset: layers.unfoldTime(folded), // [window, trace, 128]
    none: layers.perTrace(layers.conv('none', summary, 1, [3, 1])), // [window, trace]
  };
}

/** Where first breaks lie in a batch of windows; all [window, trace]. */
export interface Targets<T> {
  /** Position of the first break, in bins from the centre of bin 0; any value where `seen` is 0. */
  readonly position: T;
  /** 1: the first break lies in the window and can be seen. */
  readonly seen: T;
  /** 1: it is known whether there is one. */
  readonly known: T;
}

/** Width of the soft label, in samples. */
const LABEL_WIDTH = 1;
/** What "is there a first break" weighs against "where". */
const NONE_WEIGHT = 0.3;

/** What another picker says of the same windows, to be followed beside the labels (distillation, Hinton, Vinyals, Dean 2015). */
export interface Taught<Where, Whether> {
  /** Logits over the samples of each trace. [window, trace, sample] */
  readonly onset: Where;
  /** Logit of "no first break in this window". [window, trace] */
  readonly none: Whether;
  /** What it weighs; the labels weigh the rest. */
  readonly share: number;
}

export interface Losses {
  readonly total: Scalar;
  readonly onset: Scalar;
  readonly none: Scalar;
}

/**
 * Cross-entropy with a Gaussian around the true position, and with "none here", each over the traces it is known for; where
 * there is a teacher, mixed with that to its scores: of the position as far as it says there is one, of "none here" everywhere.
 */
export function pickerLoss(
  { onset, none }: { readonly onset: Tensor3D; readonly none: Tensor2D },
  { position, seen, known }: Targets<Tensor2D>,
  taught?: Taught<Tensor3D, Tensor2D>,
): Losses {
  const logs = tf.logSoftmax(onset);
  const whereAs = (label: Tensor, asked: Tensor2D) => meanOver(logs.mul(label).sum(2).neg() as Tensor2D, asked); // over [window, trace]
  const whetherAs = (absent: Tensor2D, asked: Tensor2D) =>
    meanOver(tf.softplus(none).sub(none.mul(absent)) as Tensor2D, asked);

  const away = tf.sub(tf.range(0, onset.shape[2]), position.expandDims(2)); // [window, trace, sample]
  const near = tf.exp(tf.mul(tf.square(away), -0.5 / LABEL_WIDTH ** 2)).add(1e-9);
  const label = near.div(near.sum(2, true));
  const labels = { onset: whereAs(label, seen), none: whetherAs(tf.sub(1, seen), known) };
  if (!taught) return lossesOf(labels.onset, labels.none);

  const { share } = taught;
  const mixed = (own: Scalar, other: Scalar) => own.mul(1 - share).add(other.mul(share)) as Scalar;
  const absent = tf.sigmoid(taught.none);
  return lossesOf(
    mixed(labels.onset, whereAs(tf.softmax(taught.onset), tf.sub(1, absent))),
    mixed(labels.none, whetherAs(absent, tf.onesLike(absent))),
  );
}

const lossesOf = (onset: Scalar, none: Scalar): Losses => ({ total: onset.add(none.mul(NONE_WEIGHT)), onset, none });

const meanOver = (values: Tensor2D, weights: Tensor2D): Scalar =>
  values.mul(weights).sum().div(weights.sum().maximum(1)) as Scalar;

export interface PickerLayout extends Layout {
  /** Multiplications for one trace of one window. */
  readonly multiplicationsPerTrace: number;
}

/** The arrays a picker of this size has, in the order they are met. @throws Error when the sizes do not fit together */
export function pickerLayout(config: PickerConfig): PickerLayout {
  checkUnet(config);
  const traces = traceMultiple(config);
  const layout = layoutOf((layers) => picker<Shape>(layers, windowShape(1, traces), config));
  return { ...layout, multiplicationsPerTrace: layout.multiplications / traces };
}
