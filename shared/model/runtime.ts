/** What runs a model: ONNX Runtime in a browser, in Node, or another. The caller brings it; windows go in, scores come out. */
import { CHANNELS, SAMPLES } from './window.ts';

export interface WindowScores {
  /** Logits of the first break's place. [window, trace, sample] */
  readonly onset: Float32Array;
  /** Logit of "no first break in this window". [window, trace] */
  readonly none: Float32Array;
}

export interface Runtime {
  /** Word of `--runtime` and of reports: `onnx-web`, `onnx-node`. */
  readonly name: string;
  /** @param features [window, trace, sample, channel]; `traces` a multiple of the model's `input.traceMultiple` */
  run(features: Float32Array, windows: number, traces: number): Promise<WindowScores>;
  close(): Promise<void>;
}

/** What is used of `onnxruntime-web` and `onnxruntime-node`, which share it. */
export interface Ort {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { readonly intraOpNumThreads: number; readonly graphOptimizationLevel: 'all' },
    ): Promise<OrtSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown;
}
interface OrtSession {
  run(feeds: Readonly<Record<string, never>>): Promise<Readonly<Record<string, { readonly data: unknown }>>>;
  release(): Promise<void>;
}

/** @param name of the runtime for reports */
export async function openOnnx(ort: Ort, name: string, model: Uint8Array, { threads = 1 } = {}): Promise<Runtime> {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    graphOptimizationLevel: 'all',
  });
  return {
    name,
    async run(features, windows, traces) {
      const window = new ort.Tensor('float32', features, [windows, traces, SAMPLES, CHANNELS.length]) as never;
      const { onset, none } = await session.run({ window });
      return { onset: onset.data as Float32Array, none: none.data as Float32Array };
    },
    close: () => session.release(),
  };
}

/** Traces of the window that is timed, and how long each runtime is tried. */
const TRIED_TRACES = 64;
const TRIED_MS = 250;

/** Tries each on the same window and closes all but the fastest. */
export async function fastest(runtimes: readonly Runtime[]): Promise<Runtime> {
  const features = Float32Array.from({ length: TRIED_TRACES * SAMPLES * CHANNELS.length }, (_, i) => Math.sin(i));
  const times: number[] = [];
  for (const runtime of runtimes) {
    await runtime.run(features, 1, TRIED_TRACES); // the first run warms up
    const from = performance.now();
    let least = Number.POSITIVE_INFINITY;
    while (performance.now() - from < TRIED_MS) {
      const started = performance.now();
      await runtime.run(features, 1, TRIED_TRACES);
      least = Math.min(least, performance.now() - started);
    }
    times.push(least);
  }
  const best = runtimes[times.indexOf(Math.min(...times))];
  for (const runtime of runtimes) if (runtime !== best) await runtime.close();
  return best;
}
