/** Models by their address, in a page or a worker: a folder is fetched, and run by TFLite or by ONNX Runtime, both WebAssembly. */
import { RecordError } from '#shared/errors.ts';
import { expectGolden } from '#shared/model/golden.ts';
import type { Kind, Precision } from '#shared/model/manifest.ts';
import { type OpenedModel, openModel } from '#shared/model/open-model.ts';
import { type Ort, openOnnx, type Runtime } from '#shared/model/runtime.ts';
import { openTflite, type TfliteFactory } from '#shared/model/tflite.ts';

export interface BrowserRuntime {
  readonly kind: Kind;
  /** @param files address of `runtimes/`, with a slash at its end */
  start(model: Uint8Array, files: string, threads: number): Promise<Runtime>;
}

const RUNTIMES = {
  tflite: { kind: 'tflite', start: startTflite },
  'onnx-web': { kind: 'onnx', start: startOnnx },
} as const satisfies Readonly<Record<string, BrowserRuntime>>;
export type BrowserRuntimeName = keyof typeof RUNTIMES;

/** Each of them, for whoever opens one by hand; `files` is the address of `runtimes/`. */
export const BROWSER_RUNTIMES: Readonly<Record<BrowserRuntimeName, BrowserRuntime>> = RUNTIMES;

/** The faster one, of the smaller download: `npm run bench -- runtimes`. */
const USUAL: BrowserRuntimeName = 'tflite';

export interface ModelAddress {
  /** Address of the model folder. */
  readonly folder: string;
  /** Address of the folder `runtimes/` that the build writes (`runtime-files.ts`). */
  readonly runtimes: string;
  /** @default 'auto' */
  readonly runtime?: BrowserRuntimeName | 'auto';
  /** @default the first artefact of the runtime's kind */
  readonly precision?: Precision;
  /** More than one only where the page is isolated (COOP, COEP). @default 1 */
  readonly threads?: number;
}

/** @throws RecordError */
export function openModelAt({ folder, runtimes, runtime = 'auto', precision, threads = 1 }: ModelAddress) {
  const { kind, start }: BrowserRuntime = RUNTIMES[runtime === 'auto' ? USUAL : runtime];
  const files = new URL(`${runtimes.replace(/\/+$/, '')}/`, location.href).href;
  return openModel(folder, { read: fetched, start: (model) => start(model, files, threads), kind }, { precision });
}

/** Opened, warmed up, and its golden scores found again; `difference` is the largest of them. @throws RecordError */
export async function openProvedModel(address: ModelAddress): Promise<OpenedModel & { readonly difference: number }> {
  const opened = await openModelAt(address);
  const file = `${address.folder.replace(/\/+$/, '')}/golden.json`;
  try {
    const golden = new TextDecoder().decode(await fetched(file));
    return { ...opened, difference: await expectGolden(golden, opened, file) };
  } catch (error) {
    await opened.runtime.close();
    throw error;
  }
}

async function fetched(address: string): Promise<Uint8Array> {
  const refused = (found: string, cause?: unknown) =>
    new RecordError('unreadable', address, `expected a file of a model, found ${found}`, { cause });
  const response = await fetch(address).catch((cause) => {
    throw refused('no answer', cause);
  });
  if (!response.ok) throw refused(`status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function startTflite(model: Uint8Array, files: string, threads: number): Promise<Runtime> {
  const name = threads > 1 ? 'tflite-threads' : 'tflite';
  const { default: factory }: { readonly default: TfliteFactory } = await import(
    /* @vite-ignore */ `${files}${name}.mjs`
  );
  /** The script asks for its files under the names they have in their package. */
  const locateFile = (file: string) => `${files}${name}${file.endsWith('.worker.js') ? '.worker.js' : '.wasm'}`;
  const options = { locateFile, ...(threads > 1 && { mainScriptUrlOrBlob: `${files}${name}.js` }) };
  return openTflite((print) => factory({ ...print, ...options }), model, { threads });
}

async function startOnnx(model: Uint8Array, files: string, threads: number): Promise<Runtime> {
  const ort: Ort & OrtEnvironment = await import(/* @vite-ignore */ `${files}onnx.mjs`);
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = { mjs: `${files}onnx-wasm.mjs`, wasm: `${files}onnx.wasm` };
  return openOnnx(ort, 'onnx-web', model, { threads });
}

interface OrtEnvironment {
  readonly env: {
    readonly wasm: { numThreads?: number; wasmPaths?: { readonly mjs: string; readonly wasm: string } };
  };
}
