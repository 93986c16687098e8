/** Model folders of this machine: the one that ships beside the code, or another; what runs one is loaded when it is opened. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RecordError } from '#shared/errors.ts';
import { CURRENT_FILE, readCurrent } from '#shared/model/current.ts';
import type { Kind, Precision } from '#shared/model/manifest.ts';
import { artefactOf, manifestOf, type OpenedModel, openModel, SHIPPED_MODEL } from '#shared/model/open-model.ts';
import { fastest, type Ort, openOnnx, type Runtime } from '#shared/model/runtime.ts';
import { openTflite, type TfliteFactory } from '#shared/model/tflite.ts';

const MODELS = fileURLToPath(new URL('../shared/models/', import.meta.url));

const shippedFolder = (name: string) => join(MODELS, name);
const ships = (name: string) => /^\w[\w.-]*$/.test(name) && existsSync(shippedFolder(name));

/** false: the installation leaves models out. */
export const modelShips = (): boolean => ships(SHIPPED_MODEL);

/** The folder of a shipped model by its name, the one in use of a folder of pulled models, or the folder itself. */
export function modelFolder(word = SHIPPED_MODEL): string {
  if (word === SHIPPED_MODEL || ships(word)) return shippedFolder(word);
  const pulled = join(word, CURRENT_FILE);
  return existsSync(pulled) ? join(word, readCurrent(readFileSync(pulled, 'utf8'), pulled).current.folder) : word;
}

interface MachineRuntime {
  readonly kind: Kind;
  readonly package: string;
  /** How it comes onto the machine. */
  readonly install: string;
  /** Most threads it has. */
  readonly threads: number;
  start(model: Uint8Array, threads: number): Promise<Runtime>;
}

/** What runs models on this machine, the quickest to start first. */
const RUNTIMES = {
  tflite: {
    kind: 'tflite',
    package: '@tensorflow/tfjs-tflite',
    install: 'npm ci',
    threads: 1,
    start: startTflite,
  },
  'onnx-web': {
    kind: 'onnx',
    package: 'onnxruntime-web',
    install: 'npm ci',
    threads: Number.POSITIVE_INFINITY,
    start: (model, threads) => startOnnx('onnx-web', model, threads),
  },
  'onnx-node': {
    kind: 'onnx',
    package: 'onnxruntime-node',
    install: 'npm install --no-save onnxruntime-node',
    threads: Number.POSITIVE_INFINITY,
    start: (model, threads) => startOnnx('onnx-node', model, threads),
  },
} as const satisfies Readonly<Record<string, MachineRuntime>>;
export type RuntimeName = keyof typeof RUNTIMES;
const NAMES = Object.keys(RUNTIMES) as RuntimeName[];

/** Each of them, for whoever opens one by hand. */
export const MACHINE_RUNTIMES = NAMES.map((name) => ({ name, ...RUNTIMES[name], isInstalled: isInstalled(name) }));

/** `auto`: see `openFastest`. */
export const RUNTIME_CHOICES = ['auto', ...NAMES] as const;
export type RuntimeChoice = (typeof RUNTIME_CHOICES)[number];

export interface ModelChoice {
  /** @default 1 */
  readonly threads?: number;
  /** @default the first artefact of the runtime's kind */
  readonly precision?: Precision | undefined;
  /** @default 'auto' */
  readonly runtime?: RuntimeChoice;
}

/** @throws RecordError */
export const openModelFolder = (
  folder: string,
  { threads = 1, precision, runtime = 'auto' }: ModelChoice = {},
): Promise<OpenedModel> =>
  runtime === 'auto' ? openFastest(folder, threads, precision) : openBy(runtime, folder, threads, precision);

/**
 * What is built for this processor is measured beside the quickest of the others, where it is installed; those are WebAssembly all, in
 * an order that `npm run bench -- runtimes` confirms on every machine it was run on, and measuring one costs more time than it saves.
 */
async function openFastest(folder: string, threads: number, precision: Precision | undefined): Promise<OpenedModel> {
  const manifest = await manifestOf(folder, readModelFile);
  const able = NAMES.filter((name) => {
    const { kind, threads: most } = RUNTIMES[name];
    return threads <= most && artefactOf(manifest, kind, precision);
  });
  const [quick = 'onnx-web', ...others] = able;
  const tried = others.includes('onnx-node') && isInstalled('onnx-node') ? [quick, 'onnx-node' as const] : [quick];
  const opened: OpenedModel[] = [];
  for (const name of tried) opened.push(await openBy(name, folder, threads, precision));
  if (opened.length === 1) return opened[0];
  const best = await fastest(opened.map((each) => each.runtime));
  return opened.find((each) => each.runtime === best)!;
}

async function openBy(
  name: RuntimeName,
  folder: string,
  threads: number,
  precision: Precision | undefined,
): Promise<OpenedModel> {
  const { kind, start, install, package: from, threads: most }: MachineRuntime = RUNTIMES[name];
  if (!isInstalled(name))
    throw new RecordError('unreadable', from, `expected it to be installed (${install}), found it missing`);
  if (threads > most)
    throw new RecordError('unsupported', from, `expected at most ${most} thread, found --threads ${threads}`);
  return openModel(folder, { read: readModelFile, start: (bytes) => start(bytes, threads), kind }, { precision });
}

/** @throws RecordError `unreadable` */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const found = code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : message;
    throw new RecordError('unreadable', path, `expected a file of a model, found ${found}`, { cause });
  }
}

async function startOnnx(name: 'onnx-web' | 'onnx-node', model: Uint8Array, threads: number): Promise<Runtime> {
  const from: string = RUNTIMES[name].package;
  const ort: Ort & OrtEnvironment = await import(from);
  if (name === 'onnx-web') ort.env.wasm.numThreads = threads;
  return openOnnx(ort, name, model, { threads });
}

interface OrtEnvironment {
  readonly env: { readonly wasm: { numThreads?: number } };
}

/** Its script is written for browsers; given the WebAssembly, it asks for nothing of theirs. */
async function startTflite(model: Uint8Array): Promise<Runtime> {
  const require = createRequire(import.meta.url);
  const script = require.resolve('@tensorflow/tfjs-tflite/wasm/tflite_web_api_cc_simd.js');
  const factory: TfliteFactory = require(script);
  const wasmBinary = readFileSync(script.replace(/\.js$/, '.wasm'));
  return openTflite((print) => factory({ ...print, wasmBinary }), model);
}

function isInstalled(name: RuntimeName): boolean {
  try {
    import.meta.resolve(RUNTIMES[name].package);
    return true;
  } catch {
    return false;
  }
}
