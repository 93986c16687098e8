/** What flows through a network: every value of a graph, on windows that it is run on. */
import * as ort from 'onnxruntime-web';
import { type OnnxGraph, onnxModel } from '../export/onnx.ts';
import type { Seen } from './affine.ts';
import { type Moments, momentsOf } from './moments.ts';

/** Windows as they go through the network at once. */
export interface Windows {
  /** [window, trace, sample, channel] */
  readonly features: Float32Array;
  readonly shape: readonly [windows: number, traces: number, samples: number, channels: number];
}

export interface Value {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Runs a graph on each of the windows, all its values as outputs; `visit` gets them by name. */
export async function forAllValues(
  graph: OnnxGraph,
  windows: Iterable<Windows>,
  visit: (values: ReadonlyMap<string, Value>) => void,
): Promise<void> {
  const constants = new Set(graph.constants.map(({ name }) => name));
  const floats = graph.nodes.filter(
    ({ op, inputs }) => op !== 'QuantizeLinear' && !inputs.every((name) => constants.has(name)),
  );
  const rank = (name: string) => graph.outputs.find((output) => output.name === name)?.shape.length ?? 4;
  const outputs = floats.map(({ output }) => ({
    name: output,
    shape: Array.from({ length: rank(output) }, (_, axis) => `${output}.${axis}`), // sizes need not be known
  }));
  const model = onnxModel({ ...graph, outputs }, { producer: 'firstbreak', version: 'all values', metadata: {} });
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, graphOptimizationLevel: 'basic' });
  const [input] = graph.inputs;
  try {
    for (const { features, shape } of windows) {
      const found = await session.run({ [input.name]: new ort.Tensor('float32', features, shape) });
      visit(
        new Map([
          [input.name, { values: features, shape }],
          ...floats.map(({ output }) => {
            const { data, dims } = found[output];
            return [output, { values: data as Float32Array, shape: dims }] as const;
          }),
        ]),
      );
    }
  } finally {
    await session.release();
  }
}

/** What is to be known of a network before it is quantised. */
export interface Observed {
  /** By name of the value. */
  readonly seen: ReadonlyMap<string, Seen>;
  /** By name of the kernel: of what it looks at. */
  readonly moments: ReadonlyMap<string, Float64Array>;
}

export async function observe(graph: OnnxGraph, windows: Iterable<Windows>): Promise<Observed> {
  const collectors = new Map<string, ReturnType<typeof collector>>();
  const moments = new Map<string, Moments>();
  const shapes = new Map(graph.constants.map(({ name, shape }) => [name, shape]));
  const convolutions = graph.nodes.filter(({ op }) => op === 'Conv');
  for (const { inputs } of convolutions) moments.set(inputs[1], momentsOf(shapes.get(inputs[1])!));
  await forAllValues(graph, windows, (all) => {
    for (const [name, { values }] of all) {
      if (!collectors.has(name)) collectors.set(name, collector());
      collectors.get(name)!.add(values);
    }
    for (const { inputs } of convolutions) moments.get(inputs[1])!.add(all.get(inputs[0])!);
  });
  return {
    seen: new Map([...collectors].map(([name, { seen }]) => [name, seen()])),
    moments: new Map([...moments].map(([name, { sums }]) => [name, sums])),
  };
}

/** Numbers kept of each value. */
const KEPT = 100_000;
/** Every so many-th number of a value is kept; no divisor of a row. */
const STRIDE = 61;

function collector() {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  const kept: number[] = [];
  return {
    add(values: Float32Array): void {
      for (const x of values) {
        if (x < least) least = x;
        if (x > most) most = x;
      }
      for (let i = 0; i < values.length && kept.length < KEPT; i += STRIDE) kept.push(values[i]);
    },
    seen: (): Seen => ({ least, most, sorted: Float32Array.from(kept).sort() }),
  };
}
