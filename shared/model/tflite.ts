/**
 * TFLite's interpreter as `@tensorflow/tfjs-tflite` has it in WebAssembly, in Node and in browsers: of that package the interpreter is
 * taken, not its tensors, so that no second library has to be loaded and numbers are copied once each way.
 */
import type { Runtime } from './runtime.ts';
import { tfliteInput, withTraces } from './tflite-input.ts';
import { CHANNELS, SAMPLES } from './window.ts';

/** What is used of the module that the package's `tflite_web_api_cc_simd.js` makes. */
export interface TfliteModule {
  /** Another one whenever memory has grown. */
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
  readonly TFLiteWebModelRunner: {
    CreateFromBufferAndOptions(
      at: number,
      bytes: number,
      options: {
        readonly numThreads: number;
        readonly enableProfiling: boolean;
        readonly maxProfilingBufferEntries: number;
      },
    ): Owned & { ok(): boolean; errorMessage(): string; value(): Interpreter };
  };
}
/** Lives in the module's memory until it is deleted. */
interface Owned {
  delete(): void;
}
interface Interpreter extends Owned {
  GetInputs(): List<TensorInfo>;
  GetOutputs(): List<TensorInfo>;
  Infer(): boolean;
}
interface List<T> extends Owned {
  size(): number;
  get(i: number): T;
}
interface TensorInfo {
  readonly name: string;
  /** A view, until memory grows. */
  data(): Float32Array;
}

/** Makes a module; what it prints goes to `print` and `printErr`. */
export type TfliteFactory = (options: TfliteFactoryOptions) => Promise<TfliteModule>;
export interface TfliteFactoryOptions {
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
  readonly wasmBinary?: Uint8Array;
  readonly locateFile?: (file: string) => string;
  readonly mainScriptUrlOrBlob?: string;
}

/** Interpreters are made for a number of traces, each in the time of 40 traces; so many are kept, those that were used last. */
const KEPT = 6;

/**
 * @param load starts a module of its own for this model: closing it gives all its memory back
 * @throws Error of one line
 */
export async function openTflite(
  load: (print: Pick<TfliteFactoryOptions, 'print' | 'printErr'>) => Promise<TfliteModule>,
  model: Uint8Array,
  { threads = 1 } = {},
): Promise<Runtime> {
  const input = tfliteInput(model);
  const [windows, , samples, channels] = input.shape;
  if (input.shape.length !== 4 || windows !== 1 || samples !== SAMPLES || channels !== CHANNELS.length)
    throw new Error(`an input of ${input.shape}, not 1,traces,${SAMPLES},${CHANNELS.length}`);
  const said: string[] = [];
  let module: TfliteModule | undefined = await load({ print: () => {}, printErr: (line) => void said.push(line) });
  /** The one that was used last stands last. */
  const sessions = new Map<number, Session>();

  const sessionOf = (traces: number): Session => {
    if (!module) throw new Error('this TFLite runtime has been closed');
    const session = sessions.get(traces) ?? newSession(module, withTraces(model, input, traces), threads, said);
    sessions.delete(traces);
    sessions.set(traces, session);
    const [oldest] = sessions;
    if (sessions.size > KEPT) {
      oldest[1].close();
      sessions.delete(oldest[0]);
    }
    return session;
  };

  // A file that does not run is refused here, not at the first shot.
  sessionOf(input.shape[1]);
  return {
    name: 'tflite',
    async run(features, windows, traces) {
      const session = sessionOf(traces);
      const onset = new Float32Array(windows * traces * SAMPLES);
      const none = new Float32Array(windows * traces);
      const size = traces * SAMPLES * CHANNELS.length;
      for (let w = 0; w < windows; w++) {
        session.run(features.subarray(w * size, (w + 1) * size));
        onset.set(session.onset.data(), w * traces * SAMPLES);
        none.set(session.none.data(), w * traces);
      }
      return { onset, none };
    },
    async close() {
      for (const session of sessions.values()) session.close();
      sessions.clear();
      module = undefined;
    },
  };
}

interface Session {
  readonly onset: TensorInfo;
  readonly none: TensorInfo;
  run(window: Float32Array): void;
  close(): void;
}

function newSession(module: TfliteModule, model: Uint8Array, threads: number, said: string[]): Session {
  said.length = 0;
  const at = module._malloc(model.length);
  module.HEAPU8.set(model, at);
  const options = { numThreads: threads, enableProfiling: false, maxProfilingBufferEntries: 0 };
  const made = module.TFLiteWebModelRunner.CreateFromBufferAndOptions(at, model.length, options);
  if (!made.ok()) throw new Error([...said.filter((line) => !/^(INFO|WARNING)/.test(line)), made.errorMessage()].at(0));
  const interpreter = made.value();
  const [inputs, outputs] = [interpreter.GetInputs(), interpreter.GetOutputs()];
  const listed = (list: List<TensorInfo>) => Array.from({ length: list.size() }, (_, i) => list.get(i));
  const [window] = listed(inputs);
  const named = (name: string) => {
    const found = listed(outputs);
    const output = found.find((each) => each.name === name);
    if (!output) throw new Error(`scores named ${found.map((each) => each.name).join(', ')}, not ${name}`);
    return output;
  };
  return {
    onset: named('onset'),
    none: named('none'),
    run(features) {
      window.data().set(features);
      if (!interpreter.Infer()) throw new Error(`TFLite does not run: ${said.at(-1) ?? 'no reason given'}`);
    },
    close() {
      for (const each of [inputs, outputs, interpreter]) each.delete();
      module._free(at);
    },
  };
}
