/** What rounding does to each layer: how far its numbers reach, and how far the signal stands above the rounding. */
import type { OnnxGraph } from '../export/onnx.ts';
import { squaredError } from './affine.ts';
import { int8Graph } from './int8-graph.ts';
import { forAllValues, type Observed, type Windows } from './observe.ts';
import { type Plan, rectifierOf } from './plan.ts';
import { floatKernel } from './weights.ts';

export interface LayerReport {
  readonly name: string;
  readonly weights: number;
  /** `int8` or `fp32`. */
  readonly kernel: string;
  /** dB of the kernel over its rounding; undefined where it is not rounded. */
  readonly kernelDb: number | undefined;
  /** Of what the layer gives. */
  readonly range: readonly [least: number, most: number];
  /** Root mean square of its rounding. */
  readonly error: number | undefined;
  /** dB of what the layer gives over its own rounding … */
  readonly ownDb: number | undefined;
  /** … and over all that was rounded up to here. */
  readonly totalDb: number;
}

const decibels = (signal: number, noise: number): number => 10 * Math.log10(signal / Math.max(noise, 1e-30));
const power = (values: Float32Array) => values.reduce((sum, x) => sum + x * x, 0) / Math.max(1, values.length);

export async function layerReports(
  graph: OnnxGraph,
  { seen }: Observed,
  plan: Plan,
  windows: readonly Windows[],
): Promise<readonly LayerReport[]> {
  const total = await totals(graph, plan, windows);
  return graph.nodes
    .filter(({ op }) => op === 'Conv')
    .map((node) => {
      const [, kernelName] = node.inputs;
      const { output } = rectifierOf(graph, node) ?? node;
      const weights = graph.constants.find(({ name }) => name === kernelName)!.values as Float32Array;
      const kernel = plan.kernels.get(kernelName);
      const affine = plan.values.get(output);
      const { least, most, sorted } = seen.get(output)!;
      const noise = affine && squaredError(sorted, affine);
      const integers = kernel && floatKernel(kernel);
      return {
        name: kernelName.replace(/\.kernel$/, ''),
        weights: weights.length,
        kernel: kernel ? 'int8' : 'fp32',
        kernelDb: integers && decibels(power(weights), power(weights.map((w, i) => w - integers[i]))),
        range: [least, most],
        error: noise === undefined ? undefined : Math.sqrt(noise),
        ownDb: noise === undefined ? undefined : decibels(power(sorted), noise),
        totalDb: total.get(output)!,
      };
    });
}

/** dB of each value over its difference from what it was, as it flows through the rounded network. */
async function totals(graph: OnnxGraph, plan: Plan, windows: readonly Windows[]): Promise<ReadonlyMap<string, number>> {
  const sums = new Map<string, { signal: number; noise: number }>();
  for (const each of windows) {
    const before = new Map<string, Float32Array>();
    await forAllValues(graph, [each], (all) => {
      for (const [name, { values }] of all) before.set(name, values.slice());
    });
    await forAllValues(int8Graph(graph, plan), [each], (all) => {
      for (const [name, values] of before) {
        const after = (all.get(`${name}.rounded`) ?? all.get(name))?.values;
        if (!after) continue;
        const sum = sums.get(name) ?? { signal: 0, noise: 0 };
        sums.set(name, sum);
        for (let i = 0; i < values.length; i++) {
          sum.signal += values[i] ** 2;
          sum.noise += (values[i] - after[i]) ** 2;
        }
      }
    });
  }
  return new Map([...sums].map(([name, { signal, noise }]) => [name, decibels(signal, noise)]));
}
