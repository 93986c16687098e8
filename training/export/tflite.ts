/**
 * A graph as a TFLite model, of floats or, where a plan says so, of 8-bit integers. What is [window, channel, trace, time]
 * inside the graph is [window, trace, time, channel] here, as at its ends, so that transpositions fall away.
 *
 * The number of traces may be changed by resizing the input: shapes leave it open, and values are repeated by joining a value
 * with itself and reading it in another shape, where `RESIZE_NEAREST_NEIGHBOR` would write the size down.
 */
import { sizeOf } from '../network/layers.ts';
import { int32Bias } from '../quantise/int8-graph.ts';
import { isInteger, type Plan, rectifierOf } from '../quantise/plan.ts';
import type { GraphNode } from './graph.ts';
import type { OnnxConstant, OnnxGraph } from './onnx.ts';
import { type TfliteOperator, type TfliteOptions, type TfliteTensor, tfliteBytes } from './tflite-model.ts';
import { ACTIVATION, OPERATORS, type OperatorName, PADDING } from './tflite-schema.ts';

const FLOATS: Plan = { kernels: new Map(), values: new Map() };

export interface TfliteFacts {
  readonly description: string;
  /** Of a window, as long as nobody resizes the input. */
  readonly traces: number;
}

/** @throws Error when the graph has an operator, or a kind of convolution, that is not written here */
export function tflite(graph: OnnxGraph, { description, traces }: TfliteFacts, plan: Plan = FLOATS): Uint8Array {
  const tensors: TfliteTensor[] = [];
  const operators: TfliteOperator[] = [];
  const constants = new Map(graph.constants.map((constant) => [constant.name, constant]));
  const add = (tensor: TfliteTensor): number => tensors.push(tensor) - 1;

  /** Where a value lies, as floats and as integers, as far as it has been made. */
  const places = new Map<string, { float?: number; whole?: number }>();
  const placesOf = (name: string) => places.get(name) ?? places.set(name, {}).get(name)!;

  const operate = (
    operator: OperatorName,
    inputs: readonly number[],
    output: number,
    options?: TfliteOptions,
    version: number = OPERATORS[operator][tensors[inputs[0]].type === 'int8' ? 'int8' : 'float32'],
  ): number => {
    operators.push({ operator, version, inputs, outputs: [output], ...(options && { options }) });
    return output;
  };
  /** A new tensor of floats, or of integers as the plan has the value. */
  const made = (name: string, shape: readonly number[], whole: boolean): number => {
    const affine = whole ? plan.values.get(name)! : undefined;
    const place = add({
      name: whole ? `${name}.int8` : name,
      type: whole ? 'int8' : 'float32',
      shape,
      signature: open(shape),
      ...(affine && { quantisation: { scales: [affine.scale], zeros: [affine.zero] } }),
    });
    placesOf(name)[whole ? 'whole' : 'float'] = place;
    return place;
  };
  /** Axis 1 counts traces, or groups of them; window, time and channel are known. */
  const open = (shape: readonly number[]) => shape.map((size, axis) => (axis === 1 ? -1 : size));

  const shapeOf = (name: string): readonly number[] => {
    const { float, whole } = placesOf(name);
    return tensors[(float ?? whole)!].shape;
  };
  const taken = (name: string, whole: boolean): number => {
    const found = placesOf(name);
    if (whole) return (found.whole ??= operate('quantise', [found.float!], made(name, shapeOf(name), true)));
    return (found.float ??= operate('dequantise', [found.whole!], made(name, shapeOf(name), false)));
  };
  const wholes = (name: string, values: readonly number[]) =>
    add({ name, type: 'int32', shape: [values.length], data: Int32Array.from(values) });
  const reshaped = (from: number, name: string, shape: readonly number[], to: number) =>
    operate('reshape', [from, wholes(`${name}.shape`, open(shape))], to, { of: 'reshape' });

  const convolve = (node: GraphNode): void => {
    const relu = rectifierOf(graph, node);
    const output = (relu ?? node).output;
    const whole = isInteger(graph, node, plan.values) && plan.kernels.has(node.inputs[1]);
    checkSameSize(node);
    const [windows, rows, time] = shapeOf(node.inputs[0]);
    const kernel = constants.get(node.inputs[1])!;
    const input = taken(node.inputs[0], whole);
    const weights = kernelOf(node.inputs[1], whole);
    const bias = biasOf(node, whole);
    const to = made(output, [windows, rows, time, kernel.shape[0]], whole);
    operate('convolution', [input, weights, bias], to, {
      of: 'convolution',
      padding: PADDING.same,
      strides: [1, 1],
      activation: relu ? ACTIVATION.relu : ACTIVATION.none,
    });
  };
  /** [output, high, wide, input] */
  const kernelOf = (name: string, whole: boolean): number => {
    const { shape, values } = constants.get(name)!;
    const [outputs, inputs, high, wide] = shape;
    const turned = [outputs, high, wide, inputs];
    const kernel = plan.kernels.get(name);
    if (!kernel) return add({ name, type: 'float32', shape: turned, data: toOhwi(values as Float32Array, shape) });
    const quantisation = { scales: [...kernel.scales], zeros: Array.from(kernel.scales, () => 0), axis: 0 };
    const integers = add({
      name: whole ? name : `${name}.int8`,
      type: 'int8',
      shape: turned,
      data: toOhwi(kernel.values, shape),
      quantisation,
    });
    if (whole) return integers;
    const floats = add({ name, type: 'float32', shape: turned });
    return operate('dequantise', [integers], floats, undefined, OPERATORS.dequantise.float32);
  };
  const biasOf = (node: GraphNode, whole: boolean): number => {
    const name = node.inputs[2];
    const bias = constants.get(name)!;
    if (!whole) return add({ name, type: 'float32', shape: bias.shape, data: bias.values as Float32Array });
    const { scales, values } = int32Bias(
      bias,
      plan.kernels.get(node.inputs[1])!.scales,
      plan.values.get(node.inputs[0])!.scale,
    );
    const quantisation = { scales: [...scales], zeros: Array.from(scales, () => 0), axis: 0 };
    return add({ name, type: 'int32', shape: bias.shape, data: values, quantisation });
  };

  /** What only moves numbers does so with integers where all it touches are integers. */
  const move = (node: GraphNode): void => {
    const { op, inputs, output, attributes } = node;
    const values = inputs.filter((name) => name !== '' && !constants.has(name));
    const whole = [...values, output].every((name) => plan.values.has(name));
    const from = values.map((name) => taken(name, whole));
    const shape = shapeOf(values[0]);
    const numbers = (name: string) => attributes[name] as readonly number[];
    if (op === 'Transpose') {
      // The same numbers under another name.
      const place = placesOf(output);
      place[whole ? 'whole' : 'float'] = from[0];
    } else if (op === 'Reshape') {
      const to = resolved(constants.get(inputs[1])!, shape);
      reshaped(from[0], output, to, made(output, to, whole));
    } else if (op === 'MaxPool') {
      const [high, wide] = numbers('kernel_shape');
      const [windows, rows, time, channels] = shape;
      operate('maxPool', from, made(output, [windows, rows / high, time / wide, channels], whole), {
        of: 'pool',
        padding: PADDING.valid,
        strides: [high, wide],
        filter: [high, wide],
      });
    } else if (op === 'Concat') {
      const channels = values.reduce((sum, name) => sum + shapeOf(name)[3], 0);
      operate('concatenation', from, made(output, [...shape.slice(0, 3), channels], whole), {
        of: 'concatenation',
        axis: 3,
      });
    } else if (op === 'ReduceMean' || op === 'ReduceMax') {
      const [windows, rows, , channels] = shape;
      operate(
        op === 'ReduceMean' ? 'mean' : 'reduceMax',
        [from[0], wholes(`${output}.axes`, [2])],
        made(output, [windows, rows, 1, channels], whole),
        { of: 'reducer', keepDimensions: true },
      );
    } else if (op === 'Resize') {
      const [, , byTraces, byTime] = constants.get(inputs[2])!.values as Float32Array;
      repeat(from[0], output, shape, [byTraces, byTime], whole);
    } else throw new Error(`expected an operator that is written for TFLite, found ${op}`);
  };

  /** Each step of time follows itself, then each trace. */
  const repeat = (
    from: number,
    output: string,
    [windows, rows, time, channels]: readonly number[],
    [byTraces, byTime]: readonly [number, number],
    whole: boolean,
  ): void => {
    const { type, quantisation } = tensors[from];
    const passing = (name: string, shape: readonly number[]) =>
      add({ name, type, shape, signature: open(shape), ...(quantisation && { quantisation }) });
    const joined = (x: number, times: number, name: string, shape: readonly number[], axis: number) =>
      operate('concatenation', new Array<number>(times).fill(x), passing(name, shape), { of: 'concatenation', axis });
    let x = from;
    if (byTime > 1) {
      x = joined(x, byTime, `${output}.steps`, [windows, rows, time, byTime * channels], 3);
      const shape = [windows, rows, byTime * time, channels];
      const last = byTraces === 1;
      x = reshaped(x, `${output}.time`, shape, last ? made(output, shape, whole) : passing(`${output}.time`, shape));
    }
    if (byTraces > 1) {
      const row = byTime * time * channels;
      x = reshaped(x, `${output}.rows`, [windows, rows, 1, row], passing(`${output}.rows`, [windows, rows, 1, row]));
      x = joined(x, byTraces, `${output}.twice`, [windows, rows, byTraces, row], 2);
      const shape = [windows, byTraces * rows, byTime * time, channels];
      reshaped(x, output, shape, made(output, shape, whole));
    }
  };

  const [input] = graph.inputs;
  const given = made(input.name, [1, traces, ...input.shape.slice(2).map(Number)], false);
  for (const node of graph.nodes) {
    if (node.op === 'Conv') convolve(node);
    else if (node.op !== 'Relu') move(node); // rectifiers are part of convolutions
  }
  const outputs = graph.outputs.map(({ name }) => taken(name, false));
  return tfliteBytes({ description, tensors, operators, inputs: [given], outputs });
}

