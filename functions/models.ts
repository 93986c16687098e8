/** The picker of the cloud: the model folder that ships beside the code, or another one on this machine. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RecordError } from '#shared/errors.ts';
import { checkGolden, type Golden, readGolden } from '#shared/model/golden.ts';
import { artefactOf, manifestOf, type OpenedModel, openModel, SHIPPED_MODEL } from '#shared/model/open-model.ts';
import { type Ort, openOnnx } from '#shared/model/runtime.ts';
import { openTflite, type TfliteFactory } from '#shared/model/tflite.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';

const MODELS = fileURLToPath(new URL('../shared/models/', import.meta.url));
export const SHIPPED_FOLDER = join(MODELS, SHIPPED_MODEL);

/** A folder, or the model that ships under that name. */
export function shippedOr(word: string): string {
  const shipped = join(MODELS, word);
  return !existsSync(word) && /^\w[\w.-]*$/.test(word) && existsSync(shipped) ? shipped : word;
}

export interface PickerHere {
  readonly picker: Picker;
  /** The golden gathers of the model, run once more: how far the scores are off, and how far they may be. */
  check(): Promise<{ readonly off: number; readonly most: number }>;
}

/** `auto`: what the command line takes, so that both pick alike. */
export const RUNTIMES = ['auto', 'onnx-web', 'onnx-node', 'tflite'] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** @throws RecordError when the folder holds no model that this version can run */
export async function openPickerHere(folder = SHIPPED_FOLDER, runtime: RuntimeName = 'onnx-web'): Promise<PickerHere> {
  const model = await opened(folder, runtime);
  const golden = await readModelFile(join(folder, 'golden.json'));
  return pickerOf(model, readGolden(new TextDecoder().decode(golden), join(folder, 'golden.json')));
}

async function opened(folder: string, runtime: RuntimeName): Promise<OpenedModel> {
  if (runtime === 'auto') {
    const manifest = await manifestOf(folder, readModelFile);
    return opened(folder, artefactOf(manifest, 'tflite', undefined) && isInstalled(TFLITE) ? 'tflite' : 'onnx-web');
  }
  if (runtime === 'tflite') return openModel(folder, { read: readModelFile, start: startTflite, kind: 'tflite' });
  return openModel(folder, { read: readModelFile, start: (bytes) => startOnnx(runtime, bytes) });
}

export const pickerOf = async (model: OpenedModel, golden: Golden): Promise<PickerHere> => ({
  picker: await PICKERS.neural({ model: async () => model }),
  check: async () => ({ off: await checkGolden(golden, model.runtime), most: model.artefact.goldenTolerance }),
});

export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const found = code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : message;
    throw new RecordError('unreadable', path, `expected a file of a model, found ${found}`, { cause });
  }
}

const PACKAGES = { 'onnx-web': 'onnxruntime-web', 'onnx-node': 'onnxruntime-node' } as const;
const TFLITE = '@tensorflow/tfjs-tflite/wasm/tflite_web_api_cc_simd.js';

export async function startOnnx(name: keyof typeof PACKAGES, bytes: Uint8Array) {
  const from: string = PACKAGES[name];
  const ort: Ort & { readonly env: { readonly wasm: { numThreads?: number } } } = await import(from).catch((cause) => {
    throw new RecordError('unreadable', from, 'expected it to be installed, found it missing', { cause });
  });
  if (name === 'onnx-web') ort.env.wasm.numThreads = 1;
  return openOnnx(ort, name, bytes);
}

/** Its script is written for browsers; given the WebAssembly, it asks for nothing of theirs. */
export async function startTflite(bytes: Uint8Array) {
  const require = createRequire(import.meta.url);
  const script = require.resolve(TFLITE);
  const factory: TfliteFactory = require(script);
  const wasmBinary = await readFile(script.replace(/\.js$/, '.wasm'));
  return openTflite((print) => factory({ ...print, wasmBinary }), bytes);
}

export const runsTflite = (): boolean => isInstalled(TFLITE);

function isInstalled(file: string): boolean {
  try {
    createRequire(import.meta.url).resolve(file);
    return true;
  } catch {
    return false;
  }
}
