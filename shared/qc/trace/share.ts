/** Most judgements of traces are of one shape: some traces have a fault, and their share of the spread decides how bad that is. */
import type { ShotFacts } from '../facts.ts';
import { type Remark, severityAbove } from '../finding.ts';
import type { Judge } from '../judges.ts';
import type { LimitName, Profile } from '../profile.ts';

/** Codes that have a limit to warn and one to fail. */
export type ShareCode = {
  [N in LimitName]: N extends `${infer C}.warn` ? (`${C}.fail` extends LimitName ? C : never) : never;
}[LimitName];

export interface ShareRule {
  readonly code: ShareCode;
  /** Of which traces the share is taken; dead ones count as seismic. */
  readonly of: 'seismic traces' | 'live traces';
  /** What the counted traces have in common; completes "3 of 24 traces …". */
  readonly what: string;
  readonly cause: string;
  readonly advice: string;
}

/** @param counted rows that have the fault, of those of `rule.of` */
export const shareJudge =
  (rule: ShareRule, counted: (facts: ShotFacts, profile: Profile) => readonly number[]): Judge =>
  (facts, profile) => {
    const found = shareRemark(rule, counted(facts, profile), facts, profile);
    return found ? [found] : [];
  };

/** undefined where no trace counts. */
export function shareRemark(
  { code, of, what, cause, advice }: ShareRule,
  rows: readonly number[],
  { shot, seismic, live }: ShotFacts,
  { limits }: Profile,
): Remark | undefined {
  if (rows.length === 0) return undefined;
  const among = of === 'seismic traces' ? seismic : live;
  const value = (100 * rows.length) / among.length;
  const [warn, fail] = [limits[`${code}.warn`], limits[`${code}.fail`]];
  const severity = severityAbove(value, { warn, fail });
  return {
    code,
    severity,
    traces: rows.map((i) => shot.traces[i].index),
    value: Math.round(value * 100) / 100,
    unit: `% of ${of}`,
    threshold: severity === 'fail' ? fail : warn,
    cause,
    advice,
    says: `${rows.length} of ${seismic.length} traces ${what}`,
  };
}
