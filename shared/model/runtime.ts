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
  readonly inputMetadata: readonly OrtValue[];
  readonly outputMetadata: readonly OrtValue[];
  run(feeds: Readonly<Record<string, never>>): Promise<Readonly<Record<string, { readonly data: unknown }>>>;
  release(): Promise<void>;
}
interface OrtValue {
  readonly name: string;
  /** Of a tensor; a word where the size is open. */
  readonly shape?: readonly (number | string)[];
}

/** @param name of the runtime for reports @throws Error when the model takes or gives something else */
export async function openOnnx(ort: Ort, name: string, model: Uint8Array, { threads = 1 } = {}): Promise<Runtime> {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    graphOptimizationLevel: 'all',
  }).catch((cause) => {
    throw new Error(withoutPlace(cause), { cause });
  });
  try {
    checkValues(session);
  } catch (error) {
    await session.release();
    throw error;
  }
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

/** What is said after the number of the error and the place in the source of ONNX Runtime. */
const withoutPlace = (error: unknown): string =>
  `${(error as Error)?.message ?? error}`
    .split('\n')[0]
    .replace(/^.*ERROR_MESSAGE: /, '')
    .replace(/^\S+\.(h|cc):\d+ .*?\) /, '');

const INPUT = { name: 'window', shape: ['windows', 'traces', SAMPLES, CHANNELS.length] } as const;
const OUTPUTS = ['onset', 'none'] as const;

function checkValues({ inputMetadata, outputMetadata }: OrtSession): void {
  const shown = ({ name, shape = [] }: OrtValue) => `${name} [${shape.join(', ')}]`;
  const fits = ({ name, shape = [] }: OrtValue) =>
    name === INPUT.name &&
    shape.length === INPUT.shape.length &&
    shape.every((size, axis) => typeof size === 'string' || size === INPUT.shape[axis]);
  if (inputMetadata.length !== 1 || !fits(inputMetadata[0]))
    throw new Error(`an input ${inputMetadata.map(shown).join(', ')}, not ${shown(INPUT)}`);
  const given = outputMetadata.map(({ name }) => name);
  const missing = OUTPUTS.find((name) => !given.includes(name));
  if (missing) throw new Error(`scores named ${given.join(', ')}, not ${missing}`);
}

/** Traces of the window that is timed, and how long each runtime is tried. */
const TRIED_TRACES = 64;
const TRIED_MS = 250;

/** The least time of each on the same window, in ms, tried in turn so that a busy machine is as unfair to all. */
export async function windowTimes(runtimes: readonly Runtime[]): Promise<readonly number[]> {
  const features = Float32Array.from({ length: TRIED_TRACES * SAMPLES * CHANNELS.length }, (_, i) => Math.sin(i));
  const least = runtimes.map(() => Number.POSITIVE_INFINITY);
  for (const runtime of runtimes) await runtime.run(features, 1, TRIED_TRACES); // the first run warms up
  const from = performance.now();
  while (performance.now() - from < TRIED_MS * runtimes.length)
    for (const [i, runtime] of runtimes.entries()) {
      const started = performance.now();
      await runtime.run(features, 1, TRIED_TRACES);
      least[i] = Math.min(least[i], performance.now() - started);
    }
  return least;
}

/** Closes all but the fastest. */
export async function fastest(runtimes: readonly Runtime[]): Promise<Runtime> {
  const times = await windowTimes(runtimes);
  const best = runtimes[times.indexOf(Math.min(...times))];
  for (const runtime of runtimes) if (runtime !== best) await runtime.close();
  return best;
}
