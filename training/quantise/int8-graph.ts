/**
 * A graph whose numbers are 8-bit integers where a plan says so, in the form of ONNX: `QuantizeLinear` and `DequantizeLinear`
 * around what is rounded ("QDQ"), from which a runtime makes integer operators where it has them.
 */
import type { GraphNode } from '../export/graph.ts';
import type { OnnxConstant, OnnxGraph } from '../export/onnx.ts';
import { isInteger, type Plan } from './plan.ts';

export function int8Graph(graph: OnnxGraph, { kernels, values }: Plan): OnnxGraph {
  const nodes: GraphNode[] = [];
  const constants: OnnxConstant[] = [];
  const add = (name: string, shape: readonly number[], data: OnnxConstant['values']): string => {
    constants.push({ name, shape, values: data });
    return name;
  };
  const node = (op: string, inputs: readonly string[], output: string, attributes: GraphNode['attributes'] = {}) => {
    nodes.push({ op, inputs, output, attributes });
    return output;
  };
  const floats = new Map(graph.constants.map((constant) => [constant.name, constant]));
  const keep = (name: string) => {
    const { shape, values: data } = floats.get(name)!;
    return add(name, shape, data);
  };
  /** What consumers take in place of a value. */
  const taken = new Map<string, string>();
  const round = (name: string): void => {
    const affine = values.get(name);
    if (!affine) return;
    const about = [
      add(`${name}.scale`, [], Float32Array.of(affine.scale)),
      add(`${name}.zero`, [], Int8Array.of(affine.zero)),
    ];
    const whole = node('QuantizeLinear', [name, ...about], `${name}.int8`);
    taken.set(name, node('DequantizeLinear', [whole, ...about], `${name}.rounded`));
  };
  /** A constant of integers, a scale for each entry of its first axis, under its old name again. */
  const wholes = (
    name: string,
    shape: readonly number[],
    data: Int8Array | Int32Array,
    scales: Float32Array,
  ): string => {
    const none = data instanceof Int8Array ? new Int8Array(scales.length) : new Int32Array(scales.length);
    const inputs = [
      add(`${name}.whole`, shape, data),
      add(`${name}.scale`, [scales.length], scales),
      add(`${name}.zero`, [scales.length], none),
    ];
    return node('DequantizeLinear', inputs, name, { axis: 0 });
  };

  for (const { name } of graph.inputs) round(name);
  for (const each of graph.nodes) {
    const { op, inputs, output, attributes } = each;
    const [x, ...others] = inputs.map((name) => taken.get(name) ?? name);
    if (op === 'Conv') {
      const kernel = kernels.get(inputs[1]);
      const weights = kernel ? wholes(inputs[1], kernel.shape, kernel.values, kernel.scales) : keep(inputs[1]);
      const whole = kernel && isInteger(graph, each, values);
      const bias = whole ? int32Bias(floats.get(inputs[2])!, kernel.scales, values.get(inputs[0])!.scale) : undefined;
      const offset = bias ? wholes(inputs[2], [bias.values.length], bias.values, bias.scales) : keep(inputs[2]);
      node(op, [x, weights, offset], output, attributes);
    } else {
      for (const name of inputs) if (floats.has(name)) keep(name);
      node(op, [x, ...others], output, attributes);
    }
    round(output);
  }
  return { inputs: graph.inputs, outputs: graph.outputs, nodes, constants };
}

/** In steps of what the products of kernel and input are counted in, so that they add up as integers. */
export function int32Bias(bias: OnnxConstant, kernelScales: Float32Array, inputScale: number) {
  const scales = kernelScales.map((scale) => scale * inputScale);
  return { scales, values: Int32Array.from(bias.values as Float32Array, (b, o) => Math.round(b / scales[o])) };
}
