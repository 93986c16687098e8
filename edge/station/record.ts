/** A picked shot as the station keeps it: plain data that survives JSON, everything but the amplitudes; judged a moment later. */
import type { Problem } from '#shared/errors.ts';
import type { FirstSample, Format, Position, Shot, TimedShot, Trace } from '#shared/gather.ts';
import type { Pick, PickedShot } from '#shared/picks.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { type Milliseconds, ms, samples } from '#shared/units.ts';

export interface ShotRecord {
  readonly file: string;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  /** Place of the shot in its file, from 0. */
  readonly place: number;
  /** Of the amplitudes, by which the shot is known again in a file that has grown. */
  readonly amplitudes: string;
  readonly format: Format;
  readonly ffid?: number;
  readonly sourcePoint?: number;
  readonly recordedAt?: string;
  readonly recorder?: string;
  readonly source?: Position;
  readonly samples: number;
  readonly sampleInterval: Milliseconds;
  readonly firstSample: FirstSample;
  readonly traces: readonly Trace[];
  /** What the picker said; people's edits are kept apart. */
  readonly picks: readonly Pick[];
  /** Of the picker or model, and what computed it. */
  readonly model: string;
  readonly digest?: string;
  readonly runtime: string;
  readonly problems: readonly Problem[];
  /** Dominant, behind the picks. */
  readonly period?: Milliseconds;
  /** With verdict, reason, findings, branches; absent until the shot is judged. */
  readonly summary?: ShotSummary;
}

/** Shots that the next one may be held against. */
export const LOOKED_BACK = 20;

/** The same name for the same shot, whenever and wherever the file is met. */
export const shotId = (sha256: string, place: number): string => `${sha256.slice(0, 20)}-${place}`;

/** The shot without its amplitudes, as reports take it. */
export function shotOf(record: ShotRecord): TimedShot {
  const { ffid, sourcePoint, recordedAt, recorder, source, sampleInterval, firstSample, traces, problems } = record;
  return {
    ffid,
    ...(sourcePoint !== undefined && { sourcePoint }),
    ...(recordedAt !== undefined && { recordedAt }),
    ...(recorder !== undefined && { recorder }),
    ...(source !== undefined && { source }),
    amplitudes: new Float32Array(0),
    samples: samples(record.samples),
    sampleInterval: ms(sampleInterval),
    firstSample,
    traces,
    problems,
  };
}

/** The same properties of a shot as it was read. */
export const headOf = (shot: Shot) => ({
  ...(shot.ffid !== undefined && { ffid: shot.ffid }),
  ...(shot.sourcePoint !== undefined && { sourcePoint: shot.sourcePoint }),
  ...(shot.recordedAt !== undefined && { recordedAt: shot.recordedAt }),
  ...(shot.recorder !== undefined && { recorder: shot.recorder }),
  ...(shot.source !== undefined && { source: shot.source }),
  samples: shot.samples,
  firstSample: shot.firstSample,
  traces: shot.traces,
});

/** With the picks that stand. */
export const pickedOf = (record: ShotRecord, picks: readonly Pick[]): PickedShot => ({
  file: record.file,
  shot: shotOf(record),
  picks,
  model: record.model,
});
