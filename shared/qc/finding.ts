/** What a judgement of a shot says. */
export type Severity = 'info' | 'warn' | 'fail';
export type Verdict = 'pass' | 'warn' | 'fail';

export interface Finding {
  /** Stable, kebab-case; listed in docs/qc.md. */
  readonly code: string;
  readonly severity: Severity;
  /** `Trace.index` of the traces concerned; empty when it is the whole shot. */
  readonly traces: readonly number[];
  readonly value: number;
  readonly unit: string;
  readonly threshold: number;
  readonly cause: string;
  readonly advice: string;
}

/** A finding as a judge hands it in. */
export interface Remark extends Finding {
  /** The clause that the sentence of the verdict makes of it: "3 of 24 traces are clipped", "the trigger came 12 ms late". */
  readonly says: string;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence. */
  readonly reason: string;
  readonly findings: readonly Finding[];
}

const VERDICTS: Readonly<Record<Severity, Verdict>> = { info: 'pass', warn: 'warn', fail: 'fail' };
const RANK: readonly Verdict[] = ['pass', 'warn', 'fail'];

/** What a finding of this severity makes of a shot. */
export const verdictOf = (severity: Severity): Verdict => VERDICTS[severity];

/** `pass` where there are none. */
export const worst = (verdicts: readonly Verdict[]): Verdict =>
  RANK[Math.max(0, ...verdicts.map((verdict) => RANK.indexOf(verdict)))];

/** Of a value that is worse the larger it is. */
export const severityAbove = (value: number, limits: { readonly warn: number; readonly fail: number }): Severity =>
  value > limits.fail ? 'fail' : value > limits.warn ? 'warn' : 'info';
