/**
 * A queue in a store: an object a task. Whoever works on one holds a lease, written by compare-and-swap and renewed; when the
 * holder dies, another one takes the task. So tasks survive any end of any process, and are done at least once.
 */
import { createHash } from 'node:crypto';
import { everyObject, getJson, isStoreError, type ObjectStore, putJson } from '#shared/object-store.ts';
import { HERE, hasEnded, type Somebody } from '../store/lock.ts';
import { SYSTEM } from '../store/system.ts';

export interface Queue<T> {
  /** Nothing where the same task is queued already. */
  add(task: T): Promise<void>;
  /** Tasks that wait or are worked on, as far as is known here. */
  readonly size: number;
  /** Takes no more tasks. Those under way end, or go back after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface QueueOptions<T> {
  /** Does a task and returns those that follow from it. */
  readonly work: (task: T, signal: AbortSignal) => Promise<readonly T[]>;
  /** Whether trying again may help. @default yes */
  readonly mayPass?: (error: unknown) => boolean;
  /** Called before a task that cannot be done goes to the dead letters. */
  readonly gaveUp?: (task: T, error: unknown) => Promise<void>;
  readonly atOnce: number;
  /** @default 5 */
  readonly attempts?: number;
  /** Before the second attempt; each further one waits twice as long. @default 1 s */
  readonly pauseMs?: number;
  /** How often the store is looked through for tasks of others. @default 5 s */
  readonly lookMs?: number;
  /** Told of errors of the queue itself. */
  readonly trouble?: (error: unknown) => void;
}

interface Entry<T> {
  readonly task: T;
  readonly addedAt: number;
  readonly attempts: number;
  /** Not before; ms since 1970. */
  readonly notBefore: number;
  readonly lease?: Somebody & { readonly until: number };
  readonly lastError?: string;
}

/** A task that was given up, for a person to read. */
export interface DeadLetter<T> {
  readonly schema: 'firstbreak.dead-letter/1';
  readonly task: T;
  readonly attempts: number;
  readonly reason: string;
  readonly at: string;
}

const QUEUE = `${SYSTEM}queue/`;
export const DEAD_LETTERS = `${SYSTEM}dead-letters/`;
const LEASE_MS = 30_000;

