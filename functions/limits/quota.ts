/**
 * Bytes of a caller and a day, kept in the store. They are counted in memory and written now and then, so a process that dies
 * forgets a few seconds of them; several processes add up.
 */
import { getJson, type ObjectStore, putJson } from '#shared/object-store.ts';
import { Refusal } from '../api/problem.ts';
import type { Caller } from '../auth/caller.ts';
import { SYSTEM } from '../store/system.ts';

export interface Quota {
  /** @throws Refusal `quota-used-up` */
  spend(caller: Caller, bytes: number): Promise<void>;
  /** Writes what was counted. */
  flush(): Promise<void>;
}

interface Count {
  /** As the store had it. */
  known: number;
  /** Since then. */
  added: number;
}

export function quotaIn(store: ObjectStore, now: () => number = Date.now): Quota {
  const counts = new Map<string, Promise<Count>>();
  const keyOf = ({ name }: Caller) => `${SYSTEM}quota/${new Date(now()).toISOString().slice(0, 10)}/${name}.json`;
  const read = async (key: string): Promise<Count> => ({
    known: (await getJson<number>(store, key))?.value ?? 0,
    added: 0,
  });
  return {
    async spend(caller, bytes) {
      const most = caller.limits.bytesPerDay;
      if (most === Infinity) return;
      const key = keyOf(caller);
      const coming = counts.get(key) ?? read(key);
      counts.set(key, coming);
      coming.catch(() => counts.delete(key));
      const count = await coming;
      if (count.known + count.added + bytes > most)
        throw new Refusal('quota-used-up', `expected at most ${most} bytes a day (UTC), found more`, {
          'retry-after': `${Math.ceil((86_400_000 - (now() % 86_400_000)) / 1000)}`,
        });
      count.added += bytes;
    },
    async flush() {
      for (const [key, coming] of counts) {
        const count = await coming;
        const { added } = count;
        if (added === 0) {
          counts.delete(key);
          continue;
        }
        const before = await getJson<number>(store, key);
        const total = (before?.value ?? 0) + added;
        if (!(await putJson(store, key, total, before ? { matches: before.etag } : 'absent')).written) continue;
        count.added -= added;
        count.known = total;
      }
    },
  };
}
