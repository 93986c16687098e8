/** From what is kept of a shot to what the page is told. */
import type { Pick } from '#shared/picks.ts';
import type { Branch } from '#shared/qc/moveout.ts';
import type { BranchJson, PickJson, ShotDetail, ShotRow } from './api-types.ts';
import { type EditState, pickAfter } from './edits.ts';
import { type ShotRecord, shotId } from './record.ts';

/** What the station knows of a shot besides its record. */
export interface Reception {
  readonly sequence: number;
  readonly receivedAt: string;
  readonly latencyMs: number | null;
  readonly firedAt: string;
}

/** ISO 8601. @param writtenMs of the file, ms since 1970 */
export function firedAt(recordedAt: string | undefined, writtenMs: number): string {
  const fired = new Date(recordedAt ?? Number.NaN);
  return (Number.isNaN(fired.getTime()) ? new Date(writtenMs) : fired).toISOString();
}

export const picksAfter = ({ picks, traces }: ShotRecord, { traces: edits }: EditState): readonly Pick[] =>
  picks.map((pick, i) => pickAfter(pick, edits.get(traces[i].index)));

export function rowOf(
  record: ShotRecord,
  state: EditState,
  { sequence, receivedAt, latencyMs, firedAt: fired }: Reception,
): ShotRow {
  const traces = record.traces.length;
  const picked = picksAfter(record, state).filter(({ kind }) => kind === 'picked').length;
  return {
    id: shotId(record.sha256, record.place),
    sequence,
    file: record.file,
    place: record.place,
    ffid: record.ffid ?? null,
    sourcePoint: record.sourcePoint ?? null,
    verdict: record.summary?.verdict ?? null,
    reason: record.summary?.reason ?? `${picked} of ${traces} traces picked`,
    traces,
    samples: record.samples,
    picked,
    receivedAt,
    recordedAt: record.recordedAt ?? null,
    firedAt: fired,
    latencyMs,
    accepted: state.decision ?? null,
    notes: state.notes,
    source: record.source ?? null,
    edited: state.traces.size,
    revision: state.revision,
    problem: null,
  };
}

export interface Surroundings {
  readonly previousAtSource: string | null;
  readonly available: boolean;
}

export function detailOf(row: ShotRow, record: ShotRecord, state: EditState, around: Surroundings): ShotDetail {
  const { summary, sampleInterval, firstSample } = record;
  return {
    ...row,
    ...around,
    sha256: record.sha256,
    format: record.format,
    recorder: record.recorder ?? null,
    model: record.model,
    sampleIntervalMs: sampleInterval,
    firstSampleMs: firstSample.time,
    firstSampleFrom: firstSample.from,
    periodMs: summary?.period ?? record.period ?? null,
    picks: picksJson(record, state),
    findings: summary?.findings ?? [],
    branches: (summary?.branches ?? []).map(branchJson),
    problems: record.problems,
    canUndo: state.canUndo,
    canRedo: state.canRedo,
  };
}

const branchJson = (branch: Branch): BranchJson => ({
  side: branch.side,
  fromM: branch.from,
  toM: branch.to,
  velocity: branch.velocity,
  velocityError: branch.velocityError,
  interceptMs: branch.intercept,
  interceptErrorMs: branch.interceptError,
});

function picksJson(record: ShotRecord, state: EditState): readonly PickJson[] {
  const standing = picksAfter(record, state);
  return record.traces.map(({ index, channel, offset, receiver }, i) => {
    const edit = state.traces.get(index);
    return {
      trace: index,
      channel,
      offsetM: offset ?? null,
      receiver: receiver ?? null,
      ...pickJson(standing[i]),
      edited: edit?.pick !== undefined,
      killed: edit?.killed ?? false,
      reversed: edit?.reversed ?? false,
      auto: pickJson(record.picks[i]),
    };
  });
}

const pickJson = (pick: Pick): PickJson['auto'] =>
  pick.kind === 'picked'
    ? { timeMs: pick.time, confidence: pick.confidence, status: 'picked', reason: null }
    : { timeMs: null, confidence: null, status: 'skipped', reason: pick.reason };
