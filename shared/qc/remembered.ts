/** What several judges of one shot need and `ShotFacts` does not hold: computed at the first call and kept as long as the facts. */
import type { ShotFacts } from './facts.ts';
import type { Remark } from './finding.ts';
import type { Judge } from './judges.ts';
import type { Profile } from './profile.ts';

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

/** A judge that others ask too: judges once under the same profile. */
export function rememberedJudge(judge: Judge): Judge {
  const kept = new WeakMap<ShotFacts, { readonly profile: Profile; readonly remarks: readonly Remark[] }>();
  return (facts, profile) => {
    const known = kept.get(facts);
    if (known?.profile === profile) return known.remarks;
    const remarks = judge(facts, profile);
    kept.set(facts, { profile, remarks });
    return remarks;
  };
}
