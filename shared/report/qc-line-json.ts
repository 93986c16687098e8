/** What was found over lines of shots, as JSON, schema `firstbreak.qc-lines/1`: findings, and the numbers they rest on. */
import type { Position } from '../gather.ts';
import type { Finding, Verdict } from '../qc/finding.ts';
import { coverageOf } from '../qc/line/coverage.ts';
import type { Station } from '../qc/line/summary.ts';
import { timeZeros } from '../qc/line/trigger-drift.ts';
import { middle } from '../qc/middle.ts';
import type { Profile } from '../qc/profile.ts';
import type { PageLine } from './qc-page.ts';

export const LINES_SCHEMA = 'firstbreak.qc-lines/1';

export interface LinesJson {
  readonly schema: typeof LINES_SCHEMA;
  /** Of the thresholds. */
  readonly profile: string;
  readonly lines: readonly LineJson[];
}

interface ReceiverJson {
  readonly channel: number | null;
  readonly position: Position | null;
}

/** `shots` are places in the list of the line. */
interface LineFindingJson extends Omit<Finding, 'traces'> {
  readonly shots: readonly number[];
  readonly receivers: readonly ReceiverJson[];
}

/** Times in ms, velocities in m/s, distances in m, levels in dB about the usual of the line; null where nothing is known. */
export interface LineJson {
  readonly name: string;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly findings: readonly LineFindingJson[];
  readonly shots: readonly {
    readonly file: string;
    readonly ffid: number | null;
    readonly verdict: Verdict;
    readonly timeZeroMs: number | null;
    readonly energyDb: number | null;
    readonly noiseDb: number | null;
    readonly branches: readonly {
      readonly side: number;
      readonly fromM: number;
      readonly toM: number;
      readonly velocity: number;
      readonly velocityError: number;
      readonly interceptMs: number;
      readonly interceptErrorMs: number;
    }[];
  }[];
  readonly timeZeroFrom: string;
  readonly receivers: readonly (ReceiverJson & {
    readonly residualMs: number | null;
    readonly noiseDb: number | null;
  })[];
  readonly reciprocity: { readonly pairs: number; readonly medianDifferenceMs: number | null };
  readonly coverage: readonly {
    readonly fromM: number;
    readonly toM: number;
    readonly traces: number;
    readonly picked: number;
  }[];
}

export const linesJson = (lines: readonly PageLine[], profile: Profile): LinesJson => ({
  schema: LINES_SCHEMA,
  profile: profile.name,
  lines: lines.map((line) => lineJson(line, profile)),
});

function lineJson({ name, facts, judgement }: PageLine, profile: Profile): LineJson {
  const { shots, stations, residuals, energy, noise, reciprocity } = facts;
  const zeros = timeZeros(facts, profile);
  const { verdict, reason, findings } = judgement;
  return {
    name,
    verdict,
    reason,
    findings: findings.map(({ traces: _, receivers, ...finding }) => ({
      ...finding,
      receivers: receivers.map(receiverJson),
    })),
    shots: shots.map(({ file, ffid, verdict: own, branches }, i) => ({
      file,
      ffid: ffid ?? null,
      verdict: own,
      timeZeroMs: rounded(zeros.values[i]),
      energyDb: rounded(energy.shots[i]),
      noiseDb: rounded(noise.shots[i]),
      branches: branches.map((branch) => ({
        side: branch.side,
        fromM: rounded(branch.from)!,
        toM: rounded(branch.to)!,
        velocity: rounded(branch.velocity)!,
        velocityError: rounded(branch.velocityError)!,
        interceptMs: rounded(branch.intercept)!,
        interceptErrorMs: rounded(branch.interceptError)!,
      })),
    })),
    timeZeroFrom: zeros.from,
    receivers: stations.list.map((station, i) => ({
      ...receiverJson(station),
      residualMs: rounded(residuals.stations[i]),
      noiseDb: rounded(noise.stations[i]),
    })),
    reciprocity: {
      pairs: reciprocity.pairs.length,
      medianDifferenceMs: rounded(middle(reciprocity.rest.map(Math.abs))),
    },
    coverage: coverageOf(shots).map(({ from, to, traces, picked }) => ({ fromM: from, toM: to, traces, picked })),
  };
}

const receiverJson = ({ channel, at }: Station): ReceiverJson => ({ channel: channel ?? null, position: at ?? null });

const rounded = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Math.round(value * 100) / 100;
