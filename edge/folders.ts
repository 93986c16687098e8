/**
 * Folders are made one by one from the deepest that is there: Node's own `recursive` never ends where a system's folder says of
 * a new one that it does not exist (`/proc`).
 */
import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'the system has no place for one there',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'no space left',
  ENAMETOOLONG: 'the name is too long',
};

/** The folder is there afterwards. @throws Error with the `code` of the system: what is in the way, in one line */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  let at = resolve(path);
  for (let kind = kindOf(at); kind !== 'folder'; kind = kindOf(at)) {
    if (kind === 'other') {
      const found = at === resolve(path) ? 'a file' : `${at}, which is none`;
      throw Object.assign(new Error(`${path}: expected a folder, found ${found}`), { code: 'ENOTDIR' });
    }
    missing.push(at);
    at = dirname(at);
  }
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder);
    } catch (error) {
      // Another may have made it meanwhile.
      if (kindOf(folder) === 'folder') continue;
      const { code = '', message } = error as NodeJS.ErrnoException;
      const why = WHY[code] ?? message;
      throw Object.assign(
        new Error(`${path}: expected a folder, found none, and none can be made: ${why}`, { cause: error }),
        { code },
      );
    }
  }
}

function kindOf(path: string): 'folder' | 'other' | 'nothing' {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) return dirname(path) === path ? 'folder' : 'nothing';
    return found.isDirectory() ? 'folder' : 'other';
  } catch {
    return 'nothing'; // under a file, or under what may not be seen
  }
}

/** The folder itself, or one in it; of a folder that is not there yet, by its name. */
export function isIn(path: string, folder: string): boolean {
  const way = relative(realOf(folder), realOf(path));
  return way.split(/[/\\]/)[0] !== '..' && !isAbsolute(way);
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
