/** The basic judgement of a shot: counts of bad channels, pick coverage and damage, held against the rules of `profile.ts`. */
import type { Problem } from '../errors.ts';
import type { TimedShot } from '../gather.ts';
import type { Pick } from '../picks.ts';
import { type TraceCondition, traceConditions } from '../signal/trace-condition.ts';
import type { Finding, Judgement, Severity, Verdict } from './finding.ts';
import { type NoiseLevel, noiseLevels } from './noise.ts';
import { DAMAGED, LOSSES, SHARE_RULES, type ShareCode, type ShareRule, TRACE_LIMITS } from './profile.ts';

/** `picks[i]` belongs to `shot.traces[i]`; `problems`: those of the file besides the shot's own. */
export function judgeShot(
  shot: TimedShot,
  picks: readonly Pick[],
  { problems = [] }: { problems?: readonly Problem[] } = {},
): Judgement {
  const facts = factsOf(shot, picks);
  const findings: Finding[] = [];
  for (const rule of SHARE_RULES) {
    const finding = shareFinding(rule, facts);
    if (finding) findings.push(finding);
  }
  const losses = [...problems, ...shot.problems].filter((problem) => LOSSES.has(problem.code));
  if (losses.length > 0) findings.push(damage(losses));
  const verdict = worst(findings);
  return { verdict, reason: reasonFor(verdict, findings, facts), findings };
}

interface TraceFacts {
  readonly index: number;
  readonly dead: boolean;
  readonly holds: Readonly<Record<ShareCode, boolean>>;
}

/** What is true of each seismic trace; auxiliary ones are not judged. */
function factsOf(shot: TimedShot, picks: readonly Pick[]): readonly TraceFacts[] {
  const conditions = traceConditions(shot);
  const levels = noiseLevels(shot, picks);
  const live = levels.filter((_, i) => shot.traces[i].kind === 'seismic' && !conditions[i].dead);
  const usual = median(live.flatMap((level) => (level && level.noise > 0 ? [level.noise] : [])));
  return shot.traces.flatMap((trace, i) =>
    trace.kind === 'auxiliary'
      ? []
      : [
          {
            index: trace.index,
            dead: conditions[i].dead,
            holds: traceHolds(conditions[i], levels[i], usual, picks[i]),
          },
        ],
  );
}

function traceHolds(
  condition: TraceCondition,
  level: NoiseLevel | undefined,
  usualNoise: number,
  pick: Pick,
): Record<ShareCode, boolean> {
  const noisy =
    level !== undefined &&
    decibels(level.noise / usualNoise) > TRACE_LIMITS.noiseAboveSpread &&
    decibels(level.signal / level.noise) < TRACE_LIMITS.noiseBelowSignal;
  return {
    'dead-traces': condition.dead,
    'non-finite-traces': condition.nonFinite > 0,
    'noisy-traces': noisy,
    'weak-traces': level !== undefined && decibels(level.signal / level.noise) < TRACE_LIMITS.weak,
    'clipped-traces': condition.clipped > TRACE_LIMITS.clipped,
    'spiky-traces': condition.spikes >= TRACE_LIMITS.spikes,
    'offset-traces': Math.abs(condition.dc) > TRACE_LIMITS.offset * condition.rms,
    'unpicked-traces': pick.kind !== 'picked',
  };
}

function shareFinding(rule: ShareRule & { code: ShareCode }, facts: readonly TraceFacts[]): Finding | undefined {
  const looked = rule.of === 'seismic traces' ? facts : facts.filter((trace) => !trace.dead);
  const counted = looked.filter((trace) => trace.holds[rule.code]);
  if (counted.length === 0) return undefined;
  const value = (100 * counted.length) / looked.length;
  const severity = severityOf(value, rule);
  return {
    code: rule.code,
    severity,
    traces: counted.map((trace) => trace.index),
    value: Math.round(value * 100) / 100,
    unit: `% of ${rule.of}`,
    threshold: severity === 'fail' ? rule.fail! : rule.warn,
    cause: rule.cause,
    advice: rule.advice,
  };
}

const severityOf = (value: number, { warn, fail }: ShareRule): Severity =>
  fail !== undefined && value > fail ? 'fail' : value > warn ? 'warn' : 'info';

const damage = (losses: readonly Problem[]): Finding => ({
  code: DAMAGED.code,
  severity: 'warn',
  traces: [],
  value: losses.length,
  unit: 'problems',
  threshold: 0,
  cause: `${DAMAGED.cause}: ${losses.map((problem) => problem.message).join('; ')}`,
  advice: DAMAGED.advice,
});

const RANK: Readonly<Record<Severity, number>> = { info: 0, warn: 1, fail: 2 };
const VERDICTS: readonly Verdict[] = ['pass', 'warn', 'fail'];
const worst = (findings: readonly Finding[]): Verdict =>
  VERDICTS[Math.max(0, ...findings.map((finding) => RANK[finding.severity]))];

function reasonFor(verdict: Verdict, findings: readonly Finding[], facts: readonly TraceFacts[]): string {
  const live = facts.filter((trace) => !trace.dead);
  const picked = live.filter((trace) => !trace.holds['unpicked-traces']).length;
  const summary = `${picked} of ${live.length} live traces picked`;
  if (facts.length === 0) return 'auxiliary traces only, nothing to judge';
  if (verdict === 'pass') return `${summary}.`;
  const reasons = findings
    .filter((finding) => VERDICTS[RANK[finding.severity]] === verdict)
    .map((finding) => sentence(finding, facts.length));
  return `${reasons.join('; ')}; ${summary}.`;
}

function sentence(finding: Finding, traces: number): string {
  const rule = SHARE_RULES.find(({ code }) => code === finding.code);
  return rule ? `${finding.traces.length} of ${traces} traces ${rule.what}` : `the record is damaged`;
}

const decibels = (ratio: number) => 20 * Math.log10(ratio);

/** 0 for an empty list. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? 0 : sorted[sorted.length >> 1];
}
