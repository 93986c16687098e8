/**
 * How the traces lie in a SEG-Y, SU or PASSCAL file once that is decided: what everything that walks over traces needs to know.
 */

import type { ByteOrder } from '../../gather.ts';
import { type FieldKind, readField } from '../fields.ts';
import {
  EXTENSION_NAME,
  HEADER_NAME_AT,
  PASSCAL_HEADER,
  TRACE_EXTENSION,
  TRACE_HEADER,
  TRACE_HEADER_BYTES,
} from './headers.ts';

export interface TraceLayout {
  readonly variant: 'segy' | 'su' | 'passcal';
  /** Of the headers. */
  readonly order: ByteOrder;
  readonly sampleOrder: ByteOrder;
  readonly format: number;
  readonly sampleBytes: number;
  /** Byte of the first trace header, and of the first byte after the last trace. */
  readonly first: number;
  readonly end: number;
  /** Headers of 240 bytes before the samples of a trace. */
  readonly blocks: number;
  /** Of a trace whose header does not say it, or is not to be asked. */
  readonly samples: number;
  /** All traces have `samples`, whatever their headers say. */
  readonly fixed: boolean;
  /** The file header's, in µs. */
  readonly intervalUs: number | undefined;
  /** The file header's interval is asked before the trace's. */
  readonly intervalOfFile: boolean;
  /** From revision 1 on: bytes 215–216 scale the times and 203–204 name the unit. */
  readonly revised: boolean;
  /** 1, or 0.3048 for feet. */
  readonly metresPerUnit: number;
}

/** Intervals below 10 µs or beyond what 16 signed bits hold are leftovers, not intervals. */
export const usableInterval = (us: number): boolean => us >= 10 && us <= 32767;
/** What rev 2 holds as a 64-bit float: a nanosecond to ten seconds; less or more is damage. */
export const usableExtendedInterval = (us: number): boolean => us >= 1e-3 && us < 1e7;

/** Whether the block after the trace header is the extension 1 of rev 2: only then may its fields override. */
export function hasExtension(view: DataView, at: number): boolean {
  const name = at + TRACE_HEADER_BYTES + HEADER_NAME_AT - 1;
  for (let i = 0; i < EXTENSION_NAME.length; i++)
    if (view.getUint8(name + i) !== EXTENSION_NAME.charCodeAt(i)) return false;
  return true;
}

/** Sample count that the trace's own headers state; 0 where they do not. */
export function statedSamples(view: DataView, at: number, order: ByteOrder, blocks: number): number {
  if (blocks > 1 && hasExtension(view, at)) {
    const extended = readField(TRACE_EXTENSION.samples, view, at + TRACE_HEADER_BYTES, order);
    if (extended > 0) return extended;
  }
  const count = readField(TRACE_HEADER.samples, view, at, order);
  if (count !== 32767) return count;
  const passcal = readField(PASSCAL_HEADER.samples, view, at, order);
  return passcal > 32767 ? passcal : count;
}

/** Interval in µs that the trace's own headers state; `undefined` where it is missing or cannot be one. */
export function statedInterval(view: DataView, at: number, order: ByteOrder, blocks: number): number | undefined {
  if (blocks > 1 && hasExtension(view, at)) {
    const extended = readField(TRACE_EXTENSION.intervalUs, view, at + TRACE_HEADER_BYTES, order);
    if (usableExtendedInterval(extended)) return extended;
  }
  const interval = readField(TRACE_HEADER.intervalUs, view, at, order);
  if (usableInterval(interval)) return interval;
  if (interval === 1) {
    const passcal = readField(PASSCAL_HEADER.intervalUs, view, at, order);
    if (passcal > 0 && passcal < 1e7) return passcal;
  }
  return undefined;
}

/** Bytes from this trace header to the next. */
export const traceBytes = (layout: TraceLayout, count: number): number =>
  layout.blocks * TRACE_HEADER_BYTES + count * layout.sampleBytes;

/** Traces of a file whose traces are all alike. */
export const fixedTraces = (layout: TraceLayout): number =>
  Math.floor((layout.end - layout.first) / traceBytes(layout, layout.samples));

type Is<K extends FieldKind> = { readonly at: number; readonly as: K };
/** Single fields without the detour over the kind, for the loop over traces. */
export const int16 = (field: Is<'i16'>, view: DataView, at: number, little: boolean): number =>
  view.getInt16(at + field.at - 1, little);
export const int32 = (field: Is<'i32'>, view: DataView, at: number, little: boolean): number =>
  view.getInt32(at + field.at - 1, little);
