/** How well the quality control finds planted faults, names them, and leaves untouched shots alone. */
import type { Picker } from '#shared/picking/pick-shot.ts';
import type { Finding, Judgement } from '#shared/qc/finding.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { diceOf } from '../../../training/synthetic/dice.ts';
import type { Base, Fault, Planted } from './fault.ts';
import { isKnown } from './known.ts';

export interface Outcome {
  readonly fault: Fault;
  readonly base: Base;
  readonly strength: number;
  readonly found: boolean;
  /** Found, with the right cause, and nothing else blamed that the untouched shot did not have. */
  readonly named: boolean;
  /** Codes that appeared besides. */
  readonly blamed: readonly string[];
  /** Estimate less truth, where both are there. */
  readonly error: number | undefined;
}

export interface FaultScore {
  readonly fault: Fault;
  /** In the order of `fault.strengths`. */
  readonly rates: readonly { readonly label: string; readonly shots: number; readonly found: number }[];
  /** At the stated strength and above. */
  readonly detection: number;
  readonly named: number;
  /** Share of the estimates within the bar; undefined where nothing is estimated. */
  readonly within: number | undefined;
  /** Untouched shots with a warning or failure of this code that a person would not agree with. */
  readonly alarms: readonly Base[];
  readonly untouched: number;
}

/** Found on so much of the harmed traces counts as found. */
const MOST = 0.8;

/** Of untouched shots, each judged once. */
const judged = new WeakMap<Base, Judgement>();
export function judgementOf(base: Base): Judgement {
  const judgement = judged.get(base) ?? judgeShot(base.shot, base.picks);
  judged.set(base, judgement);
  return judgement;
}

/** @param draws how often each strength is planted, each time with other dice: on other traces, with other noise */
export async function outcomesOf(
  fault: Fault,
  bases: readonly Base[],
  picker: Picker,
  draws = 1,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [i, base] of bases.entries()) {
    if (!fault.fits(base)) continue;
    const before = judgementOf(base).findings;
    for (const [k, { value }] of fault.strengths.entries())
      for (let draw = 0; draw < draws; draw++)
        outcomes.push(
          await outcomeOf(fault, base, before, { strength: value, seed: draw === 0 ? [i, k] : [i, k, draw], picker }),
        );
  }
  return outcomes;
}

async function outcomeOf(
  fault: Fault,
  base: Base,
  before: readonly Finding[],
  { strength, seed, picker }: { strength: number; seed: readonly number[]; picker: Picker },
): Promise<Outcome> {
  const planted = fault.plant(base, strength, diceOf(...seed));
  const picks = planted.picks === 'again' ? await picker.pick(planted.shot) : planted.picks;
  const after = warnings(judgeShot(planted.shot, picks, { line: planted.line }));
  const finding = after.find(({ code }) => code === fault.code);
  const found = finding !== undefined && covers(finding, planted);
  const blamed = after
    .filter(({ code }) => code !== fault.code && !fault.also?.includes(code))
    .filter((other) =>
      saysMore(
        other,
        before.find(({ code }) => code === other.code),
      ),
    )
    .map(({ code }) => code);
  return {
    fault,
    base,
    strength,
    found,
    named: found && blamed.length === 0 && (fault.cause?.test(finding.cause) ?? true),
    blamed,
    error: finding && planted.truth !== undefined ? finding.value - planted.truth : undefined,
  };
}

export const warnings = ({ findings }: Judgement): readonly Finding[] =>
  findings.filter(({ severity }) => severity !== 'info');

/** A share may pass its limit only because there are fewer traces now: that is not news. */
const saysMore = (finding: Finding, before: Finding | undefined): boolean =>
  before === undefined ||
  (before.severity === 'info' &&
    (finding.traces.length === 0 || finding.traces.some((trace) => !before.traces.includes(trace))));

function covers(finding: Finding, { traces }: Planted): boolean {
  const named = new Set(finding.traces);
  return traces.filter((trace) => named.has(trace)).length >= MOST * traces.length;
}

/** @param untouched shots that are looked at for false alarms */
export function scoreOf(fault: Fault, outcomes: readonly Outcome[], untouched: readonly Base[]): FaultScore {
  const stated = outcomes.filter(({ strength }) => reaches(fault, strength));
  const found = stated.filter((outcome) => outcome.found);
  const errors = stated.flatMap(({ error, base }) => (error === undefined ? [] : [{ error, base }]));
  const within = errors.filter(({ error, base }) => Math.abs(error) <= (fault.estimate?.within(base) ?? 0));
  return {
    fault,
    rates: fault.strengths.map(({ label, value }) => {
      const these = outcomes.filter(({ strength }) => strength === value);
      return { label, shots: these.length, found: these.filter((outcome) => outcome.found).length };
    }),
    detection: found.length / stated.length,
    named: found.filter(({ named }) => named).length / found.length,
    within: fault.estimate && errors.length > 0 ? within.length / errors.length : undefined,
    alarms: untouched.filter((base) =>
      warnings(judgementOf(base)).some(({ code }) => code === fault.code && !isKnown(base, code)),
    ),
    untouched: untouched.length,
  };
}

/** Strengths are listed from mild to gross. */
const reaches = ({ strengths, stated }: Fault, strength: number): boolean =>
  strengths.findIndex(({ value }) => value === strength) >= strengths.findIndex(({ value }) => value === stated);
