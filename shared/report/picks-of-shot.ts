/** Picks read from a file, laid onto the traces of a shot: by file and trace, by FFID and channel, or by positions. */
import type { Position, Shot, Trace } from '../gather.ts';
import type { Pick, SkipReason } from '../picks.ts';
import { type Milliseconds, ms } from '../units.ts';
import { matchFiles } from './match-files.ts';
import type { Place, ReferencePick } from './reference-pick.ts';

/**
 * `result[i]` belongs to `shot.traces[i]`; undefined where the table says nothing of the trace. The first row of a trace
 * stands. `file`: as the shot's file is called, to find it among those of the table.
 */
export function picksOfShot(rows: readonly ReferencePick[], shot: Shot, file: string): readonly (Pick | undefined)[] {
  const files = [...new Set(rows.flatMap((row) => row.file ?? []))];
  const match = matchFiles([file], files).get(file);
  const ours = match?.kind === 'one' ? match.file : undefined;
  const usable = rows.filter((row) => row.file === undefined || row.file === ours);
  const byKey = new Map<string, ReferencePick>();
  for (const row of usable) for (const key of keysOf(row)) if (!byKey.has(key)) byKey.set(key, row);
  return shot.traces.map((trace) => {
    const key = keysOfTrace(shot, trace).find((candidate) => byKey.has(candidate));
    const row = key === undefined ? undefined : byKey.get(key);
    return row && pickOf(row, shot, trace);
  });
}

const byTrace = (trace: number) => `trace ${trace}`;
const byChannel = (ffid: number, channel: number) => `ffid ${ffid} ${channel}`;
const byPoint = (point: number, channel: number) => `point ${point} ${channel}`;
/** Positions agree to the decimetre. */
const byPlaces = (source: Place, receiver: Place) =>
  `places ${[source, receiver].map(({ x, y = 0 }) => `${Math.round(x * 10)} ${Math.round(y * 10)}`).join(' ')}`;

function keysOf({ trace, ffid, channel, sourcePoint, source, receiver }: ReferencePick): string[] {
  if (trace !== undefined) return [byTrace(trace)];
  if (ffid !== undefined && channel !== undefined) return [byChannel(ffid, channel)];
  if (source && receiver) return [byPlaces(source, receiver)];
  return sourcePoint !== undefined && channel !== undefined ? [byPoint(sourcePoint, channel)] : [];
}

function keysOfTrace(shot: Shot, trace: Trace): string[] {
  const place = ({ x, y }: Position): Place => ({ x, y });
  return [
    byTrace(trace.index),
    ...(shot.ffid === undefined ? [] : [byChannel(shot.ffid, trace.channel)]),
    ...(shot.source && trace.receiver ? [byPlaces(place(shot.source), place(trace.receiver))] : []),
    ...(shot.sourcePoint === undefined ? [] : [byPoint(shot.sourcePoint, trace.channel)]),
  ];
}

const REASONS: readonly SkipReason[] = ['dead', 'auxiliary', 'low-confidence', 'removed'];

function pickOf(row: ReferencePick, shot: Shot, trace: Trace): Pick | undefined {
  const time = timeOf(row, shot, trace);
  if (time !== undefined) return { kind: 'picked', time, confidence: row.confidence ?? 1 };
  const reason = REASONS.find((known) => known === row.reason);
  return reason && { kind: 'skipped', reason };
}

function timeOf({ time, sample }: ReferencePick, shot: Shot, trace: Trace): Milliseconds | undefined {
  if (time !== undefined || sample === undefined || shot.sampleInterval === undefined) return time;
  return ms(shot.firstSample.time + (trace.start + sample) * shot.sampleInterval);
}
