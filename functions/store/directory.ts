/**
 * A directory as an object store. An object is a file that appears whole: written aside, synced, then linked into its place
 * (which fails where one is, so only one of many writers makes it) or renamed over it under a lock. No key leaves the
 * directory: not by its parts, and not by a symbolic link on the way.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type BigIntStats, constants, type Dirent } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import {
  goodKey,
  keyFault,
  type ObjectStore,
  type StoredObject,
  StoreError,
  type Written,
} from '#shared/object-store.ts';
import { locked } from './lock.ts';

/** What the store keeps for itself; no key begins so. */
export const OWN = '.firstbreak';
/** Leftovers of writers that died. */
const OLD_MS = 24 * 3600 * 1000;
const PAGE = 1000;

export interface DirectoryStore extends ObjectStore {
  readonly root: string;
  /** Where files are written before they get their place. */
  readonly spare: string;
  /** Gives a file of `spare` its place, over what is there. */
  adopt(file: string, key: string): Promise<StoredObject>;
}

/** Makes the directory where there is none. @throws StoreError `unavailable` */
export async function directoryStore(directory: string): Promise<DirectoryStore> {
  const root = await prepared(directory);
  const spare = join(root, OWN, 'spare');
  const locks = join(root, OWN, 'locks');
  const turns = new Map<string, Promise<unknown>>();

  /** The file of a key; its folder is really inside the root, or is not there yet. */
  async function place(key: string): Promise<string> {
    goodKey(key);
    if (key === OWN || key.startsWith(`${OWN}/`))
      throw new StoreError(
        'bad-key',
        key,
        `expected a key outside ${OWN}/, which the store keeps for itself, found it`,
      );
    const path = join(root, ...key.split('/'));
    const folder = await realpath(dirname(path)).catch(() => undefined);
    if (folder !== undefined && folder !== dirname(path))
      throw new StoreError('bad-key', key, 'expected folders of the store, found a symbolic link');
    return path;
  }

  /** One after the other in this process, and against other processes by a lock file. */
  async function alone<T>(key: string, act: () => Promise<T>): Promise<T> {
    const before = turns.get(key) ?? Promise.resolve();
    const lock = join(locks, createHash('sha256').update(key).digest('hex'));
    const turn = before.then(() => locked(lock, spare, act));
    const settled = turn.catch(() => {});
    turns.set(key, settled);
    try {
      return await turn;
    } finally {
      if (turns.get(key) === settled) turns.delete(key);
    }
  }

  async function found(key: string): Promise<StoredObject | undefined> {
    const path = await place(key);
    try {
      const seen = await lstat(path, { bigint: true });
      return seen.isFile() ? objectOf(key, seen) : undefined;
    } catch (error) {
      return absent(error, key);
    }
  }

  async function writeSpare(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, key: string): Promise<string> {
    const file = join(spare, randomUUID());
    const handle = await open(file, 'wx');
    try {
      for await (const piece of pieces)
        await handle.write(piece).then(({ bytesWritten }) => wholly(bytesWritten, piece));
      await handle.utimes(new Date(), distinctTime());
      await handle.sync();
    } catch (error) {
      await handle.close();
      await unlink(file).catch(() => {});
      throw failure(error, key);
    }
    await handle.close();
    return file;
  }

  /** Puts a file in its place by `how`; folders that others have just taken away are made again. */
  async function settle(file: string, path: string, key: string, how: typeof link): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await mkdir(dirname(path), { recursive: true });
        await place(key);
        await how(file, path);
        return await syncFolder(dirname(path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === 20) throw error;
      }
    }
  }

  async function adopt(file: string, key: string): Promise<StoredObject> {
    try {
      const path = await place(key);
      return await alone(key, async () => {
        await settle(file, path, key, rename);
        return objectOf(key, await stat(path, { bigint: true }));
      });
    } catch (error) {
      await unlink(file).catch(() => {});
      throw failure(error, key);
    }
  }

  async function putAbsent(file: string, key: string): Promise<Written> {
    const path = await place(key);
    try {
      await settle(file, path, key, link);
      return { written: true, etag: etagOf(await stat(path, { bigint: true })) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw failure(error, key);
      // Also what mkdir says of a file where a folder should be, and link of a folder.
      if (
        await lstat(path).then(
          (seen) => seen.isFile(),
          () => false,
        )
      )
        return { written: false };
      throw failure(error, key);
    } finally {
      await unlink(file).catch(() => {});
    }
  }

  async function putOver(file: string, key: string, etag: string): Promise<Written> {
    const path = await place(key);
    return alone(key, async () => {
      const before = await found(key);
      if (before?.etag !== etag) {
        await unlink(file);
        return { written: false } as const;
      }
      await settle(file, path, key, rename);
      return { written: true, etag: etagOf(await stat(path, { bigint: true })) } as const;
    });
  }

  return {
    name: root,
    root,
    spare,
    adopt,
    head: found,
    async get(key, range, matches) {
      const path = await place(key);
      let handle: FileHandle;
      try {
        handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      } catch (error) {
        absent(error, key);
        throw new StoreError('missing', key, 'expected an object, found none');
      }
      try {
        const seen = await handle.stat({ bigint: true });
        if (!seen.isFile()) throw new StoreError('missing', key, 'expected an object, found a folder');
        const etag = etagOf(seen);
        if (matches !== undefined && etag !== matches)
          throw new StoreError('changed', key, `expected the etag ${matches}, found ${etag}`);
        const at = Math.min(range?.at ?? 0, Number(seen.size));
        const bytes = new Uint8Array(Math.min(range?.length ?? Number.POSITIVE_INFINITY, Number(seen.size) - at));
        return bytes.subarray(0, await readAll(handle, bytes, at));
      } finally {
        await handle.close();
      }
    },
    async put(key, bytes, { condition } = {}) {
      await place(key);
      const file = await writeSpare([bytes], key);
      if (condition === 'absent') return putAbsent(file, key);
      if (condition) return putOver(file, key, condition.matches);
      return { written: true, etag: (await adopt(file, key)).etag };
    },
    async putStream(key, pieces) {
      await place(key);
      return adopt(await writeSpare(pieces, key), key);
    },
    async delete(key) {
      const path = await place(key);
      await alone(key, async () => {
        try {
          if (!(await lstat(path)).isFile()) return;
          await unlink(path);
        } catch (error) {
          absent(error, key);
          return;
        }
        await syncFolder(dirname(path));
        await removeEmpty(dirname(path), root);
      });
    },
    async list(prefix, { after = '', limit = PAGE } = {}) {
      const objects: StoredObject[] = [];
      for await (const key of keysIn(root, '', Buffer.from(prefix), Buffer.from(after))) {
        if (objects.length === limit) return { objects, next: objects[limit - 1].key };
        // One that was taken away meanwhile is not there.
        const seen = await lstat(join(root, key), { bigint: true }).catch(() => undefined);
        if (seen?.isFile()) objects.push(objectOf(key, seen));
      }
      return { objects };
    },
  };
}

