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

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence. */
  readonly reason: string;
  readonly findings: readonly Finding[];
}
