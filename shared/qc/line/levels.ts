/** How strong the sources and how loud the noise were along a line: single shots that stand out, and changes from end to end. */
import type { Decibels } from '../../units.ts';
import { changeOf, isChange } from './change.ts';
import type { LineFacts } from './facts.ts';
import type { LineJudge } from './judges.ts';
import type { LineRemark } from './summary.ts';
import { count, signed, tenths } from './words.ts';

/** Fewer shots have no usual level. */
const ENOUGH = 5;

export const weakSources: LineJudge = ({ energy }, { limits }) =>
  standOut(energy.shots, {
    code: 'weak-sources',
    side: -1,
    threshold: limits['weak-sources.below-line'],
    unit: 'dB below the line',
    cause: 'a misfire, a bad blow, a source badly coupled, or fewer stacks than elsewhere',
    advice: 'shoot these again, with more stacks',
    says: 'much weaker than the line',
  });

export const noisyShots: LineJudge = ({ noise }, { limits }) =>
  standOut(noise.shots, {
    code: 'noisy-shots',
    side: 1,
    threshold: limits['noisy-shots.above-line'],
    unit: 'dB above the line',
    cause: 'wind, rain, traffic or people on the line during these shots',
    advice: 'shoot these again in a quiet minute where their picks are poor',
    says: 'much noisier than the line',
  });

export const sourceEnergyChange: LineJudge = (line, { limits }) =>
  change(line, line.energy.shots, {
    code: 'source-energy-change',
    threshold: limits['source-energy-change.change'],
    what: 'the signal',
    cause: (falls) =>
      falls
        ? 'a source that tires or is worn, softer ground, or a lowered gain'
        : 'harder ground, another source, or a raised gain',
    advice: 'keep the far first breaks strong enough: more stacks on soft ground; note every change of source and gain',
  });

export const noiseChange: LineJudge = (line, { limits }) =>
  change(line, line.noise.shots, {
    code: 'noise-change',
    threshold: limits['noise-change.change'],
    what: 'the noise',
    cause: (falls) =>
      falls ? 'wind or traffic that died down, or a lowered gain' : 'rising wind, traffic, or a raised gain',
    advice: 'wait for quiet or stack more where the noise is high; note every change of gain',
  });

interface Standing extends Pick<LineRemark, 'code' | 'threshold' | 'unit' | 'cause' | 'advice' | 'says'> {
  readonly side: 1 | -1;
}

/** One finding for all shots beyond the threshold; its value is that of the farthest. */
function standOut(
  levels: readonly (Decibels | number | undefined)[],
  { side, says, ...rule }: Standing,
): readonly LineRemark[] {
  if (levels.filter((level) => level !== undefined).length < ENOUGH) return [];
  const shots = levels.flatMap((level, i) => (level !== undefined && side * level > rule.threshold ? [i] : []));
  if (shots.length === 0) return [];
  const value = tenths(Math.max(...shots.map((i) => side * levels[i]!)));
  const who = shots.length === 1 ? '1 shot is' : `${shots.length} shots are`;
  return [{ ...rule, severity: 'warn', traces: [], shots, receivers: [], value, says: `${who} ${says}` }];
}

interface Changing extends Pick<LineRemark, 'code' | 'threshold' | 'advice'> {
  readonly what: string;
  readonly cause: (falls: boolean) => string;
}

function change(
  { shots }: LineFacts,
  levels: readonly (number | undefined)[],
  { what, cause, ...rule }: Changing,
): readonly LineRemark[] {
  const found = changeOf(levels);
  if (!isChange(found, rule.threshold)) return [];
  const { kind, amount, at } = found;
  const how =
    kind === 'drift'
      ? `drifts over ${count(shots.length, 'shot')}`
      : `changes at once at shot ${at + 1} of ${shots.length}`;
  return [
    {
      ...rule,
      severity: 'warn',
      traces: [],
      shots: kind === 'drift' ? [] : [at],
      receivers: [],
      value: tenths(amount),
      unit: 'dB',
      cause: `${what} ${how}: ${cause(amount < 0)}`,
      says: `${what} changes by ${signed(amount)} dB along the line`,
    },
  ];
}