async function prepared(directory: string): Promise<string> {
  try {
    await mkdir(resolve(directory), { recursive: true });
    const root = await realpath(directory);
    for (const folder of ['spare', 'locks']) await mkdir(join(root, OWN, folder), { recursive: true });
    const spare = join(root, OWN, 'spare');
    for (const name of await readdir(spare)) {
      const seen = await lstat(join(spare, name)).catch(() => undefined);
      if (seen && Date.now() - seen.mtimeMs > OLD_MS) await rm(join(spare, name), { force: true });
    }
    return root;
  } catch (cause) {
    throw failure(cause, directory);
  }
}

/** Bytes are not read to know whether they changed: inode, time in nanoseconds and size tell. */
const etagOf = ({ ino, mtimeNs, size }: BigIntStats): string =>
  [ino, mtimeNs, size].map((n) => n.toString(36)).join('-');

const objectOf = (key: string, seen: BigIntStats): StoredObject => ({
  key,
  size: Number(seen.size),
  etag: etagOf(seen),
  modified: seen.mtime,
});

/** Nothing where there is no file; what else went wrong is thrown. */
function absent(error: unknown, key: string): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
  throw failure(error, key);
}

function failure(cause: unknown, key: string): unknown {
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (code === '' || !/^E[A-Z0-9]+$/.test(code)) return cause;
  if (['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY'].includes(code))
    return new StoreError('bad-key', key, 'expected a key that is no folder of other keys, found one', { cause });
  if (code === 'ELOOP') return new StoreError('bad-key', key, 'expected a file, found a symbolic link', { cause });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new StoreError('denied', key, `expected permission, found ${code}`, { cause });
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StoreError('full', key, `expected space on the disk, found ${code}`, { cause });
  return new StoreError('unavailable', key, `expected the disk to answer, found ${code}`, { cause });
}

function wholly(written: number, piece: Uint8Array): void {
  if (written < piece.length) throw Object.assign(new Error('a short write'), { code: 'ENOSPC' });
}

/**
 * Now, to a random fraction of a clock tick: file systems count in ticks of milliseconds and use inodes again, and two
 * versions of an object must not look alike.
 */
const distinctTime = (): number => (Date.now() - 4 * Math.random()) / 1000;

async function readAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** The new name is on the disk, too. Systems that cannot sync a folder keep names by themselves. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync().catch(() => {});
  } finally {
    await handle?.close();
  }
}

async function removeEmpty(folder: string, root: string): Promise<void> {
  for (let at = folder; at !== root && at.startsWith(root + sep); at = dirname(at))
    if (
      !(await rmdir(at).then(
        () => true,
        () => false,
      ))
    )
      return;
}

/** Keys of a folder in the order of their bytes, where a folder stands as its name with a slash. */
async function* keysIn(root: string, folder: string, prefix: Buffer, after: Buffer): AsyncGenerator<string> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((): Dirent[] => []);
  const ordered = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => {
      const key = `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`;
      return { key, bytes: Buffer.from(key), directory: entry.isDirectory() };
    })
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  for (const { key, bytes, directory } of ordered) {
    if (folder === '' && key === `${OWN}/`) continue;
    const shared = Math.min(bytes.length, prefix.length);
    if (bytes.compare(prefix, 0, shared, 0, shared) !== 0) continue;
    if (directory) {
      // All of a folder is before `after` unless `after` lies in it or before it.
      const inside = after.subarray(0, bytes.length).equals(bytes);
      if (inside || Buffer.compare(bytes, after) > 0) yield* keysIn(root, key, prefix, after);
    } else if (bytes.length >= prefix.length && Buffer.compare(bytes, after) > 0 && keyFault(key) === undefined)
      yield key;
  }
}
