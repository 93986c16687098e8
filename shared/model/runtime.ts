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
