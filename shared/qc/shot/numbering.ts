/** The shot among those before it: the same samples twice, a number used twice or skipped, a clock that jumped. */
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import type { ShotSummary } from '../line/summary.ts';
import { middle } from '../middle.ts';
import { tenths } from './numbers.ts';
import { ownSummary } from './own-summary.ts';

export const duplicateShot: Judge = (facts): readonly Remark[] => {
  const { shots = [] } = facts.line ?? {};
  if (shots.length === 0 || facts.live.length === 0) return [];
  const own = ownSummary(facts);
  const twin = shots.find(({ digest, samples }) => digest === own.digest && samples === own.samples);
  if (!twin) return [];
  return [
    {
      code: 'duplicate-shot',
      severity: 'warn',
      traces: [],
      value: 1,
      unit: 'shots',
      threshold: 0,
      cause: `the samples are those of ${nameOf(twin)}: a file copied under another name or number`,
      advice: 'keep one of the two; look for the shot that is missing',
      says: `the samples are those of ${nameOf(twin)}`,
    },
  ];
};

export const ffidOrder: Judge = (facts): readonly Remark[] => {
  const { shots = [] } = facts.line ?? {};
  const { ffid } = facts.shot;
  if (ffid === undefined || shots.length === 0) return [];
  const { digest } = ownSummary(facts);
  const namesake = shots.find((other) => other.ffid === ffid && other.digest !== digest);
  if (namesake)
    return [
      remarkOf(0, 0, `FFID ${ffid} is also that of ${namesake.file}, another shot`, `FFID ${ffid} is used twice`),
    ];
  const step = usualStep(shots.slice(-ENOUGH));
  const before = shots.at(-1)!.ffid!;
  if (step === undefined || ffid === before + step) return [];
  const off = ffid - before - step;
  return [
    remarkOf(
      off,
      0,
      `FFID ${before + step} was expected after ${before}, found ${ffid}: shots are missing, or the counter was set by hand`,
      `FFID ${ffid} follows ${before}`,
    ),
  ];
};

/** Shots whose numbers show the step. */
const ENOUGH = 5;

/** undefined: the numbers do not follow one step, so no break of it can be seen. */
function usualStep(shots: readonly ShotSummary[]): number | undefined {
  if (shots.length < ENOUGH) return undefined;
  const steps = shots.slice(1).map(({ ffid }, k) => (ffid ?? Number.NaN) - (shots[k].ffid ?? Number.NaN));
  return steps[0] !== 0 && steps.every((step) => step === steps[0]) ? steps[0] : undefined;
}

const remarkOf = (value: number, threshold: number, cause: string, says: string): Remark => ({
  code: 'ffid-order',
  severity: 'warn',
  traces: [],
  value,
  unit: 'numbers off',
  threshold,
  cause,
  advice: 'compare with the notes and correct the number before the line is processed',
  says,
});

export const clockGap: Judge = (facts, { limits }): readonly Remark[] => {
  const times = (facts.line?.shots ?? []).flatMap(({ recordedAt }) => instant(recordedAt) ?? []);
  const own = instant(facts.shot.recordedAt);
  if (own === undefined || times.length < ENOUGH - 1) return [];
  const pauses = times.slice(1).map((time, k) => time - times[k]);
  // Only where the shots so far came in the order of their clock does a jump mean something.
  if (pauses.some((pause) => pause < 0)) return [];
  const pause = (own - times.at(-1)!) / 1000;
  const limit = limits['clock-gap.warn'];
  if (pause >= 0 && pause <= limit) return [];
  return [
    {
      code: 'clock-gap',
      severity: 'warn',
      traces: [],
      value: tenths(pause),
      unit: 's',
      threshold: pause < 0 ? 0 : limit,
      cause: `the clock ${pause < 0 ? 'went back' : 'jumped'} by ${wordsFor(Math.abs(pause))} since the shot before, where ${wordsFor((middle(pauses) ?? 0) / 1000)} is usual: set anew, or lost its battery or satellites`,
      advice: 'check the clock of the recorder against another one; correct the times before data are cut by them',
      says: `the clock ${pause < 0 ? 'went back' : 'jumped'} by ${wordsFor(Math.abs(pause))}`,
    },
  ];
};

function instant(text: string | undefined): number | undefined {
  // Recorders write the time of their own clock: the zone does not matter, as long as it is one.
  const time = text === undefined ? Number.NaN : Date.parse(/[Zz]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function wordsFor(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

const nameOf = ({ file, ffid }: ShotSummary): string => (ffid === undefined ? file : `FFID ${ffid} (${file})`);
