/** Model folders of this disk: read whole for publishing, and written whole for those that pull. */
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXTRA_FILES, filesOf, type ModelFiles, manifestOf } from '#shared/model/release.ts';

/** @param report to be taken along as accuracy.json @throws RegistryError `refused`, Error */
export async function readModelFolder(folder: string, report?: string): Promise<ModelFiles> {
  const files = new Map<string, Uint8Array>();
  const add = async (file: string, path = join(folder, file)) => {
    const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
      throw new Error(`${path}: expected a file, found ${cause.message}`, { cause });
    });
    if (bytes) files.set(file, new Uint8Array(bytes));
  };
  await add('manifest.json');
  for (const file of [...filesOf(manifestOf(files, folder)).slice(1), ...EXTRA_FILES]) await add(file);
  if (report !== undefined) {
    files.delete('accuracy.json');
    await add('accuracy.json', report);
    if (!files.has('accuracy.json')) throw new Error(`${report}: expected a report, found no such file`);
  }
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
