/** The picker of the cloud: the model folder that ships beside the code, or another one on this machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RecordError } from '#shared/errors.ts';
import { checkGolden, type Golden, readGolden } from '#shared/model/golden.ts';
import { type OpenedModel, openModel, SHIPPED_MODEL } from '#shared/model/open-model.ts';
import { type Ort, openOnnx } from '#shared/model/runtime.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';

export const SHIPPED_FOLDER = join(fileURLToPath(new URL('../shared/models/', import.meta.url)), SHIPPED_MODEL);

export interface PickerHere {
  readonly picker: Picker;
  /** The golden gathers of the model, run once more: how far the scores are off, and how far they may be. */
  check(): Promise<{ readonly off: number; readonly most: number }>;
}

/** @throws RecordError when the folder holds no model that this version can run */
export async function openPickerHere(folder = SHIPPED_FOLDER): Promise<PickerHere> {
  const model = await openModel(folder, { read: readModelFile, start: startOnnx });
  const golden = await readModelFile(join(folder, 'golden.json'));
  return pickerOf(model, readGolden(new TextDecoder().decode(golden), join(folder, 'golden.json')));
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

async function startOnnx(bytes: Uint8Array) {
  const ort: Ort & { readonly env: { readonly wasm: { numThreads?: number } } } = (await import(
    'onnxruntime-web'
  )) as never;
  ort.env.wasm.numThreads = 1;
  return openOnnx(ort, 'onnx-web', bytes);
}
