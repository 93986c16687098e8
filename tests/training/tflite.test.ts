/** The picker as TFLite: what stands in the file, what it computes, and what is refused. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ort, openOnnx, type WindowScores } from '#shared/model/runtime.ts';
import { type Graph, pickerGraph } from '../../training/export/graph.ts';
import { onnxModel } from '../../training/export/onnx.ts';
import { tflite } from '../../training/export/tflite.ts';
import { tfliteBytes } from '../../training/export/tflite-model.ts';
import { readTflite } from '../../training/export/tflite-read.ts';
import { startParameters } from '../../training/network/parameters.ts';
import { syntheticBatch } from '../../training/picker/synthetic-batches.ts';
import { pickerLayout } from '../../training/picker.ts';
import { int8Graph } from '../../training/quantise/int8-graph.ts';
import { observe } from '../../training/quantise/observe.ts';
import { CHOICES, type Choice, type Plan, planOf } from '../../training/quantise/plan.ts';
import { kernelsOf } from '../../training/quantise/quantise.ts';
import { SETTINGS } from '../../training/train.ts';
import { tfliteRuntime } from '../model/tflite-run.ts';

const CONFIG = { ...SETTINGS.picker, widths: [4, 6, 6, 8] };
const FACTS = { description: 'test', traces: 8 };
const choices = Object.keys(CHOICES) as Choice[];
const batch = syntheticBatch(3, 'validation', 0, { windows: 1, traces: 8, windowsPerShot: 1 });
const wide = syntheticBatch(3, 'validation', 1, { windows: 1, traces: 16, windowsPerShot: 1 });

let graph: Graph;
const plans = new Map<Choice, Plan>();
beforeAll(async () => {
  graph = pickerGraph(startParameters(pickerLayout(CONFIG).parameters, 4), CONFIG);
  const observed = await observe(graph, [batch, wide]);
  const kernels = kernelsOf(graph, observed.moments);
  for (const choice of choices) plans.set(choice, planOf(graph, observed, kernels, choice, 'extremes'));
}, 60_000);

async function byOnnx(plan: Plan | undefined, { features, shape }: typeof batch): Promise<WindowScores> {
  const bytes = onnxModel(plan ? int8Graph(graph, plan) : graph, { producer: '', version: '', metadata: {} });
  const runtime = await openOnnx(ort as unknown as Ort, 'onnx-web', bytes);
  const scores = await runtime.run(features, shape[0], shape[1]);
  await runtime.close();
  return scores;
}
const apart = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
};
const most = (values: Float32Array) => values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);

describe('a TFLite file', () => {
  it('has its input, its scores and its operators, and leaves the number of traces open', () => {
    const { tensors, operators, inputs, outputs, description } = readTflite(tflite(graph, FACTS), 'm');
    expect(description).toBe('test');
    expect(inputs.map((at) => tensors[at])).toEqual([
      { name: 'window', type: 'float32', shape: [1, 8, 128, 4], signature: [1, -1, 128, 4] },
    ]);
    expect(outputs.map((at) => tensors[at])).toMatchObject([
      { name: 'onset', type: 'float32', shape: [1, 8, 128], signature: [1, -1, 128] },
      { name: 'none', type: 'float32', shape: [1, 8], signature: [1, -1] },
    ]);
    const count = (name: string) => operators.filter(({ operator }) => operator === name).length;
    expect(count('convolution')).toBe(graph.nodes.filter(({ op }) => op === 'Conv').length);
    expect(count('maxPool')).toBe(3);
    expect(count('quantise') + count('dequantise')).toBe(0);
    expect(operators.filter(({ options }) => options?.of === 'convolution' && options.activation === 1)).toHaveLength(
      graph.nodes.filter(({ op }) => op === 'Relu').length,
    );
    // Nothing is used before it is made, nothing is made twice.
    const known = new Set([...inputs, ...tensors.flatMap(({ data }, at) => (data ? [at] : []))]);
    for (const operator of operators) {
      for (const at of operator.inputs) expect(known).toContain(at);
      for (const at of operator.outputs) expect(known).not.toContain(at);
      for (const at of operator.outputs) known.add(at);
    }
  });

  it('comes out of its tables as it went in', () => {
    for (const plan of [undefined, ...plans.values()]) {
      const bytes = tflite(graph, FACTS, plan);
      expect(tfliteBytes(readTflite(bytes, 'm'))).toEqual(bytes);
    }
  });

  it('of integers holds integers: weights, sums and what flows between layers', () => {
    const { tensors, operators } = readTflite(tflite(graph, FACTS, plans.get('integers')), 'm');
    for (const { operator, inputs, outputs } of operators) {
      if (operator !== 'convolution') continue;
      expect(inputs.map((at) => tensors[at].type)).toEqual(['int8', 'int8', 'int32']);
      const [x, kernel, bias] = inputs.map((at) => tensors[at]);
      expect(kernel.quantisation?.zeros.every((zero) => zero === 0)).toBe(true);
      bias.quantisation!.scales.forEach((scale, o) => {
        expect(scale / (x.quantisation!.scales[0] * kernel.quantisation!.scales[o])).toBeCloseTo(1, 5);
      });
      expect(tensors[outputs[0]].type).toBe('int8');
    }
    // What only moves integers must not scale them (TensorFlow Lite, quantization specification).
    for (const { operator, inputs, outputs } of operators) {
      if (!['concatenation', 'maxPool', 'reshape', 'reduceMax'].includes(operator)) continue;
      const joined = [...inputs, ...outputs].map((at) => tensors[at]).filter(({ type }) => type === 'int8');
      expect(new Set(joined.map(({ quantisation }) => JSON.stringify(quantisation))).size).toBeLessThan(2);
    }
  });
});

describe('computes what ONNX Runtime computes', () => {
  it.each(['8 traces', '16 traces, resized'])('floats, %s', async (which) => {
    const { features, shape } = which.startsWith('8') ? batch : wide;
    const there = await byOnnx(undefined, { ...batch, features, shape });
    const here = await tfliteRuntime(tflite(graph, FACTS)).run(features, 1, shape[1]);
    expect(apart(here.onset, there.onset)).toBeLessThan(1e-4 * Math.max(1, most(there.onset)));
    expect(apart(here.none, there.none)).toBeLessThan(1e-4 * Math.max(1, most(there.none)));
  });

  it.each(choices)('%s', async (choice) => {
    const plan = plans.get(choice)!;
    const [floats, there] = [await byOnnx(undefined, wide), await byOnnx(plan, wide)];
    const here = await tfliteRuntime(tflite(graph, FACTS, plan)).run(wide.features, 1, wide.shape[1]);
    const step = most(floats.onset) / 100; // a value on the edge between two integers may go either way
    expect(apart(here.onset, there.onset)).toBeLessThan(step);
    expect(apart(here.onset, floats.onset)).toBeLessThan(10 * step);
    expect(apart(here.onset, floats.onset)).toBeGreaterThan(0);
  });

  it('no more when a weight is another one', async () => {
    const model = readTflite(tflite(graph, FACTS), 'm');
    const at = model.tensors.findIndex(({ name }) => name === 'down1.first.kernel');
    const tensors = model.tensors.map((tensor, i) =>
      i === at ? { ...tensor, data: (tensor.data as Float32Array).map((w, k) => (k === 5 ? w + 2 : w)) } : tensor,
    );
    const there = await byOnnx(undefined, batch);
    const here = await tfliteRuntime(tfliteBytes({ ...model, tensors })).run(batch.features, 1, 8);
    expect(apart(here.onset, there.onset)).toBeGreaterThan(1e-3);
  });
});

describe('is refused', () => {
  const bytes = () => tflite(graph, FACTS);
  it.each<[string, (whole: Uint8Array) => Uint8Array, RegExp]>([
    ['empty', () => new Uint8Array(0), /^m: expected a TFLite model \(TFL3\), found ""$/],
    ['another kind of file', () => new TextEncoder().encode('SEG-Y rev 2'), /expected a TFLite model/],
    ['cut short', (whole) => whole.subarray(0, whole.length >> 1), /^m: expected /],
    ['cut after the header', (whole) => whole.subarray(0, 40), /^m: expected /],
  ])('%s', (_, damage, expected) => {
    const read = () => readTflite(damage(bytes()).slice(), 'm');
    expect(read).toThrow(expected);
    expect(read).toThrow(expect.objectContaining({ name: 'RecordError' }));
  });

  it('a graph with an operator that is not written', () => {
    const nodes = graph.nodes.map((node) => (node.op === 'MaxPool' ? { ...node, op: 'Softmax' } : node));
    expect(() => tflite({ ...graph, nodes }, FACTS)).toThrow(/expected an operator .*, found Softmax/);
  });

  it('a convolution that does not keep the size', () => {
    const nodes = graph.nodes.map((node) =>
      node.op === 'Conv' ? { ...node, attributes: { ...node.attributes, strides: [2, 2] } } : node,
    );
    expect(() => tflite({ ...graph, nodes }, FACTS)).toThrow(/keeps the size/);
  });
});

/** Reads a window and models, writes the scores that TensorFlow's interpreter gives with each. */
const INTERPRETER = `
import sys, numpy as np
try:
    from tflite_runtime.interpreter import Interpreter
except ImportError:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tensorflow.lite.python.interpreter import Interpreter
if len(sys.argv) > 1:
    window, traces, *models = sys.argv[1:]
    x = np.fromfile(window, '<f4').reshape(1, int(traces), 128, 4)
    for model in models:
        i = Interpreter(model)
        at = i.get_input_details()[0]['index']
        i.resize_tensor_input(at, x.shape)
        i.allocate_tensors()
        i.set_tensor(at, x)
        i.invoke()
        [found] = [o for o in i.get_output_details() if o['name'] == 'onset']
        i.get_tensor(found['index']).astype('<f4').tofile(model + '.onset')
`;
const python = (...args: string[]) =>
  execFileSync('python3', ['-c', INTERPRETER, ...args], { stdio: 'ignore', timeout: 120_000 });
const installed = (() => {
  try {
    python();
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!installed)(
  'a second runtime (skipped unless Python 3 has tflite_runtime, ai_edge_litert or tensorflow)',
  () => {
    const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-tflite-'));
    afterAll(() => rmSync(scratch, { recursive: true, force: true }));

    it('gives the scores of ONNX Runtime, whatever is of integers', async () => {
      const window = join(scratch, 'window');
      writeFileSync(window, wide.features);
      const all = [undefined, ...choices];
      const models = all.map((choice, i) => {
        const path = join(scratch, `${i}.tflite`);
        writeFileSync(path, tflite(graph, FACTS, choice && plans.get(choice)));
        return path;
      });
      python(window, '16', ...models);
      for (const [i, choice] of all.entries()) {
        const here = new Float32Array(new Uint8Array(readFileSync(`${models[i]}.onset`)).buffer);
        const there = await byOnnx(choice && plans.get(choice), wide);
        expect(apart(here, there.onset)).toBeLessThan((choice ? 1e-2 : 1e-4) * most(there.onset));
      }
    }, 120_000);
  },
);
