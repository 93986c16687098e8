/** An object that has to be read whole, near at hand: in memory where it fits, else on the disk while it is needed. */
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore, StoredObject } from '#shared/object-store.ts';
import { type ByteSource, memorySource } from '#shared/source.ts';
import { objectSource } from '../store/object-source.ts';

export interface Spare {
  readonly directory: string;
  /** Bytes that may lie there at once for one object. */
  readonly most: number;
  /** Objects up to here are kept in memory. @default 64 MiB */
  readonly above?: number;
}

export interface LocalFile {
  readonly source: ByteSource;
  /** Of all bytes; absent for what was too large to be fetched. */
  readonly sha256?: string;
  close(): Promise<void>;
}

const IN_MEMORY = 64 << 20;
const CHUNK = 8 << 20;

/** Larger than the spare room: read from the store, as the reader asks. */
export async function localFile(
  store: ObjectStore,
  object: StoredObject,
  name: string,
  spare: Spare | undefined,
): Promise<LocalFile> {
  const { key, size, etag } = object;
  if (size <= (spare?.above ?? IN_MEMORY)) {
    const bytes = await store.get(key, undefined, etag);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { source: memorySource(name, bytes), sha256, close: async () => {} };
  }
  if (!spare || size > spare.most) return { source: objectSource(store, object, { name }), close: async () => {} };
  await mkdir(spare.directory, { recursive: true });
  const path = join(spare.directory, `${randomUUID()}.object`);
  const file = openSync(path, 'wx+');
  // A file without a name goes with whoever holds it, however that ends; where names cannot be taken away, later.
  const nameless = await unlink(path).then(
    () => true,
    () => false,
  );
  const close = async () => {
    closeSync(file);
    if (!nameless) await unlink(path);
  };
  try {
    const sha256 = await fetched(store, object, file);
    const read = (at: number, into: Uint8Array) => readSync(file, into, 0, into.length, at);
    return { source: { name, size, read: async (at, into) => read(at, into), readSync: read }, sha256, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @returns the digest of all bytes */
async function fetched(store: ObjectStore, { key, size, etag }: StoredObject, file: number): Promise<string> {
  const hash = createHash('sha256');
  let coming = store.get(key, { at: 0, length: CHUNK }, etag);
  for (let at = 0; at < size; at += CHUNK) {
    const bytes = await coming;
    if (at + CHUNK < size) {
      coming = store.get(key, { at: at + CHUNK, length: CHUNK }, etag);
      coming.catch(() => {}); // waited for in the next round
    }
    hash.update(bytes);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  }
  return hash.digest('hex');
}
