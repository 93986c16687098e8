/**
 * Which traces belong to one shot: those of one field record number, which usually follow each other. Files that leave that number
 * constant are divided where the source point or the source position changes, unless those count traces rather than shots.
 */
import type { Problem } from '../../errors.ts';
import type { OpenOptions } from '../../gather.ts';
import { type ByteSource, bytesAt } from '../../source.ts';
import { TRACE_HEADER, TRACE_HEADER_BYTES } from './headers.ts';
import { ordered } from './shot-order.ts';
import type { TraceFacts } from './trace-facts.ts';
import { fixedTraces, int32, type TraceLayout, traceBytes } from './trace-layout.ts';

export interface ShotKey {
  readonly byFieldRecord: boolean;
  readonly bySourcePoint: boolean;
  readonly bySourcePosition: boolean;
  /** Traces of one shot seem not to follow each other. */
  readonly apart: boolean;
  /** Places of the traces in the file, shot by shot, where they were found to lie apart. */
  readonly order?: Uint32Array;
  readonly problems: readonly Problem[];
}

export const sameShot = (key: ShotKey, a: TraceFacts, b: TraceFacts): boolean =>
  (!key.byFieldRecord || a.ffid === b.ffid) &&
  (!key.bySourcePoint || a.sourcePoint === b.sourcePoint) &&
  (!key.bySourcePosition || (a.sourceX === b.sourceX && a.sourceY === b.sourceY));

/** The same by what was stored: scalars apply to both alike. */
export const sameKey = (key: ShotKey, a: Key, b: Key): boolean =>
  (!key.byFieldRecord || a.ffid === b.ffid) &&
  (!key.bySourcePoint || a.sourcePoint === b.sourcePoint) &&
  (!key.bySourcePosition || a.position === b.position);

/** Places in the file at which two neighbouring traces are compared; fewer where each read is a round trip. */
const PROBES = 24;
const REMOTE_PROBES = 6;

/** Looks at neighbouring trace headers spread over the file, or over its beginning where traces differ in length. */
export async function shotKey(
  source: ByteSource,
  layout: TraceLayout,
  { asOnDisk = false }: OpenOptions = {},
): Promise<ShotKey> {
  const step = traceBytes(layout, layout.samples);
  const traces = fixedTraces(layout);
  const probes = source.readSync || asOnDisk ? PROBES : REMOTE_PROBES;
  const starts = layout.fixed ? spread(probes, traces - 1) : Array.from({ length: probes }, (_, i) => i);
  const pairs = await Promise.all(
    starts
      .filter((trace) => trace + 1 < traces)
      .map(
        async (trace): Promise<Pair> => [
          await keyAt(source, layout, layout.first + trace * step),
          await keyAt(source, layout, layout.first + (trace + 1) * step),
        ],
      ),
  );
  const varies = (part: keyof Key) => new Set(pairs.flat().map((key) => key[part])).size > 1;
  const counts = (part: keyof Key) => pairs.filter(([a, b]) => a[part] !== b[part]).length > pairs.length / 2;
  const countsTraces = fieldRecordsCountTraces(pairs);
  if (varies('ffid') && !countsTraces) {
    const apart = layout.fixed && (counts('ffid') || comesBack(pairs.flat().map(({ ffid }) => ffid)));
    const key: ShotKey = { byFieldRecord: true, bySourcePoint: false, bySourcePosition: false, apart, problems: [] };
    const order = apart ? await ordered(source, layout) : undefined;
    return order ? { ...key, order, problems: [INTERLEAVED] } : key;
  }
  const bySourcePoint = !counts('sourcePoint');
  return {
    byFieldRecord: !countsTraces,
    bySourcePoint,
    bySourcePosition: !(bySourcePoint && varies('sourcePoint')) && !counts('position'),
    apart: false,
    problems: countsTraces ? [COUNTED] : [],
  };
}

/**
 * Places below `end` in ascending order, all over it and in no step with anything: a step that is a number of shots would find
 * all pairs where one shot ends and the next begins.
 */
function spread(count: number, end: number): number[] {
  if (end <= count) return Array.from({ length: Math.max(0, end) }, (_, i) => i);
  const places = Array.from({ length: count }, (_, i) => Math.floor(((i * GOLDEN) % 1) * end));
  return [...new Set(places)].sort((a, b) => a - b);
}
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Whether a value is met again after another one. */
function comesBack(values: readonly number[]): boolean {
  const changes = values.filter((value, i) => value !== values[i - 1]);
  return new Set(changes).size < changes.length;
}

const INTERLEAVED: Problem = {
  code: 'shots-interleaved',
  message:
    'expected the traces of a field record (bytes 9–12) one behind the other, found them apart: gathered by record',
};
const COUNTED: Problem = {
  code: 'ffid-counts-traces',
  message:
    'expected field record numbers in bytes 9–12, found a number that counts the traces: not used to tell shots apart',
};

/** Three traces at least, of one source as far as the file tells, whose record numbers run on as those of the channels do. */
function fieldRecordsCountTraces(pairs: readonly Pair[]): boolean {
  const steps = pairs.every(([a, b]) => {
    const step = b.ffid - a.ffid;
    return step === 1 && (b.channel - a.channel === step || (a.channel === 0 && b.channel === 0));
  });
  return pairs.length > 1 && steps && pairs.every(([a, b]) => a.position === b.position);
}

/** Traces of the first shot, found by doubling and halving; an estimate where the key comes back later in the file. */
export async function firstShotTraces(source: ByteSource, layout: TraceLayout, key: ShotKey): Promise<number> {
  const step = traceBytes(layout, layout.samples);
  const traces = fixedTraces(layout);
  const keyOfTrace = (n: number) => keyAt(source, layout, layout.first + (key.order?.[n] ?? n) * step);
  const first = await keyOfTrace(0);
  const same = async (trace: number) => sameKey(key, first, await keyOfTrace(trace));
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

export interface Key {
  readonly ffid: number;
  readonly channel: number;
  readonly sourcePoint: number;
  readonly position: string;
}
type Pair = readonly [Key, Key];

async function keyAt(source: ByteSource, layout: TraceLayout, at: number): Promise<Key> {
  const bytes = new Uint8Array(TRACE_HEADER_BYTES);
  bytes.set(await bytesAt(source, at, TRACE_HEADER_BYTES));
  return keyOf(layout, bytes);
}

/** Of a trace header. */
export function keyOf(layout: TraceLayout, bytes: Uint8Array): Key {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (field: 'ffid' | 'channel' | 'sourcePoint' | 'sourceX' | 'sourceY') =>
    int32(TRACE_HEADER[field], view, 0, layout.order === 'little');
  return {
    ffid: read('ffid'),
    channel: read('channel'),
    sourcePoint: read('sourcePoint'),
    position: `${read('sourceX')} ${read('sourceY')}`,
  };
}
