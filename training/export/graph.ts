/**
 * Networks as small graphs of ONNX operators: the layers read as nodes, batch normalisation folded into the convolution
 * before it. Values are [window, channel, trace, time] inside, [window, trace, …] at the ends, as in training.
 */
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { type Extent, type Layers, sizeOf } from '../network/layers.ts';
import { NORM_EPSILON } from '../network/norm-relu.ts';
import type { Parameters } from '../network/parameters.ts';
import { type PickerConfig, picker } from '../picker.ts';

/** A name stands for a size that is known when the model runs. */
export type Dimension = number | string;

export interface GraphValue {
  readonly name: string;
  readonly shape: readonly Dimension[];
}
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, number | string | readonly number[]>>;
}
export interface GraphConstant {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whole numbers as 64 bits: shapes. */
  readonly values: Float32Array | BigInt64Array;
}
export interface Graph {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly GraphConstant[];
}

export const INPUT = 'window';
export const OUTPUTS = ['onset', 'none'] as const;

/** Layers that note the nodes and constants they become; what flows through them is the name of a value. */
export interface GraphLayers {
  readonly layers: Layers<string>;
  node(op: string, inputs: readonly string[], attributes?: GraphNode['attributes']): string;
  /** @param outputs each with the value inside that it is */
  graph(inputs: readonly GraphValue[], outputs: readonly (GraphValue & { readonly value: string })[]): Graph;
}

export function graphLayers(parameters: Parameters): GraphLayers {
  const nodes: GraphNode[] = [];
  const constants: GraphConstant[] = [];
  let count = 0;
  const node = (op: string, inputs: readonly string[], attributes: GraphNode['attributes'] = {}): string => {
    const output = `${op.toLowerCase()}${++count}`;
    nodes.push({ op, inputs, output, attributes });
    return output;
  };
  const constant = (name: string, shape: readonly number[], values: GraphConstant['values']): string => {
    constants.push({ name, shape, values });
    return name;
  };
  const shapeOf = (...sizes: readonly number[]) =>
    constant(`shape${++count}`, [sizes.length], BigInt64Array.from(sizes, BigInt));
  const get = (name: string) => parameters.byName.get(name)!;
  const shapes = new Map(parameters.specs.map(({ name, shape }) => [name, shape]));

  const convolution = (name: string, x: string, { kernel, bias }: Folded): string => {
    const [high, wide, inputs, outputs] = shapes.get(`${name}.kernel`)!;
    return node(
      'Conv',
      [
        x,
        constant(`${name}.kernel`, [outputs, inputs, high, wide], toOihw(kernel, [high, wide, inputs, outputs])),
        constant(`${name}.bias`, [outputs], bias),
      ],
      { kernel_shape: [high, wide], pads: [high >> 1, wide >> 1, high >> 1, wide >> 1], strides: [1, 1] },
    );
  };

  const dense = (name: string, x: string): string => {
    const weight = (which: string) =>
      constant(`${name}.${which}`, shapes.get(`${name}.${which}`)!, get(`${name}.${which}`));
    return node('Gemm', [x, weight('kernel'), weight('bias')]);
  };

  const layers: Layers<string> = {
    // 0 keeps a size, −1 takes what is left
    foldTime: (x, fold) =>
      node('Transpose', [node('Reshape', [x, shapeOf(0, 0, SAMPLES / fold, fold * CHANNELS.length)])], {
        perm: [0, 3, 1, 2],
      }),
    unfoldTime: (x) => node('Reshape', [node('Transpose', [x], { perm: [0, 2, 3, 1] }), shapeOf(0, 0, -1)]),
    convNormRelu: (name, x) => node('Relu', [convolution(name, x, folded(name, get))]),
    conv: (name, x) => convolution(name, x, { kernel: get(`${name}.kernel`), bias: get(`${name}.bias`) }),
    maxPool: (x, by) => node('MaxPool', [x], { kernel_shape: [...by], strides: [...by] }),
    repeat: (x, [traces, time]: Extent) =>
      node('Resize', [x, '', constant(`scales${++count}`, [4], Float32Array.of(1, 1, traces, time))], {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }),
    concat: (a, b) => node('Concat', [a, b], { axis: 1 }),
    meanOverTime: (x) => node('ReduceMean', [x], { axes: [3], keepdims: 1 }),
    maxOverTime: (x) => node('ReduceMax', [x], { axes: [3], keepdims: 1 }),
    perTrace: (x) => node('Reshape', [x, shapeOf(0, -1)]),
    toCode: (name, x) => dense(name, node('Reshape', [node('Transpose', [x], { perm: [0, 2, 3, 1] }), shapeOf(0, -1)])),
    fromCode: (name, code, place) =>
      node('Transpose', [node('Reshape', [dense(name, code), shapeOf(0, ...place)])], { perm: [0, 3, 1, 2] }),
  };
  return {
    layers,
    node,
    graph: (inputs, outputs) => ({
      inputs,
      outputs: outputs.map(({ name, shape }) => ({ name, shape })),
      nodes: nodes.map((each) => {
        const outside = outputs.find(({ value }) => value === each.output);
        return outside ? { ...each, output: outside.name } : each;
      }),
      constants,
    }),
  };
}

export function pickerGraph(parameters: Parameters, config: PickerConfig): Graph {
  const { layers, graph } = graphLayers(parameters);
  const scores = picker(layers, INPUT, config);
  return graph(
    [{ name: INPUT, shape: ['windows', 'traces', SAMPLES, CHANNELS.length] }],
    [
      { name: 'onset', shape: ['windows', 'traces', SAMPLES], value: scores.onset },
      { name: 'none', shape: ['windows', 'traces'], value: scores.none },
    ],
  );
}

interface Folded {
  /** [high, wide, input, output] */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** scale · (k∗x − mean) / √(variance + ε) + offset = (k · gain)∗x + (offset − mean · gain), gain by output channel. */
function folded(name: string, get: (name: string) => Float32Array): Folded {
  const [scale, offset] = [get(`${name}.scale`), get(`${name}.offset`)];
  const [mean, variance] = [get(`${name}.mean`), get(`${name}.variance`)];
  const gain = Float64Array.from(scale, (s, o) => s / Math.sqrt(variance[o] + NORM_EPSILON));
  return {
    kernel: get(`${name}.kernel`).map((k, i) => k * gain[i % gain.length]),
    bias: offset.map((b, o) => b - mean[o] * gain[o]),
  };
}

/** [high, wide, input, output] → [output, input, high, wide] */
function toOihw(kernel: Float32Array, [high, wide, inputs, outputs]: readonly number[]): Float32Array {
  const turned = new Float32Array(sizeOf([high, wide, inputs, outputs]));
  for (let place = 0, from = 0; place < high * wide; place++)
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++) turned[(o * inputs + i) * high * wide + place] = kernel[from++];
  return turned;
}
