/** An index of the field records of a file that is not sorted by them: one pass over the trace headers. */
import type { ByteSource } from '../../source.ts';
import { TRACE_HEADER, TRACE_HEADER_BYTES } from './headers.ts';
import { fixedTraces, int32, type TraceLayout, traceBytes } from './trace-layout.ts';
import { Window } from './window.ts';

/** Traces that are indexed: 4 bytes each. Files of more come in the order they have. */
const MOST_TRACES = 1 << 24;
/** Bytes worth fetching for the index where every read is a round trip. */
const MOST_REMOTE_BYTES = 64 << 20;
const WINDOW_BYTES = 1 << 18;
/** Traces longer than this are skipped over rather than read through. */
const SEEK_BEYOND = 16 << 10;

/**
 * Places of the traces, record by record in the order of their first traces; `undefined` where no record has a second
 * trace, or the file is too large to be indexed.
 */
export async function ordered(source: ByteSource, layout: TraceLayout): Promise<Uint32Array | undefined> {
  const step = traceBytes(layout, layout.samples);
  const traces = fixedTraces(layout);
  if (traces > MOST_TRACES || (!source.readSync && traces * step > MOST_REMOTE_BYTES)) return undefined;
  const window = new Window(source, source.readSync ? WINDOW_BYTES : Math.min(MOST_REMOTE_BYTES, traces * step + 8));
  const records = new Map<number, number>(); // record → its number in order of appearance
  const recordOf = new Uint32Array(traces);
  const sizes: number[] = [];
  for (let trace = 0; trace < traces; trace++) {
    const at = layout.first + trace * step;
    if (!window.holds(at, TRACE_HEADER_BYTES))
      await window.load(at, source.readSync && step > SEEK_BEYOND ? TRACE_HEADER_BYTES : undefined);
    if (!window.holds(at, TRACE_HEADER_BYTES)) return undefined;
    const ffid = int32(TRACE_HEADER.ffid, window.view, window.place(at), layout.order === 'little');
    let record = records.get(ffid);
    if (record === undefined) {
      record = records.size;
      records.set(ffid, record);
      sizes.push(0);
    }
    recordOf[trace] = record;
    sizes[record]++;
  }
  if (records.size === traces) return undefined;
  const next = new Uint32Array(sizes.length);
  for (let record = 1; record < sizes.length; record++) next[record] = next[record - 1] + sizes[record - 1];
  const order = new Uint32Array(traces);
  for (let trace = 0; trace < traces; trace++) order[next[recordOf[trace]]++] = trace;
  return order;
}
