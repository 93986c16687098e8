/**
 * Traces that are none: room that was reserved but not written, headers without samples, bytes that were lost or slipped in.
 * What is sound before and behind them is still read, and what was passed over is told.
 */
import type { Problem } from '../../errors.ts';
import type { ByteOrder } from '../../gather.ts';
import { type ByteSource, bytesAt } from '../../source.ts';
import { readField } from '../fields.ts';
import { TRACE_HEADER, TRACE_HEADER_BYTES } from './headers.ts';
import { statedSamples, type TraceLayout, traceBytes } from './trace-layout.ts';

/** Without a magic number, every field with a known range must be within it. */
export function credible(view: DataView, at: number, order: ByteOrder): boolean {
  const read = (field: keyof typeof TRACE_HEADER) => readField(TRACE_HEADER[field], view, at, order);
  const within = (field: keyof typeof TRACE_HEADER, low: number, high: number) =>
    read(field) >= low && read(field) <= high;
  return (
    (read('intervalUs') === 0 || read('intervalUs') === 1 || within('intervalUs', 10, 32767)) &&
    within('identification', -1, 300) &&
    within('elevationScalar', -10000, 10000) &&
    within('coordinateScalar', -10000, 10000) &&
    within('coordinateUnit', 0, 4) &&
    within('year', 0, 2200) &&
    within('dayOfYear', 0, 366) &&
    within('hour', 0, 24) &&
    within('minute', 0, 60) &&
    within('second', 0, 60)
  );
}

export function blank(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + TRACE_HEADER_BYTES; i++) if (bytes[i] !== 0) return false;
  return true;
}

const CHUNK = 1 << 20;

export async function allZeros(source: ByteSource, from: number, to: number): Promise<boolean> {
  for (let at = from; at < to; at += CHUNK)
    if (!(await bytesAt(source, at, Math.min(CHUNK, to - at))).every((byte) => byte === 0)) return false;
  return true;
}

/** Bytes searched for the next trace header. */
const SEARCH_BYTES = 64 << 20;

/** The headers of one file that follow its first one: do they look as if they did, and where does the next one stand? */
export function followers(source: ByteSource, layout: TraceLayout, first: DataView) {
  const { order, blocks } = layout;
  const samples = statedSamples(first, 0, order, blocks);
  const interval = readField(TRACE_HEADER.intervalUs, first, 0, order);
  // Only headers that keep to the standard themselves tell others apart.
  const strict = samples > 0 && interval > 0 && credible(first, 0, order);
  const header = layout.blocks * TRACE_HEADER_BYTES;
  const alike = (view: DataView, at: number) =>
    readField(TRACE_HEADER.intervalUs, view, at, order) === interval &&
    readField(TRACE_HEADER.samples, view, at, order) === (samples & 0xffff) &&
    credible(view, at, order);
  const alikeAt = async (at: number) => {
    const bytes = await bytesAt(source, at, TRACE_HEADER_BYTES);
    return bytes.length === TRACE_HEADER_BYTES && alike(new DataView(bytes.buffer), 0);
  };
  return {
    /** Whether the bytes cannot be a trace header of this file. */
    strange: (view: DataView, at: number) =>
      strict && readField(TRACE_HEADER.intervalUs, view, at, order) !== interval && !credible(view, at, order),
    /** Whether the trace at `at`, which states no samples, has none: the next header stands right behind its own. */
    empty: (at: number) => (strict ? alikeAt(at + header) : false),
    /** The next byte from `from` on where a trace like the first one stands, followed by another one or by nothing. */
    async find(from: number): Promise<number | undefined> {
      const until = Math.min(layout.end - TRACE_HEADER_BYTES, from + SEARCH_BYTES);
      for (let at = from; at <= until; at += CHUNK) {
        const bytes = await bytesAt(source, at, CHUNK + TRACE_HEADER_BYTES);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        for (let i = 0; i < CHUNK && i + TRACE_HEADER_BYTES <= bytes.length; i++) {
          if (!alike(view, i)) continue;
          const next = at + i + traceBytes(layout, samples);
          if (next === layout.end || (await alikeAt(next))) return at + i;
        }
      }
      return undefined;
    },
  };
}

/** What was passed over, told once whatever the number. */
export class PassedOver {
  #unwritten = 0;
  #firstUnwritten = 0;
  #empty: number[] = [];
  #gaps: [at: number, bytes: number][] = [];

  unwritten(index: number): void {
    if (this.#unwritten++ === 0) this.#firstUnwritten = index;
  }

  empty(index: number): void {
    this.#empty.push(index);
  }

  gap(at: number, bytes: number): void {
    this.#gaps.push([at, bytes]);
  }

  problems(): Problem[] {
    const found: Problem[] = [];
    if (this.#unwritten > 0)
      found.push({
        code: 'unwritten-traces',
        message: `expected written traces, found ${this.#unwritten} of zeros alone, header and samples (from trace ${this.#firstUnwritten} on): left out`,
      });
    if (this.#empty.length > 0)
      found.push({
        code: 'empty-traces',
        message: `expected samples, found ${this.#empty.length} trace headers without any (the first is trace ${this.#empty[0]}): left out`,
      });
    const [gap] = this.#gaps;
    if (gap)
      found.push({
        code: 'bytes-skipped',
        message: `expected a trace header at byte ${gap[0]}, found none for ${gap[1]} bytes${this.#gaps.length > 1 ? `, and ${this.#gaps.length - 1} more such gaps` : ''}: not read, whole traces before and behind are`,
      });
    return found;
  }
}
