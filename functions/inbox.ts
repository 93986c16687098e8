/**
 * A folder that stands in for the events of a bucket: each file that is complete becomes a job, once. Looking at the folder now
 * and then is all that is relied on, so it works on network drives, and a restart finds what came meanwhile.
 */

import { randomUUID } from 'node:crypto';
import { copyFile, link, lstat, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyFault } from '#shared/object-store.ts';
import { Refusal } from './api/problem.ts';
import { onceKey } from './jobs/job.ts';
import { type Enqueue, submitJob } from './jobs/jobs.ts';
import { type DirectoryStore, OWN } from './store/directory.ts';
import { isServiceKey } from './store/system.ts';

export interface InboxOptions {
  readonly directory: string;
  readonly store: DirectoryStore;
  readonly enqueue: Enqueue;
  /** A file is complete when it has not changed for so long. @default 2 s */
  readonly settleMs?: number;
  readonly trouble?: (message: string) => void;
  readonly taken?: (name: string) => void;
}

export interface Inbox {
  /** Every file that is there has become a job. */
  readonly settled: boolean;
  /** Of the keys of its files. */
  readonly prefix: string;
  stop(): Promise<void>;
}

interface Seen {
  readonly stamp: string;
  readonly since: number;
}

/** Names that programs give to files while they write them. */
const UNFINISHED = /^\.|^~|~$|\.(part|partial|tmp|temp|filepart|crdownload|swp|lock|opdownload)$/i;
const LOOK_MS = 500;

/** @throws Error when the folder cannot be made */
export async function watchInbox(options: InboxOptions): Promise<Inbox> {
  const { store, enqueue, settleMs = 2000, trouble, taken } = options;
  await mkdir(options.directory, { recursive: true });
  const directory = await realpath(options.directory);
  const waiting = new Map<string, Seen>();
  const done = new Map<string, string>();
  const stop = new AbortController();
  let looks = 0;
  let silent = false;
  /** Files within the store are picked where they are, others are brought into it. */
  const inside = relative(store.root, directory);
  const isInside = inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
  const keyOf = (path: string) =>
    (isInside ? relative(store.root, path) : join('inbox', relative(directory, path))).split(sep).join('/');

  async function look(): Promise<void> {
    const there = new Set<string>();
    for await (const { path, stamp } of filesIn(directory)) {
      there.add(path);
      if (stop.signal.aborted) return;
      if (done.get(path) === stamp) continue;
      const seen = waiting.get(path);
      if (seen?.stamp !== stamp) waiting.set(path, { stamp, since: Date.now() });
      else if (Date.now() - seen.since >= settleMs) await take(path, stamp);
    }
    for (const map of [waiting, done]) for (const path of map.keys()) if (!there.has(path)) map.delete(path);
    looks++;
  }

  async function take(path: string, stamp: string): Promise<void> {
    const key = keyOf(path);
    if (isServiceKey(key) || keyFault(key) !== undefined) {
      if (!isServiceKey(key))
        trouble?.(`${path}: expected a name without control characters and backslashes, found another`);
    } else {
      const once = `inbox ${key} ${stamp}`;
      if (!isInside && !(await store.head(onceKey(once))) && !(await bring(path, key, stamp))) return;
      try {
        const { fresh } = await submitJob(store, '', { input: { key }, once }, enqueue);
        if (fresh) taken?.(relative(directory, path));
      } catch (error) {
        // Gone since it was seen, or a folder of that name: said once, and not tried again until it changes.
        if (!(error instanceof Refusal)) throw error;
        trouble?.(`${path}: ${error.message}`);
      }
    }
    waiting.delete(path);
    done.set(path, stamp);
  }

  /** A link where that can be, else a copy. @returns whether the file was still the same */
  async function bring(path: string, key: string, stamp: string): Promise<boolean> {
    const spare = join(store.spare, randomUUID());
    await link(path, spare).catch(() => copyFile(path, spare));
    if ((await stampOf(path)) === stamp) {
      await store.adopt(spare, key);
      return true;
    }
    await rm(spare, { force: true });
    return false;
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const from = performance.now();
      try {
        await look();
        silent = false;
      } catch (error) {
        if (!silent) trouble?.(`${directory}: expected a folder to look into, found ${(error as Error).message}`);
        silent = true;
      }
      const took = performance.now() - from;
      await sleep(Math.max(LOOK_MS, 4 * took), undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  const running = run();
  const folder = isInside ? inside.split(sep).join('/') : 'inbox';
  return {
    prefix: folder === '' ? '' : `${folder}/`,
    get settled() {
      return looks > 0 && waiting.size === 0;
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}

/** Regular files, by what tells that they changed; links are not followed. */
async function* filesIn(folder: string): AsyncGenerator<{ path: string; stamp: string }> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (UNFINISHED.test(entry.name) || entry.name === OWN) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile()) {
      const stamp = await stampOf(path);
      if (stamp !== undefined) yield { path, stamp };
    }
  }
}

/** A file taken away meanwhile has none. */
async function stampOf(path: string): Promise<string | undefined> {
  const seen = await lstat(path, { bigint: true }).catch(() => undefined);
  return seen && `${seen.ino}-${seen.mtimeNs}-${seen.size}`;
}
