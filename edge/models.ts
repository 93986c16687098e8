/** Model folders of this machine: the one that ships beside the code, or another; ONNX Runtime is loaded when one is opened. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RecordError } from '#shared/errors.ts';
import type { Precision } from '#shared/model/manifest.ts';
import { type OpenedModel, openModel, SHIPPED_MODEL } from '#shared/model/open-model.ts';
import { fastest, type Ort, openOnnx, type Runtime } from '#shared/model/runtime.ts';

const MODELS = fileURLToPath(new URL('../shared/models/', import.meta.url));

const shippedFolder = (name: string) => join(MODELS, name);
const ships = (name: string) => /^\w[\w.-]*$/.test(name) && existsSync(shippedFolder(name));

/** false: the installation leaves models out. */
export const modelShips = (): boolean => ships(SHIPPED_MODEL);

/** The folder of a shipped model by its name, or the folder itself. */
export const modelFolder = (word = SHIPPED_MODEL): string =>
  word === SHIPPED_MODEL || ships(word) ? shippedFolder(word) : word;

/** What runs models on this machine, each as its package has it. */
const RUNTIMES = { 'onnx-web': 'onnxruntime-web', 'onnx-node': 'onnxruntime-node' } as const;
type RuntimeName = keyof typeof RUNTIMES;

/** `auto`: the fastest of those that are installed. */
export const RUNTIME_CHOICES = ['auto', ...(Object.keys(RUNTIMES) as RuntimeName[])] as const;
export type RuntimeChoice = (typeof RUNTIME_CHOICES)[number];

export interface ModelChoice {
  /** @default 1 */
  readonly threads?: number;
  /** @default 'fp32' */
  readonly precision?: Precision;
  /** @default 'auto' */
  readonly runtime?: RuntimeChoice;
}

/** @throws RecordError */
export const openModelFolder = (
  folder: string,
  { threads = 1, precision = 'fp32', runtime = 'auto' }: ModelChoice = {},
): Promise<OpenedModel> =>
  openModel(folder, { read: readModelFile, start: (bytes) => startOnnx(bytes, runtime, threads) }, { precision });

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const found = code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : message;
    throw new RecordError('unreadable', path, `expected a file of a model, found ${found}`, { cause });
  }
}

/** Where there is nothing to choose from, nothing is measured. */
async function startOnnx(model: Uint8Array, runtime: RuntimeChoice, threads: number): Promise<Runtime> {
  if (runtime !== 'auto') return startOne(model, runtime, threads);
  if (!isInstalled(RUNTIMES['onnx-node'])) return startOne(model, 'onnx-web', threads);
  return fastest([await startOne(model, 'onnx-web', threads), await startOne(model, 'onnx-node', threads)]);
}

async function startOne(model: Uint8Array, name: RuntimeName, threads: number): Promise<Runtime> {
  const from: string = RUNTIMES[name];
  const ort: Ort & OrtEnvironment = await import(from).catch((cause) => {
    throw new RecordError('unreadable', from, `expected it to be installed (${INSTALL[name]}), found it missing`, {
      cause,
    });
  });
  if (name === 'onnx-web') ort.env.wasm.numThreads = threads;
  return openOnnx(ort, name, model, { threads });
}

const INSTALL: Readonly<Record<RuntimeName, string>> = {
  'onnx-web': 'npm ci',
  'onnx-node': 'npm install --no-save onnxruntime-node',
};

interface OrtEnvironment {
  readonly env: { readonly wasm: { numThreads?: number } };
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
