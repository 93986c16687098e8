/**
 * Which traces belong to one shot: those that follow each other under one field record number. Files that leave that number constant
 * are divided where the source point or the source position changes, unless those count traces rather than shots.
 */
import { type ByteSource, bytesAt } from '../../source.ts';
import { TRACE_HEADER, TRACE_HEADER_BYTES } from './headers.ts';
import type { TraceFacts } from './trace-facts.ts';
import { fixedTraces, int32, type TraceLayout, traceBytes } from './trace-layout.ts';

export interface ShotKey {
  readonly bySourcePoint: boolean;
  readonly bySourcePosition: boolean;
}

export const sameShot = (key: ShotKey, a: TraceFacts, b: TraceFacts): boolean =>
  a.ffid === b.ffid &&
  (!key.bySourcePoint || a.sourcePoint === b.sourcePoint) &&
  (!key.bySourcePosition || (a.sourceX === b.sourceX && a.sourceY === b.sourceY));

/** Places in the file at which two neighbouring traces are compared; fewer where each read is a round trip. */
const PROBES = 24;
const REMOTE_PROBES = 6;

/** Looks at neighbouring trace headers spread over the file, or over its beginning where traces differ in length. */
export async function shotKey(source: ByteSource, layout: TraceLayout): Promise<ShotKey> {
  const step = traceBytes(layout, layout.samples);
  const traces = fixedTraces(layout);
  const probes = source.readSync ? PROBES : REMOTE_PROBES;
  const starts = new Set(
    Array.from({ length: probes }, (_, i) => (layout.fixed ? Math.floor((i * (traces - 1)) / probes) : i)),
  );
  const pairs = await Promise.all(
    [...starts]
      .filter((trace) => trace >= 0 && trace + 1 < traces)
      .map(async (trace) => [
        await keyAt(source, layout, layout.first + trace * step),
        await keyAt(source, layout, layout.first + (trace + 1) * step),
      ]),
  );
  const varies = (part: keyof Key) => new Set(pairs.flat().map((key) => key[part])).size > 1;
  const counts = (part: keyof Key) => pairs.filter(([a, b]) => a[part] !== b[part]).length > pairs.length / 2;
  if (varies('ffid')) return { bySourcePoint: false, bySourcePosition: false };
  const bySourcePoint = !counts('sourcePoint');
  return { bySourcePoint, bySourcePosition: !(bySourcePoint && varies('sourcePoint')) && !counts('position') };
}

/** Traces of the first shot, found by doubling and halving; an estimate where the key comes back later in the file. */
export async function firstShotTraces(source: ByteSource, layout: TraceLayout, key: ShotKey): Promise<number> {
  const step = traceBytes(layout, layout.samples);
  const traces = fixedTraces(layout);
  const first = await keyAt(source, layout, layout.first);
  const same = async (trace: number) => {
    const other = await keyAt(source, layout, layout.first + trace * step);
    return (
      other.ffid === first.ffid &&
      (!key.bySourcePoint || other.sourcePoint === first.sourcePoint) &&
      (!key.bySourcePosition || other.position === first.position)
    );
  };
  let inside = 0;
  let outside = 1;
  while (outside < traces && (await same(outside))) [inside, outside] = [outside, 2 * outside];
  outside = Math.min(outside, traces);
  while (outside - inside > 1) {
    const middle = (inside + outside) >> 1;
    if (await same(middle)) inside = middle;
    else outside = middle;
  }
  return outside;
}

interface Key {
  readonly ffid: number;
  readonly sourcePoint: number;
  readonly position: string;
}

async function keyAt(source: ByteSource, layout: TraceLayout, at: number): Promise<Key> {
  const bytes = new Uint8Array(TRACE_HEADER_BYTES);
  bytes.set(await bytesAt(source, at, TRACE_HEADER_BYTES));
  const view = new DataView(bytes.buffer);
  const read = (field: 'ffid' | 'sourcePoint' | 'sourceX' | 'sourceY') =>
    int32(TRACE_HEADER[field], view, 0, layout.order === 'little');
  return { ffid: read('ffid'), sourcePoint: read('sourcePoint'), position: `${read('sourceX')} ${read('sourceY')}` };
}
