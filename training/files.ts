/** Files of this machine for training: shots to read, results to write whole or not at all, pictures. */
import { mkdirSync, openAsBlob, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import { type ByteSource, blobSource } from '#shared/source.ts';

/** @throws RecordError `unreadable` */
export async function fileSource(path: string): Promise<ByteSource> {
  try {
    if (statSync(path).isDirectory()) throw new Error('a directory');
    return blobSource(await openAsBlob(path), path);
  } catch (cause) {
    throw new RecordError('unreadable', path, `expected a readable file, found ${reasonOf(cause)}`, { cause });
  }
}

/** @throws RecordError `unreadable` */
export const textOf = (path: string): string => new TextDecoder().decode(bytesOf(path));

/** @throws RecordError `unreadable` */
export function bytesOf(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new RecordError('unreadable', path, `expected a readable file, found ${reasonOf(cause)}`, { cause });
  }
}

export const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Files below a folder, in natural order (2.dat before 10.dat), hidden ones left out. @throws RecordError `unreadable` */
export function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter(
        (path) =>
          !path
            .slice(folder.length)
            .split(/[\\/]/)
            .some((part) => part.startsWith('.')),
      )
      .sort(new Intl.Collator('en', { numeric: true }).compare);
  } catch (cause) {
    throw new RecordError('unreadable', folder, `expected a readable folder, found ${reasonOf(cause)}`, { cause });
  }
}

/** Appears under its name when it is complete; folders on the way are made. */
export function writeWhole(path: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new RecordError('unreadable', path, `expected a file that can be written, found ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'no permission to read it' : message;
}
