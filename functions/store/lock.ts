/**
 * A lock file that survives its holder: whoever finds the holder dead takes it over. Made by link(2), so that it never exists
 * without saying who holds it. A dead lock is removed under a lock of its own, so that two finders cannot both remove it and
 * one of them a live one.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process of a machine. */
export interface Somebody {
  readonly host: string;
  readonly pid: number;
  /** Numbers of processes come again. */
  readonly run: string;
}

interface Holder extends Somebody {
  /** Of this one locking. */
  readonly id: string;
}

/** This process. */
export const HERE: Somebody = { host: hostname(), pid: process.pid, run: randomUUID() };

/** Whether a process of this machine has ended; false for those of others, of which nothing is known. */
export function hasEnded({ host, pid, run }: Somebody): boolean {
  if (host !== HERE.host) return false;
  return pid === HERE.pid ? run !== HERE.run : !runs(pid);
}

/** Locks are held for milliseconds. After so long the holder is taken for dead, wherever it runs. */
const DEAD_AFTER_MS = 30_000;

/** @param spare a folder on the same file system, for the file that becomes the lock */
export async function locked<T>(path: string, spare: string, act: () => Promise<T>): Promise<T> {
  const mine: Holder = { ...HERE, id: randomUUID() };
  const file = `${spare}/${mine.id}.lock`;
  await writeFile(file, JSON.stringify(mine));
  try {
    for (let wait = 1; !(await linked(file, path)); wait = Math.min(50, wait * 2)) {
      const holder = await holderOf(path);
      if (holder === 'dead') await locked(`${path}.dead`, spare, () => removeDead(path));
      else if (holder === 'alive') await sleep(wait * Math.random());
    }
    try {
      return await act();
    } finally {
      if ((await idOf(path)) === mine.id) await unlink(path).catch(gone);
    }
  } finally {
    await unlink(file).catch(gone);
  }
}

async function removeDead(path: string): Promise<void> {
  if ((await holderOf(path)) === 'dead') await unlink(path).catch(gone);
}

async function linked(file: string, path: string): Promise<boolean> {
  try {
    // Its age counts from when it becomes the lock.
    await utimes(file, new Date(), new Date());
    await link(file, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(path: string): Promise<'none' | 'alive' | 'dead'> {
  try {
    const [{ mtimeMs }, text] = await Promise.all([stat(path), readFile(path, 'utf8')]);
    if (Date.now() - mtimeMs > DEAD_AFTER_MS) return 'dead';
    return hasEnded(JSON.parse(text)) ? 'dead' : 'alive';
  } catch (error) {
    gone(error as NodeJS.ErrnoException);
    return 'none';
  }
}

const idOf = async (path: string): Promise<string | undefined> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')).id;
  } catch {
    return undefined;
  }
};

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function gone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
