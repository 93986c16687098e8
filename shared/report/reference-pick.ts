/**
 * A pick that came from a file. Formats name the trace in different ways, and each pick carries what its file gave; to find
 * the trace, try in this order: `file` and `trace`, `ffid` and `channel`, `sourcePoint` and `channel`, `source` and `receiver`.
 */
import type { Milliseconds, Samples } from '../units.ts';

/** Metres; what the file does not give is absent, `x` is along the line. */
export interface Place {
  readonly x: number;
  readonly y?: number;
  /** Up. */
  readonly z?: number;
}

/** Without `time` and `sample`: the trace was looked at and not picked. */
export interface ReferencePick {
  readonly file?: string;
  /** From 0 in the file. */
  readonly trace?: number;
  readonly ffid?: number;
  readonly channel?: number;
  readonly sourcePoint?: number;
  readonly source?: Place;
  readonly receiver?: Place;
  /** After the shot instant. */
  readonly time?: Milliseconds;
  /** Fractional index in the recorded trace. */
  readonly sample?: Samples;
  /** Standard error, where the file gives one. */
  readonly uncertainty?: Milliseconds;
  /** 0–1. */
  readonly confidence?: number;
  /** Why there is no pick. */
  readonly reason?: string;
  /** Separates repeated passes over the same trace. */
  readonly picker?: string;
}
