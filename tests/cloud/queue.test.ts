/** The queue: tasks are done at least once, by one at a time, whoever dies; what cannot be done is put aside with the reason. */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyObject, getJson, type ObjectStore, putJson } from '#shared/object-store.ts';
import { DEAD_LETTERS, type DeadLetter, type QueueOptions, queueIn } from '../../functions/queue/queue.ts';
import { confined } from '../../functions/store/confined.ts';
import { directoryStore } from '../../functions/store/directory.ts';
import { scratch } from '../cli/run.ts';

const folder = scratch();
let root: ObjectStore;
let stores = 0;
beforeAll(async () => {
  root = await directoryStore(folder.path);
});
afterAll(() => folder.remove());

const newStore = () => confined(root, `q${++stores}/`);
const open = (store: ObjectStore, options: Partial<QueueOptions<string>> & Pick<QueueOptions<string>, 'work'>) =>
  queueIn<string>(store, { atOnce: 2, pauseMs: 5, lookMs: 50, ...options });
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await holds()) return;
    await sleep(10);
  }
  throw new Error('it never came to be');
}
const keysOf = async (store: ObjectStore, prefix: string) => {
  const keys: string[] = [];
  for await (const { key } of everyObject(store, prefix)) keys.push(key);
  return keys;
};
const queued = (store: ObjectStore) => keysOf(store, '_firstbreak/queue/');

describe('the queue', () => {
  it('does each task and what follows from it, and keeps nothing', async () => {
    const store = newStore();
    const done: string[] = [];
    const queue = await open(store, {
      work: async (task) => {
        done.push(task);
        return task.length < 3 ? [`${task}a`, `${task}b`] : [];
      },
    });
    await queue.add('x');
    await until(() => queue.size === 0);
    expect(done.sort()).toEqual(['x', 'xa', 'xaa', 'xab', 'xb', 'xba', 'xbb']);
    expect(await queued(store)).toEqual([]);
    await queue.stop(0);
  });

  it('holds a task once, however often it is put in', async () => {
    const store = newStore();
    let done = 0;
    const queue = await open(store, {
      work: async () => {
        done++;
        await sleep(50);
        return [];
      },
    });
    await Promise.all(Array.from({ length: 5 }, () => queue.add('same')));
    await until(() => queue.size === 0);
    expect(done).toBe(1);
    await queue.stop(0);
  });

  it('tries again what may pass, then puts it aside with the reason', async () => {
    const store = newStore();
    let tries = 0;
    const gaveUp: string[] = [];
    const queue = await open(store, {
      attempts: 3,
      work: async (task) => {
        tries++;
        throw new Error(`no ${task}\ntoday`);
      },
      gaveUp: async (task) => void gaveUp.push(task),
    });
    await queue.add('luck');
    await until(() => gaveUp.length > 0 && queue.size === 0);
    expect(tries).toBe(3);
    const [key] = await keysOf(store, DEAD_LETTERS);
    const letter = (await getJson<DeadLetter<string>>(store, key))!.value;
    expect(letter).toMatchObject({ task: 'luck', attempts: 3, reason: 'no luck today' });
    expect(await queued(store)).toEqual([]);
    await queue.stop(0);
  });

  it('does not try again what cannot pass', async () => {
    let tries = 0;
    const queue = await open(newStore(), {
      mayPass: () => false,
      work: async () => {
        tries++;
        throw new Error('never');
      },
    });
    await queue.add('x');
    await until(() => queue.size === 0);
    expect(tries).toBe(1);
    await queue.stop(0);
  });

  it('comes back to a task that follows from itself', async () => {
    let rounds = 0;
    const queue = await open(newStore(), { work: async (task) => (++rounds < 3 ? [task] : []) });
    await queue.add('again');
    await until(() => queue.size === 0);
    expect(rounds).toBe(3);
    await queue.stop(0);
  });

  it('takes a task of a process that died at once, one of another machine when its lease is over', async () => {
    const store = newStore();
    const entry = (task: string, lease: object) =>
      putJson(store, `_firstbreak/queue/${task}.json`, { task, addedAt: 0, attempts: 1, notBefore: 0, lease });
    const soon = Date.now() + 400;
    await entry('dead', { host: hostname(), pid: 2 ** 22 + 7, run: 'x', until: Date.now() + 60_000 });
    await entry('late', { host: 'another', pid: 1, run: 'x', until: soon });
    await entry('alive', { host: 'another', pid: 1, run: 'x', until: Date.now() + 60_000 });
    const done: [string, number][] = [];
    const queue = await open(store, {
      work: async (task) => {
        done.push([task, Date.now()]);
        return [];
      },
    });
    await until(() => done.length === 2);
    expect(done.map(([task]) => task)).toEqual(['dead', 'late']);
    expect(done[1][1]).toBeGreaterThanOrEqual(soon);
    expect(await queued(store)).toEqual(['_firstbreak/queue/alive.json']);
    await queue.stop(0);
  });

  it('puts aside what ended its process each time', async () => {
    const store = newStore();
    const lease = { host: hostname(), pid: 2 ** 22 + 7, run: 'x', until: Date.now() + 60_000 };
    await putJson(store, '_firstbreak/queue/bomb.json', { task: 'bomb', addedAt: 0, attempts: 5, notBefore: 0, lease });
    let tries = 0;
    const queue = await open(store, {
      work: async () => {
        tries++;
        return [];
      },
    });
    await until(() => queue.size === 0);
    expect([tries, await keysOf(store, DEAD_LETTERS)]).toEqual([0, [`${DEAD_LETTERS}bomb.json`]]);
    await queue.stop(0);
  });

  it('of two who share it, one does a task', async () => {
    const store = newStore();
    const done: string[] = [];
    const work = async (task: string) => {
      done.push(task);
      await sleep(5);
      return [];
    };
    const [one, two] = [await open(store, { work }), await open(store, { work })];
    await Promise.all(Array.from({ length: 20 }, (_, i) => one.add(`t${i}`)));
    await until(async () => one.size === 0 && two.size === 0 && (await queued(store)).length === 0);
    expect(done.sort()).toEqual(Array.from({ length: 20 }, (_, i) => `t${i}`).sort());
    await Promise.all([one.stop(0), two.stop(0)]);
  });

  it('when it stops, waits for what is under way, and puts back what takes too long', async () => {
    const store = newStore();
    const work = async (task: string, signal: AbortSignal) => {
      await sleep(task === 'long' ? 60_000 : 100, undefined, { signal });
      return [];
    };
    const queue = await open(store, { work });
    await queue.add('long');
    await queue.add('short');
    await sleep(50);
    const from = performance.now();
    await queue.stop(300);
    expect(performance.now() - from).toBeLessThan(2000);
    const left = await queued(store);
    expect(left).toHaveLength(1);
    expect((await getJson(store, left[0]))?.value).toMatchObject({ task: 'long', attempts: 0 });
    expect((await getJson<{ lease?: unknown }>(store, left[0]))?.value.lease).toBeUndefined();
    const done: string[] = [];
    const next = await open(store, {
      work: async (task) => {
        done.push(task);
        return [];
      },
    });
    await until(() => done.length === 1);
    await next.stop(0);
  });
});
