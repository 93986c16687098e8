/** A folder as the place to sync to: a share, a stick, a synced drive. Everything appears whole or not at all. */

import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { makeFolder } from '../folders.ts';
import type { SyncTarget } from './sync.ts';

/** @throws Error when there is no such folder and none can be made */
export function folderTarget(folder: string): SyncTarget {
  makeFolder(folder);
  return {
    name: folder,
    async file({ sha256, name, size, paths }) {
      const place = join(folder, 'files', `${sha256}${extname(name)}`);
      if (statSync(place, { throwIfNoEntry: false })?.size === size) return 'known';
      for (const path of paths) if (await copied(path, place, sha256)) return 'sent';
      return 'away';
    },
    async document({ name, text }) {
      const place = join(folder, name);
      if (existsSync(place) && readFileSync(place, 'utf8') === text) return 'known';
      whole(place, (fd) => void writeSync(fd, text));
      return 'sent';
    },
    // They stand in the documents of the shots.
    entries: async () => ({ sent: 0, known: 0 }),
  };
}

/** false: it cannot be read now, or is another file by now. */
async function copied(path: string, place: string, sha256: string): Promise<boolean> {
  makeFolder(dirname(place));
  const temporary = `${place}.part`;
  const fd = openSync(temporary, 'w');
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Uint8Array);
      for (let at = 0; at < (chunk as Uint8Array).length; ) at += writeSync(fd, chunk as Uint8Array, at);
    }
    fsyncSync(fd);
  } catch (error) {
    rmSync(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).syscall === 'write') throw error;
    return false;
  } finally {
    closeSync(fd);
  }
  if (hash.digest('hex') !== sha256) {
    rmSync(temporary, { force: true });
    return false;
  }
  renameSync(temporary, place);
  return true;
}

function whole(place: string, write: (fd: number) => void): void {
  makeFolder(dirname(place));
  const temporary = `${place}.part`;
  const fd = openSync(temporary, 'w');
  try {
    write(fd);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, place);
}
