/**
 * What lies in the recorder's folders, which are only ever listed and read. The folders are listed again and again, which works
 * on shares and sticks that come and go; where the system tells of changes, that only makes it sooner.
 */
import { type Dirent, type FSWatcher, watch } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { FileMark } from './store.ts';
import { isTemporary } from './temporary-names.ts';

export interface WatchOptions {
  /** Between two listings; longer where listing takes long. @default 1000 ms */
  readonly pollMs?: number;
  /** Left out with all that is in it: where the station writes. */
  readonly except?: string;
  /** Called for every file at every listing, and when the system tells that one changed. */
  seen(file: FileMark): void;
  /** A folder can be listed, or no longer; called at the first listing and at changes. */
  reached?(folder: string, reachable: boolean, why: string): void;
  /** All that lies there has been seen once more. */
  listed?(): void;
}

export interface Watch {
  readonly folders: readonly { readonly folder: string; readonly reachable: boolean }[];
  close(): void;
}

/** Listing takes at most this share of the time. */
const SHARE = 0.05;
/** Systems bound how many folders may be watched. */
const MOST_WATCHED = 2000;

export function watchFolders(
  folders: readonly string[],
  { pollMs = 1000, except, seen, reached = () => {}, listed = () => {} }: WatchOptions,
): Watch {
  const roots = folders.map((folder) => ({
    folder,
    path: resolve(folder),
    reachable: undefined as boolean | undefined,
  }));
  const left = except === undefined ? undefined : resolve(except);
  const watched = new Map<string, FSWatcher>();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  async function list(path: string, visited: Set<string>, root: boolean): Promise<void> {
    if (closed || path === left) return;
    let entries: Dirent[];
    try {
      const real = await realpath(path);
      if (visited.has(real)) return;
      visited.add(real);
      entries = await readdir(path, { withFileTypes: true });
    } catch (error) {
      forget(path);
      if (root) throw error;
      return;
    }
    follow(path);
    for (const entry of entries) {
      if (isTemporary(entry.name)) continue;
      const inside = join(path, entry.name);
      if (entry.isDirectory()) await list(inside, visited, false);
      else if (entry.isFile() || entry.isSymbolicLink()) await look(inside, visited);
    }
  }

  /** A file that is gone when it is looked at is none. */
  async function look(path: string, visited?: Set<string>): Promise<void> {
    const found = await stat(path).catch(() => undefined);
    if (closed || !found) return;
    if (found.isDirectory()) return list(path, visited ?? new Set(), false);
    if (found.isFile()) seen({ path, size: found.size, mtimeMs: found.mtimeMs });
  }

  function follow(path: string): void {
    if (watched.has(path) || watched.size >= MOST_WATCHED) return;
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => {
        if (name !== null && !isTemporary(name) && !(left && join(path, name) === left)) void look(join(path, name));
      });
      watcher.on('error', () => forget(path));
      watched.set(path, watcher);
    } catch {
      // The listing sees what is not told.
    }
  }

  function forget(path: string): void {
    for (const [folder, watcher] of watched)
      if (folder === path || folder.startsWith(path + sep)) {
        watcher.close();
        watched.delete(folder);
      }
  }

  async function listAll(): Promise<void> {
    const started = performance.now();
    for (const root of roots) {
      let why = '';
      await list(root.path, new Set(), true).catch((error: NodeJS.ErrnoException) => {
        why = error.code === 'ENOENT' ? 'no such folder' : error.message;
      });
      if (closed) return;
      if (root.reachable !== (why === '')) {
        root.reachable = why === '';
        reached(root.folder, root.reachable, why);
      }
    }
    listed();
    const took = performance.now() - started;
    timer = setTimeout(() => void listAll(), Math.max(pollMs, took / SHARE));
  }

  void listAll();
  return {
    get folders() {
      return roots.map(({ folder, reachable }) => ({ folder, reachable: reachable ?? false }));
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const watcher of watched.values()) watcher.close();
      watched.clear();
    },
  };
}
