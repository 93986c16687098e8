/** Faults of whole shots, planted in made shots and in open field shots: found, named, measured, and none seen in the untouched ones. */
import { beforeAll, describe, expect, it } from 'vitest';
import { classicalPicker } from '#shared/picking/classical.ts';
import type { ShotFacts } from '#shared/qc/facts.ts';
import { factsOf } from '#shared/qc/facts.ts';
import type { Finding } from '#shared/qc/finding.ts';
import type { LineContext } from '#shared/qc/line/summary.ts';
import { PROFILES } from '#shared/qc/profile.ts';
import { SHOT_JUDGES } from '#shared/qc/shot/judges.ts';
import { diceOf } from '../../training/synthetic/dice.ts';
import { basesFor } from './faults/bases.ts';
import type { Base } from './faults/fault.ts';
import { SHOT_FAULTS } from './faults/shot-faults.ts';

const field = process.env.FIRSTBREAK_FIELD_DATA;

/** Of a busy machine. */
const PATIENCE = 300_000;

let bases: readonly Base[];
beforeAll(async () => {
  bases = await basesFor(classicalPicker, { field, each: 10, synthetic: 16 });
}, PATIENCE);

const judged = (facts: ShotFacts): readonly Finding[] =>
  SHOT_JUDGES.flatMap((judge) => judge(facts, PROFILES.refraction)).filter(({ severity }) => severity !== 'info');
const findings = (base: Base, line?: LineContext) => judged(factsOf(base.shot, base.picks, { line }));

const BAR = 0.95;
/** What is reached of the bar at the stated strength where it is not yet; docs/qc.md has the whole table. */
const REACHED: Readonly<Record<string, number>> = {
  'source stated along the line': 0.87,
  'lengths off by a factor, one shot by itself': 0.86,
  'sample interval off by a factor, in a line': 0.92,
  'spread turned round or mis-sorted': 0.91,
  'weak source, in a line': 0.83,
  'record begins too late': 0.82,
};

/** What is said of the untouched shot; kept, for each fault asks. */
const known = new WeakMap<Base, ReadonlySet<string>>();
function codesBefore(base: Base): ReadonlySet<string> {
  const codes = known.get(base) ?? new Set(findings(base).map(({ code }) => code));
  known.set(base, codes);
  return codes;
}

describe(`planted (${field === undefined ? 'made shots only: FIRSTBREAK_FIELD_DATA is not set' : 'made and field shots'})`, () => {
  it.each(SHOT_FAULTS.map((fault) => [fault.name, fault] as const))(
    '%s',
    async (_, fault) => {
      const missed: string[] = [];
      const misnamed: string[] = [];
      const off: string[] = [];
      let planted = 0;
      for (const [i, base] of bases.entries()) {
        const before = codesBefore(base);
        for (const [k, { value, label }] of fault.strengths.entries()) {
          if (value !== fault.stated || !fault.fits(base, value)) continue;
          planted++;
          const harmed = fault.plant(base, value, diceOf(i, k));
          const picks = harmed.picks === 'again' ? await classicalPicker.pick(harmed.shot) : harmed.picks;
          const after = judged(factsOf(harmed.shot, picks, { line: harmed.line }));
          const finding = after.find(({ code }) => code === fault.code);
          const where = `${base.set} ${base.file} ${label}`;
          const covered = harmed.traces.filter((trace) => finding?.traces.includes(trace)).length;
          if (!finding || covered < 0.8 * harmed.traces.length) {
            missed.push(where);
            continue;
          }
          const blamed = after.filter(
            ({ code }) => code !== fault.code && !fault.also?.includes(code) && !before.has(code),
          );
          if (blamed.length > 0 || fault.cause?.test(finding.cause) === false)
            misnamed.push(`${where}: ${blamed.map(({ code }) => code)} ${finding.cause}`);
          if (
            harmed.truth !== undefined &&
            fault.estimate &&
            Math.abs(finding.value - harmed.truth) > fault.estimate.within(base)
          )
            off.push(`${where}: ${finding.value} for ${harmed.truth}`);
        }
      }
      expect(planted).toBeGreaterThan(0);
      const found = planted - missed.length;
      expect(found / planted, missed.join('; ')).toBeGreaterThanOrEqual(REACHED[fault.name] ?? BAR);
      expect((found - misnamed.length) / found, misnamed.join('; ')).toBeGreaterThanOrEqual(0.9);
      expect(off.length / found, off.join('; ')).toBeLessThanOrEqual(0.05);
    },
    PATIENCE,
  );
});

/** Picks of noisy shots are doubtful, and some of them wrong: that is so, and the classical picker says it. */
const ABOUT_PICKS = new Set(['low-confidence', 'suspect-picks']);

describe('untouched shots', () => {
  it('at most one in fifty is blamed for any fault of a whole shot', () => {
    const counts = new Map<string, string[]>();
    for (const base of bases)
      for (const { code } of findings(base))
        if (!ABOUT_PICKS.has(code)) counts.set(code, [...(counts.get(code) ?? []), `${base.set} ${base.file}`]);
    for (const [code, blamed] of counts)
      expect(blamed.length / bases.length, `${code}: ${blamed.join('; ')}`).toBeLessThanOrEqual(0.02);
  });
});

describe.skipIf(field === undefined)('real shots (skipped unless FIRSTBREAK_FIELD_DATA names a folder)', () => {
  const codesOf = (set: string) =>
    bases
      .filter((base) => base.set === set)
      .map((base) => ({ file: base.file, codes: findings(base).map(({ code }) => code) }));

  it('SUMMIT records are not called mistimed', () => {
    const shots = codesOf('unpicked-dmt-summit');
    expect(shots).toHaveLength(5);
    for (const { codes } of shots) expect(codes).not.toContain('trigger-time-error');
  });

  it('swprocess records, pre-trigger and a faint first break, are called doubtful and never mistimed', () => {
    const shots = codesOf('unpicked-swprocess-wghs');
    expect(shots).toHaveLength(10);
    expect(shots.filter(({ codes }) => codes.includes('low-confidence')).length).toBeGreaterThanOrEqual(5);
    for (const { codes } of shots) expect(codes).not.toContain('trigger-time-error');
  });
});
