/** Token buckets: each caller may burst, then goes on at a rate. Kept in memory, a process each. */
import { Refusal } from '../api/problem.ts';
import type { Caller } from '../auth/caller.ts';

/** Callers that are remembered; the longest unseen are forgotten, with a full bucket. */
const MOST = 10_000;

export function rateLimit(now: () => number = Date.now): (caller: Caller) => void {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return ({ name, limits: { burst, perSecond } }) => {
    if (perSecond === Infinity) return;
    const at = now();
    const before = buckets.get(name) ?? { tokens: burst, at };
    const tokens = Math.min(burst, before.tokens + ((at - before.at) / 1000) * perSecond);
    buckets.delete(name);
    buckets.set(name, { tokens: Math.max(0, tokens - 1), at });
    if (buckets.size > MOST) buckets.delete(buckets.keys().next().value!);
    if (tokens >= 1) return;
    const wait = Math.max(1, Math.ceil((1 - tokens) / perSecond));
    throw new Refusal('rate-limited', `expected at most ${perSecond} requests/s (${burst} at once), found more`, {
      'retry-after': `${wait}`,
    });
  };
}
