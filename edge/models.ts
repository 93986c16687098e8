/** Model folders of this machine: the one that ships beside the code, or another; ONNX Runtime is loaded when one is opened. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RecordError } from '#shared/errors.ts';
import { type OpenedModel, openModel, SHIPPED_MODEL } from '#shared/model/open-model.ts';
import { type Ort, openOnnx, type Runtime } from '#shared/model/runtime.ts';

const MODELS = fileURLToPath(new URL('../shared/models/', import.meta.url));

const shippedFolder = (name: string) => join(MODELS, name);
const ships = (name: string) => /^\w[\w.-]*$/.test(name) && existsSync(shippedFolder(name));

/** false: the installation leaves models out. */
export const modelShips = (): boolean => ships(SHIPPED_MODEL);

/** The folder of a shipped model by its name, or the folder itself. */
export const modelFolder = (word = SHIPPED_MODEL): string =>
  word === SHIPPED_MODEL || ships(word) ? shippedFolder(word) : word;

/** @throws RecordError */
export const openModelFolder = (folder: string, { threads = 1 } = {}): Promise<OpenedModel> =>
  openModel(folder, { read: readModelFile, start: (bytes) => startOnnxWeb(bytes, threads) });

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const found = code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : message;
    throw new RecordError('unreadable', path, `expected a file of a model, found ${found}`, { cause });
  }
}

async function startOnnxWeb(model: Uint8Array, threads: number): Promise<Runtime> {
  const ort = await import('onnxruntime-web').catch((cause) => {
    throw new RecordError('unreadable', 'onnxruntime-web', 'expected it to be installed (npm ci), found it missing', {
      cause,
    });
  });
  ort.env.wasm.numThreads = threads;
  return openOnnx(ort as unknown as Ort, 'onnx-web', model, { threads });
}
