/** How well the quality control finds planted faults, names them, and leaves untouched shots alone. */
import type { Picker } from '#shared/picking/pick-shot.ts';
import type { Finding, Judgement } from '#shared/qc/finding.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { type Dice, diceOf } from '../../../training/synthetic/dice.ts';
import { confirmation } from './confirmed.ts';
import type { Base, Fault, Planted } from './fault.ts';

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
  /** At the stated strength alone, and so are those that follow. */
  readonly detection: number;
  readonly planted: number;
  /** Shots behind them. */
  readonly shots: number;
  readonly named: number;
  /** Share of the estimates within the bar; undefined where nothing is estimated. */
  readonly within: number | undefined;
  /** Untouched shots with a warning or failure of this code that plain measures do not confirm; and those that they do. */
  readonly alarms: readonly Base[];
  readonly trueWarnings: number;
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

/** Each strength is planted once in a shot, the stated one as often as makes so many, each time with other dice; up to so often a shot. */
const ENOUGH = 80;
const MOST_DRAWS = 6;
/** Shots in which other strengths are planted, at most. */
const ELSE = 40;

const evenly = <T>(all: readonly T[], most: number): readonly T[] =>
  all.filter(
    (_, k) => Math.floor((k * most) / all.length) !== Math.floor(((k - 1) * most) / all.length) || all.length <= most,
  );

export interface PlantingOptions {
  /** Plantings of the stated strength to come to. */
  readonly enough?: number;
  /** Only the stated strength. */
  readonly statedOnly?: boolean;
  /** Told after each. */
  readonly planted?: () => void;
}

export async function outcomesOf(
  fault: Fault,
  bases: readonly Base[],
  picker: Picker,
  { enough = ENOUGH, statedOnly = false, planted }: PlantingOptions = {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [k, { value }] of fault.strengths.entries()) {
    if (statedOnly && value !== fault.stated) continue;
    const all = bases.filter((base) => fault.fits(base, value));
    const fitting = value === fault.stated ? all : evenly(all, ELSE);
    const draws = value === fault.stated ? Math.max(1, Math.min(MOST_DRAWS, Math.ceil(enough / fitting.length))) : 1;
    for (const base of fitting) {
      const before = judgementOf(base).findings;
      const i = bases.indexOf(base);
      for (let draw = 0; draw < draws; draw++) {
        const dice = watched(diceOf(...(draw === 0 ? [i, k] : [i, k, draw])));
        outcomes.push(await outcomeOf(fault, base, before, { strength: value, dice, picker }));
        planted?.();
        if (!dice.thrown) break; // planted again it would be the same
      }
    }
  }
  return outcomes;
}

/** Dice that know whether they were thrown. */
function watched(dice: Dice): Dice & { readonly thrown: boolean } {
  let thrown = false;
  return new Proxy(
    { ...dice, thrown },
    {
      get(all, name: keyof Dice | 'thrown') {
        if (name === 'thrown') return thrown;
        thrown = true;
        return all[name];
      },
    },
  );
}

async function outcomeOf(
  fault: Fault,
  base: Base,
  before: readonly Finding[],
  { strength, dice, picker }: { strength: number; dice: Dice; picker: Picker },
): Promise<Outcome> {
  const planted = fault.plant(base, strength, dice);
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
  const stated = outcomes.filter(({ strength }) => strength === fault.stated);
  const found = stated.filter((outcome) => outcome.found);
  const errors = stated.flatMap(({ error, base }) => (error === undefined ? [] : [{ error, base }]));
  const within = errors.filter(({ error, base }) => Math.abs(error) <= (fault.estimate?.within(base) ?? 0));
  const warned = untouched.flatMap((base) => {
    const finding = warnings(judgementOf(base)).find(({ code }) => code === fault.code);
    return finding ? [{ base, isTrue: confirmation(base, finding).isTrue }] : [];
  });
  return {
    fault,
    rates: fault.strengths.map(({ label, value }) => {
      const these = outcomes.filter(({ strength }) => strength === value);
      return { label, shots: these.length, found: these.filter((outcome) => outcome.found).length };
    }),
    planted: stated.length,
    shots: new Set(stated.map(({ base }) => base)).size,
    detection: found.length / stated.length,
    named: found.filter(({ named }) => named).length / found.length,
    within: fault.estimate && errors.length > 0 ? within.length / errors.length : undefined,
    alarms: warned.flatMap(({ base, isTrue }) => (isTrue ? [] : [base])),
    trueWarnings: warned.filter(({ isTrue }) => isTrue).length,
    untouched: untouched.length,
  };
}
