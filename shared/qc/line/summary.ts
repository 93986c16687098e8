/**
 * A shot as a line keeps it: plain data that survives JSON, no amplitudes, a dozen numbers a trace. Judgements over many shots,
 * and those of one shot against the shots before it, look at nothing else, so a line of any length fits in memory.
 */
import type { Position } from '../../gather.ts';
import type { Metres, Milliseconds } from '../../units.ts';
import type { Finding, Judgement, Remark, Verdict } from '../finding.ts';
import type { Branch, Side } from '../moveout.ts';

/** One seismic trace; auxiliary ones are left out. */
export interface TraceSummary {
  /** Place in the file, as in `Finding.traces`. */
  readonly index: number;
  readonly channel: number;
  readonly receiver?: Position;
  /** From the source, never negative; absent where the geometry is not known or not to be believed. */
  readonly distance?: Metres;
  /** Nothing was recorded. */
  readonly dead: boolean;
  /** +1 towards rising positions or channels from the source, −1 towards falling ones. */
  readonly side: Side;
  /** The first break; absent: not picked. */
  readonly time?: Milliseconds;
  /** 0–1. */
  readonly confidence?: number;
  /** Time minus that of the moveout model of the shot. */
  readonly residual?: Milliseconds;
  /** Root mean square before and after the first break, in `ShotSummary.unit`. */
  readonly noise?: number;
  readonly signal?: number;
}

export interface ShotSummary {
  readonly file: string;
  readonly ffid?: number;
  readonly sourcePoint?: number;
  /** ISO 8601, as far as the file tells. */
  readonly recordedAt?: string;
  readonly recorder?: string;
  readonly source?: Position;
  readonly samples: number;
  readonly sampleInterval: Milliseconds;
  readonly firstSample: Milliseconds;
  /** Dominant period of the gather. */
  readonly period?: Milliseconds;
  /** Of noise and signal: that of the recorder's descaling factors, or `stored`. */
  readonly unit: string;
  /** The same for shots with the same samples, whatever their headers say. */
  readonly digest: string;
  readonly traces: readonly TraceSummary[];
  /** Of its moveout model; none where nothing can be fitted. */
  readonly branches: readonly Branch[];
  readonly verdict: Verdict;
  readonly reason: string;
  readonly findings: readonly Finding[];
}

/** What the earlier shots of the line tell a judgement of the next one; the latest last. */
export interface LineContext {
  readonly shots: readonly ShotSummary[];
}

/** A receiver of the line: a place where the geometry is known, else a channel. */
export interface Station {
  readonly channel?: number;
  readonly at?: Position;
}

/** What a finding of a line is about, besides what every finding has. */
interface Concerned {
  /** Places in the line, from 0; empty when it is the whole line. */
  readonly shots: readonly number[];
  readonly receivers: readonly Station[];
}

/** As a finding of a shot, about several; `traces` is empty. */
export type LineFinding = Finding & Concerned;
export type LineRemark = Remark & Concerned;

export interface LineJudgement extends Omit<Judgement, 'findings'> {
  readonly findings: readonly LineFinding[];
}
