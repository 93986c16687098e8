/**
 * What runs the weights in a function, by the word of FIRSTBREAK_RUNTIME: ONNX Runtime in WebAssembly unless it says otherwise, TFLite's
 * interpreter, or ONNX Runtime's native library where its layer is there. Each is loaded only when it is asked for.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import type { Kind } from '#shared/model/manifest.ts';
import { type Ort, openOnnx, type Runtime } from '#shared/model/runtime.ts';
import { openTflite, type TfliteFactory } from '#shared/model/tflite.ts';

export interface FunctionRuntime {
  readonly kind: Kind;
  start(bytes: Uint8Array): Promise<Runtime>;
}

/** Lies beside the code in the bundle (bundle.ts). */
export const TFLITE_FILES = { script: 'tflite.cjs', wasm: 'tflite.wasm' } as const;

/** Where Lambda unpacks layers: what is not in the bundle is looked for there. */
const LAYER = '/opt/nodejs/';

const RUNTIMES = {
  'onnx-web': {
    kind: 'onnx',
    async start(bytes) {
      const ort = await import('onnxruntime-web');
      ort.env.wasm.numThreads = 1;
      return openOnnx(ort as unknown as Ort, 'onnx-web', bytes);
    },
  },
  'onnx-node': {
    kind: 'onnx',
    async start(bytes) {
      const layer = process.env.FIRSTBREAK_LAYER ?? LAYER;
      return openOnnx(fromLayer(layer), 'onnx-node', bytes);
    },
  },
  tflite: {
    kind: 'tflite',
    async start(bytes) {
      const folder = import.meta.dirname;
      const factory: TfliteFactory = createRequire(import.meta.url)(join(folder, TFLITE_FILES.script));
      const wasmBinary = await readFile(join(folder, TFLITE_FILES.wasm));
      return openTflite((print) => factory({ ...print, wasmBinary }), bytes);
    },
  },
} as const satisfies Readonly<Record<string, FunctionRuntime>>;

function fromLayer(layer: string): Ort {
  try {
    return createRequire(layer)('onnxruntime-node');
  } catch (cause) {
    throw new RecordError('unreadable', 'onnxruntime-node', `expected its layer below ${layer}, found none`, { cause });
  }
}

/** @throws Error for a word that is none of them */
export function runtimeOf(word = process.env.FIRSTBREAK_RUNTIME || 'onnx-web'): FunctionRuntime {
  const runtime = (RUNTIMES as Readonly<Record<string, FunctionRuntime>>)[word];
  if (runtime) return runtime;
  throw new Error(`expected FIRSTBREAK_RUNTIME to be ${Object.keys(RUNTIMES).join(', ')}, found ${word}`);
}