function checkSameSize({ attributes }: GraphNode): void {
  const [high, wide] = attributes.kernel_shape as readonly number[];
  const found = JSON.stringify([attributes.pads, attributes.strides]);
  const expected = JSON.stringify([
    [high >> 1, wide >> 1, high >> 1, wide >> 1],
    [1, 1],
  ]);
  if (found !== expected || !(high & 1) || !(wide & 1))
    throw new Error(`expected a convolution that keeps the size, pads and strides ${expected}, found ${found}`);
}

/** 0 keeps a size, −1 takes what is left. */
function resolved({ values }: OnnxConstant, shape: readonly number[]): readonly number[] {
  const asked = Array.from(values as BigInt64Array, Number).map((size, axis) => (size === 0 ? shape[axis] : size));
  const known = sizeOf(asked.filter((size) => size > 0));
  return asked.map((size) => (size < 0 ? sizeOf(shape) / known : size));
}

/** [output, input, high, wide] → [output, high, wide, input] */
function toOhwi<T extends Float32Array | Int8Array>(values: T, [outputs, inputs, high, wide]: readonly number[]): T {
  const turned = values.slice() as T;
  for (let o = 0, to = 0; o < outputs; o++)
    for (let place = 0; place < high * wide; place++)
      for (let i = 0; i < inputs; i++) turned[to++] = values[(o * inputs + i) * high * wide + place];
  return turned;
}
