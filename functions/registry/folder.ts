/** Model folders of this disk: read whole for publishing, and written whole for those that pull. */
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CHECKPOINT_FILE,
  EXTRA_FILES,
  filesOf,
  type ModelFiles,
  manifestOf,
  REPORT_FILE,
} from '#shared/model/release.ts';

export interface Beside {
  /** To be taken along as accuracy.json. */
  readonly report?: string | undefined;
  /** Folder of the run that the model was exported from: its best checkpoint is taken along. */
  readonly run?: string | undefined;
}

/** @throws RegistryError `refused`, Error */
export async function readModelFolder(folder: string, { report, run }: Beside = {}): Promise<ModelFiles> {
  const files = new Map<string, Uint8Array>();
  const add = async (file: string, path = join(folder, file)): Promise<boolean> => {
    const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
      throw new Error(`${path}: expected a file, found ${cause.message}`, { cause });
    });
    if (bytes) files.set(file, new Uint8Array(bytes));
    return bytes !== undefined;
  };
  await add('manifest.json');
  for (const file of [...filesOf(manifestOf(files, folder)).slice(1), ...EXTRA_FILES]) await add(file);
  if (report !== undefined && !(await add(REPORT_FILE, report)))
    throw new Error(`${report}: expected a report of firstbreak train evaluate, found no such file`);
  if (
    run !== undefined &&
    !(await add(CHECKPOINT_FILE, join(run, 'best.safetensors'))) &&
    !(await add(CHECKPOINT_FILE, join(run, CHECKPOINT_FILE)))
  )
    throw new Error(`${run}: expected the folder of a run with ${CHECKPOINT_FILE}, found none`);
  return files;
}

/** Whatever lies in a folder, model or what is left of one. @throws Error */
export async function filesIn(folder: string): Promise<ModelFiles> {
  const found = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    const { code, message } = cause;
    const instead = code === 'ENOENT' ? 'no such folder' : code === 'ENOTDIR' ? 'a file' : message;
    throw new Error(`${folder}: expected a folder of a model, found ${instead}`, { cause });
  });
  const files = new Map<string, Uint8Array>();
  for (const entry of found)
    if (entry.isFile()) files.set(entry.name, new Uint8Array(await readFile(join(folder, entry.name))));
  return files;
}

/** The bytes are on the disk when it returns. */
export async function writeModelFolder(folder: string, files: ModelFiles): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [file, bytes] of files) {
    const handle = await open(join(folder, file), 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
