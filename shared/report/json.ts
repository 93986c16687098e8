/** Picks of one file as JSON, schema `firstbreak.picks/1`: times in ms after the shot, `null` where there is none. */
import { RecordError } from '../errors.ts';
import type { Format } from '../gather.ts';
import { type PickedShot, recordedSample } from '../picks.ts';
import type { Finding, Judgement, Verdict } from '../qc/finding.ts';
import { ms, samples } from '../units.ts';
import type { ReferencePick } from './reference-pick.ts';

export const SCHEMA = 'firstbreak.picks/1';

export interface PicksJson {
  readonly schema: typeof SCHEMA;
  readonly file: string;
  /** Of the file's bytes, hexadecimal; null when it was not worked out. */
  readonly sha256: string | null;
  readonly format: Format | null;
  /** `digest` is null for pickers that are code, not weights. */
  readonly model: { readonly name: string; readonly digest: string | null };
  readonly runtime: string | null;
  readonly shots: readonly ShotJson[];
}

export interface ShotJson {
  readonly ffid: number | null;
  readonly sampleIntervalMs: number | null;
  readonly firstSampleMs: number;
  readonly picks: readonly PickJson[];
  readonly qc?: { readonly verdict: Verdict; readonly findings: readonly Finding[] };
}

export interface PickJson {
  readonly trace: number;
  readonly channel: number;
  readonly offsetM: number | null;
  readonly timeMs: number | null;
  readonly sample: number | null;
  readonly confidence: number | null;
  readonly status: 'picked' | 'skipped';
  readonly reason: string | null;
}

/** What the shots themselves do not tell. */
export interface PicksSource {
  readonly file: string;
  readonly sha256?: string;
  readonly format?: Format;
  readonly model: { readonly name: string; readonly digest?: string };
  readonly runtime?: string;
}

/** `judgements[i]` belongs to `shots[i]`. */
export function picksJson(
  { file, sha256, format, model, runtime }: PicksSource,
  shots: readonly PickedShot[],
  judgements: readonly (Judgement | undefined)[] = [],
): PicksJson {
  return {
    schema: SCHEMA,
    file,
    sha256: sha256 ?? null,
    format: format ?? null,
    model: { name: model.name, digest: model.digest ?? null },
    runtime: runtime ?? null,
    shots: shots.map((picked, i) => shotJson(picked, judgements[i])),
  };
}

function shotJson({ shot, picks }: PickedShot, judgement: Judgement | undefined): ShotJson {
  return {
    ffid: shot.ffid ?? null,
    sampleIntervalMs: shot.sampleInterval ?? null,
    firstSampleMs: shot.firstSample.time,
    picks: shot.traces.map((trace, i): PickJson => {
      const pick = picks[i];
      const known = { trace: trace.index, channel: trace.channel, offsetM: rounded(trace.offset, 3) };
      return pick.kind === 'picked'
        ? {
            ...known,
            timeMs: rounded(pick.time, 4),
            sample: rounded(recordedSample(shot, trace, pick.time), 3),
            confidence: rounded(pick.confidence, 3),
            status: 'picked',
            reason: null,
          }
        : { ...known, timeMs: null, sample: null, confidence: null, status: 'skipped', reason: pick.reason };
    }),
    ...(judgement && { qc: { verdict: judgement.verdict, findings: judgement.findings } }),
  };
}

const rounded = (value: number | undefined, places: number): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Number(value.toFixed(places));

/**
 * Reads what `picksJson` made, or an array of it.
 * @throws RecordError `malformed`
 */
export function readPicksJson(text: string, file = 'picks'): ReferencePick[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RecordError('malformed', file, `expected JSON, found ${(cause as Error).message}`, { cause });
  }
  return [value].flat().flatMap((record) => {
    if (!isPicksJson(record))
      throw new RecordError('malformed', file, `expected the schema ${SCHEMA}, found ${schemaOf(record)}`);
    return record.shots.flatMap((shot) =>
      shot.picks.map((pick) => ({
        file: record.file,
        trace: pick.trace,
        channel: pick.channel,
        ...(shot.ffid !== null && { ffid: shot.ffid }),
        ...(pick.timeMs !== null && { time: ms(pick.timeMs) }),
        ...(pick.sample !== null && { sample: samples(pick.sample) }),
        ...(pick.confidence !== null && { confidence: pick.confidence }),
        ...(pick.reason !== null && { reason: pick.reason }),
      })),
    );
  });
}

function isPicksJson(value: unknown): value is PicksJson {
  const { schema, shots } = (value ?? {}) as Partial<PicksJson>;
  return schema === SCHEMA && Array.isArray(shots) && shots.every((shot) => Array.isArray(shot?.picks));
}

const schemaOf = (value: unknown) => JSON.stringify((value as Partial<PicksJson> | null)?.schema ?? null);
