/**
 * The first 3600 bytes of a SEG-Y file, judged: where they begin, in which byte order, which revision they really are.
 * Every field is taken with the suspicion that years of careless writers have earned it.
 */
import type { ByteOrder } from '../../gather.ts';
import { readField, readFields, type Values } from '../fields.ts';
import { readableShare, textCode } from '../text-header.ts';
import {
  BINARY_HEADER,
  BYTE_ORDER_CONSTANT,
  FILE_HEADER_BYTES,
  TEXT_BYTES,
  TRACE_HEADER,
  TRACE_HEADER_BYTES,
} from './headers.ts';
import { SAMPLE_FORMATS, sampleBytes } from './sample-formats.ts';
import { usableInterval } from './trace-layout.ts';

export type BinaryHeader = Values<typeof BINARY_HEADER>;

export interface FileHeader {
  /** Bytes before the textual header: 128 of a tape label, or 0. */
  readonly base: number;
  /** Of the traces; that of the binary header too, but in files of which only the header was rewritten. */
  readonly order: ByteOrder;
  /** All but the text has the bytes of each pair exchanged; `order` and `binary` are those after swapping back. */
  readonly pairSwapped: boolean;
  readonly revision: { readonly major: number; readonly minor: number };
  readonly binary: BinaryHeader;
  /** How well the header fits a SEG-Y file; see `judge`. */
  readonly score: number;
}

/** Tape label of rev 1: 128 bytes, characters 5–9 are `SY1.0` and the like. */
const LABEL_BYTES = 128;
const hasLabel = (head: Uint8Array): boolean =>
  /^SY\d\.\d/.test(String.fromCharCode(...head.subarray(4, 9))) ||
  /^\xe2\xe8[\xf0-\xf9]\x4b[\xf0-\xf9]/.test(String.fromCharCode(...head.subarray(4, 9)));

/** The most plausible reading of `head`; `undefined` when it is too short for any. */
export function readFileHeader(head: Uint8Array, size: number): FileHeader | undefined {
  const bases = hasLabel(head) ? [LABEL_BYTES] : [0, LABEL_BYTES];
  let best: FileHeader | undefined;
  for (const base of bases) {
    if (base + FILE_HEADER_BYTES > head.length) continue;
    for (const pairSwapped of [false, true]) {
      const bytes = pairSwapped ? swappedPairs(head) : head;
      for (const [order, traces] of ORDERS) {
        const found = judge(bytes, base, order, traces, pairSwapped, size);
        // A label that does not say so, swapped pairs and headers of two orders are rare: they must convince.
        const doubt = (base > 0 && !hasLabel(head) ? 3 : 0) + (pairSwapped ? 1 : 0) + (order !== traces ? 2 : 0);
        if (!best || found.score - doubt > best.score) best = { ...found, score: found.score - doubt };
      }
    }
  }
  return best;
}

/** Of the binary header and of the trace headers. */
const ORDERS: readonly (readonly [ByteOrder, ByteOrder])[] = [
  ['big', 'big'],
  ['little', 'little'],
  ['big', 'little'],
  ['little', 'big'],
];

function swappedPairs(head: Uint8Array): Uint8Array {
  const swapped = head.slice(0, head.length & ~1);
  for (let i = 0; i < swapped.length; i += 2) [swapped[i], swapped[i + 1]] = [swapped[i + 1], swapped[i]];
  return swapped;
}

function judge(
  bytes: Uint8Array,
  base: number,
  order: ByteOrder,
  traces: ByteOrder,
  pairSwapped: boolean,
  size: number,
): FileHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const binary = readFields(BINARY_HEADER, view, base, order);
  const first = base + FILE_HEADER_BYTES;
  const known = binary.format in SAMPLE_FORMATS;
  const trace = first + TRACE_HEADER_BYTES;
  let score = 0;
  if (binary.byteOrder === BYTE_ORDER_CONSTANT) score += 8;
  if (known) score += 4;
  if (usableInterval(binary.intervalUs)) score += 1;
  if (known && binary.samples > 0 && trace + binary.samples * sampleBytes(binary.format) <= size) score += 2;
  if (trace <= bytes.length) {
    const samples = readField(TRACE_HEADER.samples, view, first, traces);
    const interval = readField(TRACE_HEADER.intervalUs, view, first, traces);
    // Two places that agree tell more than any single field.
    if (samples === binary.samples && samples > 0) score += 3;
    if (interval === binary.intervalUs && interval > 0) score += 3;
    score += smallNumbers(view, first, traces);
  }
  return { base, order: traces, pairSwapped, revision: revisionOf(binary), binary, score };
}

/**
 * Counters in a trace header are small numbers: +1 when those that are not zero read small, -1 when they read as small
 * numbers shifted up by 16 bits or more, which is what a wrong order makes of them.
 */
function smallNumbers(view: DataView, at: number, order: ByteOrder): number {
  const { lineSequence, fileSequence, ffid, channel } = TRACE_HEADER;
  const values = [lineSequence, fileSequence, ffid, channel]
    .map((field) => readField(field, view, at, order))
    .filter((value) => value !== 0);
  if (values.length === 0) return 0;
  if (values.every((value) => value > 0 && value < 1 << 24 && (value & 0xffff) !== 0)) return 1;
  return values.every((value) => (value & 0xffff) === 0) ? -1 : 0;
}

/** Revision as meant: written as a 16-bit number of the other order it reads 0.1, and some writers put decimal 100. */
function revisionOf({ major, minor, byteOrder }: BinaryHeader): { major: number; minor: number } {
  if (major === 0 && (minor === 1 || minor === 2)) return { major: minor, minor: 0 };
  if (major === 0 && minor === 100) return { major: 1, minor: 0 };
  if (major > 9 && byteOrder !== BYTE_ORDER_CONSTANT) return { major: 0, minor: 0 };
  return { major, minor };
}

/** Rev 2 fields count only where the file says it is of rev 2: older files have leftovers there. */
export const isRevision2 = ({ revision, binary }: FileHeader): boolean =>
  revision.major >= 2 || binary.byteOrder === BYTE_ORDER_CONSTANT;

/** How much the textual header looks like one. `cards`: it opens like the forty cards of the standard. */
export function textEvidence(head: Uint8Array, base: number): 'cards' | 'text' | 'zeros' | 'none' {
  const text = head.subarray(base, base + TEXT_BYTES);
  if (text.every((byte) => byte === 0)) return 'zeros';
  const code = textCode(text);
  if (readableShare(text, code) < 0.85) return 'none';
  const c = code === 'ebcdic' ? 0xc3 : 0x43;
  let cards = 0;
  for (let at = 0; at < text.length; at += 80) if (text[at] === c) cards++;
  // Half of the cards at least, of those that are there.
  const half = Math.max(2, Math.floor(text.length / 80) / 2);
  return text[0] === c && (cards >= half || code === 'ebcdic') ? 'cards' : 'text';
}
