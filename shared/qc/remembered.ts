/** What several judges of one shot need and `ShotFacts` does not hold: computed at the first call and kept as long as the facts. */
import type { ShotFacts } from './facts.ts';

export function remembered<T>(compute: (facts: ShotFacts) => T): (facts: ShotFacts) => T {
  const kept = new WeakMap<ShotFacts, { readonly value: T }>();
  return (facts) => {
    const known = kept.get(facts);
    if (known) return known.value;
    const value = compute(facts);
    kept.set(facts, { value });
    return value;
  };
}
