/**
 * The few layers the networks are made of, as an interface over what flows through them. A network is written once against
 * it and read four ways: as shapes (which weights there are), as tensors that learn, as tensors that infer, as ONNX nodes.
 *
 * Axis order everywhere: [window, trace, time, channel].
 */

/** Traces × time. */
export type Extent = readonly [traces: number, time: number];

export interface Layers<T> {
  /** Puts `fold` neighbouring samples into channels: [n, trace, time, c] → [n, trace, time / fold, fold · c]. */
  foldTime(x: T, fold: number): T;
  /** [n, trace, time, c] → [n, trace, time · c] */
  unfoldTime(x: T): T;
  /** Same-size convolution without bias, batch normalisation, ReLU. */
  convNormRelu(name: string, x: T, width: number, kernel: Extent): T;
  /** Same-size convolution with bias, nothing after. */
  conv(name: string, x: T, width: number, kernel: Extent): T;
  maxPool(x: T, by: Extent): T;
  /** Each value repeated. */
  repeat(x: T, by: Extent): T;
  concat(a: T, b: T): T;
  /** [n, trace, time, c] → [n, trace, 1, c] */
  meanOverTime(x: T): T;
  maxOverTime(x: T): T;
  /** [n, trace, 1, 1] → [n, trace] */
  perTrace(x: T): T;
  /** Every value with every other, with bias: [n, trace, time, c] → [n, width] */
  toCode(name: string, x: T, width: number): T;
  /** The way back: [n, width] → [n, ...place] */
  fromCode(name: string, code: T, place: readonly [traces: number, time: number, width: number]): T;
}

/** An array of the network; `learnt` ones follow gradients, the others are statistics of what flowed through. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly learnt: boolean;
  /** What it starts as: normal with variance 2 / inputs (He 2015), or one value. */
  readonly start: { readonly normalOver: number } | { readonly value: number };
}

export type Shape = readonly number[];
export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

/** Walks shapes through a network, noting its parameters and its multiplications for one window. */
export function shapeLayers() {
  const parameters: ParameterSpec[] = [];
  let multiplications = 0;
  const kernelOf = (name: string, x: Shape, width: number, kernel: Extent): Shape => {
    const shape = [...kernel, x[3], width];
    parameters.push({ name: `${name}.kernel`, shape, learnt: true, start: { normalOver: sizeOf(shape.slice(0, 3)) } });
    multiplications += sizeOf(shape) * x[1] * x[2];
    return [x[0], x[1], x[2], width];
  };
  const constant = (name: string, width: number, value: number, learnt: boolean) =>
    parameters.push({ name, shape: [width], learnt, start: { value } });
  const dense = (name: string, [n, ...from]: Shape, to: Shape): Shape => {
    const shape = [sizeOf(from), sizeOf(to)];
    parameters.push({ name: `${name}.kernel`, shape, learnt: true, start: { normalOver: shape[0] } });
    constant(`${name}.bias`, shape[1], 0, true);
    multiplications += sizeOf(shape);
    return [n, ...to];
  };
  const layers: Layers<Shape> = {
    foldTime: ([n, traces, time, c], fold) => [n, traces, time / fold, fold * c],
    unfoldTime: ([n, traces, time, c]) => [n, traces, time * c],
    convNormRelu(name, x, width, kernel) {
      const y = kernelOf(name, x, width, kernel);
      constant(`${name}.scale`, width, 1, true);
      constant(`${name}.offset`, width, 0, true);
      constant(`${name}.mean`, width, 0, false);
      constant(`${name}.variance`, width, 1, false);
      return y;
    },
    conv(name, x, width, kernel) {
      const y = kernelOf(name, x, width, kernel);
      constant(`${name}.bias`, width, 0, true);
      return y;
    },
    maxPool: ([n, traces, time, c], by) => [n, traces / by[0], time / by[1], c],
    repeat: ([n, traces, time, c], by) => [n, traces * by[0], time * by[1], c],
    concat: (a, b) => [a[0], a[1], a[2], a[3] + b[3]],
    meanOverTime: ([n, traces, , c]) => [n, traces, 1, c],
    maxOverTime: ([n, traces, , c]) => [n, traces, 1, c],
    perTrace: ([n, traces]) => [n, traces],
    toCode: (name, x, width) => dense(name, x, [width]),
    fromCode: dense,
  };
  return { layers, parameters, multiplications: () => multiplications };
}

/** The arrays of a network. */
export interface Layout {
  /** In the order they are met. */
  readonly parameters: readonly ParameterSpec[];
  /** Learnt numbers. */
  readonly weights: number;
  /** For what was walked through. */
  readonly multiplications: number;
}

/** @param walk through the network, of one window */
export function layoutOf(walk: (layers: Layers<Shape>) => unknown): Layout {
  const { layers, parameters, multiplications } = shapeLayers();
  walk(layers);
  return {
    parameters,
    weights: parameters.reduce((sum, { learnt, shape }) => sum + (learnt ? sizeOf(shape) : 0), 0),
    multiplications: multiplications(),
  };
}