export async function queueIn<T>(store: ObjectStore, options: QueueOptions<T>): Promise<Queue<T>> {
  const { work, gaveUp, mayPass = () => true, atOnce, attempts = 5, pauseMs = 1000, lookMs = 5000, trouble } = options;
  /** Ids that may be ready, and when to look at them. */
  const known = new Map<string, number>();
  const underWay = new Map<string, { readonly stop: AbortController; readonly end: Promise<void> }>();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: NodeJS.Timeout | undefined;

  const keyOf = (id: string) => `${QUEUE}${id}.json`;
  const idOf = (task: T) => createHash('sha256').update(JSON.stringify(task)).digest('hex').slice(0, 40);

  async function look(): Promise<void> {
    try {
      for await (const { key } of everyObject(store, QUEUE)) {
        const id = key.slice(QUEUE.length, -'.json'.length);
        if (!known.has(id) && !underWay.has(id)) known.set(id, 0);
      }
    } catch (error) {
      trouble?.(error);
    }
    if (stopped) return;
    looking = setTimeout(() => void look(), lookMs);
    fill();
  }

  /** Starts what is ready, and comes again when something will be. */
  function fill(): void {
    clearTimeout(timer);
    if (stopped) return;
    const now = Date.now();
    let soonest = Number.POSITIVE_INFINITY;
    for (const [id, when] of known) {
      if (underWay.size >= atOnce) return; // whoever ends comes here again
      if (when <= now) begin(id);
      else soonest = Math.min(soonest, when);
    }
    if (soonest < Number.POSITIVE_INFINITY) timer = setTimeout(fill, soonest - now);
  }

  function begin(id: string): void {
    known.delete(id);
    const stop = new AbortController();
    const end = one(id, stop.signal)
      .catch((error) => {
        trouble?.(error);
        known.set(id, Date.now() + pauseMs);
      })
      .finally(() => {
        underWay.delete(id);
        fill();
      });
    underWay.set(id, { stop, end });
  }

  async function one(id: string, signal: AbortSignal): Promise<void> {
    const found = await getJson<Entry<T>>(store, keyOf(id));
    if (!found) return;
    const { lease, notBefore } = found.value;
    const free = !lease || lease.until < Date.now() || hasEnded(lease);
    if (!free || notBefore > Date.now()) {
      // Another may be done with it long before its lease is over.
      known.set(id, free ? notBefore : Math.min(lease.until, Date.now() + lookMs));
      return;
    }
    const holding = (): Entry<T>['lease'] => ({ ...HERE, until: Date.now() + LEASE_MS });
    let entry: Entry<T> = { ...found.value, attempts: found.value.attempts + 1, lease: holding()! };
    let taken = await putJson(store, keyOf(id), entry, { matches: found.etag });
    if (!taken.written) {
      known.set(id, Date.now() + 100);
      return;
    }
    // What kills the process each time it is tried is not tried for ever.
    if (entry.attempts > attempts) return giveUp(id, entry, new Error(entry.lastError ?? 'it ended the process'));
    const renewal = setInterval(async () => {
      const renewed = { ...entry, lease: holding()! };
      if (!taken.written) return;
      const put = await putJson(store, keyOf(id), renewed, { matches: taken.etag }).catch(() => undefined);
      if (put?.written) [entry, taken] = [renewed, put];
    }, LEASE_MS / 3);
    try {
      const following = await work(entry.task, signal);
      for (const task of following) if (idOf(task) !== id) await add(task);
      // What follows from a task may be the task once more.
      if (following.some((task) => idOf(task) === id)) await putBack(id, { ...entry, notBefore: Date.now() + pauseMs });
      else await store.delete(keyOf(id));
    } catch (error) {
      clearInterval(renewal);
      if (signal.aborted) return void (await putBack(id, { ...entry, attempts: entry.attempts - 1, notBefore: 0 }));
      if (!mayPass(error) || entry.attempts >= attempts) return giveUp(id, entry, error);
      const wait = pauseMs * 2 ** (entry.attempts - 1) * (0.75 + 0.5 * Math.random());
      await putBack(id, { ...entry, notBefore: Date.now() + wait, lastError: lineOf(error) });
    } finally {
      clearInterval(renewal);
    }
  }

  async function putBack(id: string, { lease: _, ...entry }: Entry<T>): Promise<void> {
    await putJson(store, keyOf(id), entry);
    known.set(id, entry.notBefore);
  }

  async function giveUp(id: string, { task, attempts: tried }: Entry<T>, error: unknown): Promise<void> {
    await gaveUp?.(task, error);
    const at = new Date().toISOString();
    const letter: DeadLetter<T> = {
      schema: 'firstbreak.dead-letter/1',
      task,
      attempts: tried,
      reason: lineOf(error),
      at,
    };
    await putJson(store, `${DEAD_LETTERS}${id}.json`, letter);
    await store.delete(keyOf(id));
  }

  async function add(task: T): Promise<void> {
    const id = idOf(task);
    const entry: Entry<T> = { task, addedAt: Date.now(), attempts: 0, notBefore: 0 };
    await putJson(store, keyOf(id), entry, 'absent');
    if (!underWay.has(id)) known.set(id, Math.min(known.get(id) ?? 0, 0));
    fill();
  }

  await look();
  return {
    add,
    get size() {
      return known.size + underWay.size;
    },
    async stop(graceMs) {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(looking);
      const ends = [...underWay.values()].map(({ end }) => end);
      let late: NodeJS.Timeout | undefined;
      const grace = new Promise<void>((resolve) => (late = setTimeout(resolve, graceMs)));
      await Promise.race([Promise.all(ends), grace]);
      clearTimeout(late);
      for (const { stop } of underWay.values()) stop.abort();
      await Promise.all(ends);
    },
  };
}

/** Without the stack, and without line ends. */
const lineOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return (isStoreError(error) ? `${error.code}: ${text}` : text).replaceAll(/\s+/g, ' ').slice(0, 500);
};
