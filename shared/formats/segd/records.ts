/** From record to record of a SEG-D file: past storage labels, general trailers, padding and damage. */
import { isRecordError, type Problem, RecordError } from '../../errors.ts';
import type { ByteSource } from '../../source.ts';
import { BLOCK } from './headers.ts';
import { looksLikeRecord, type RecordHead, readRecordHead } from './record.ts';
import { type TraceHead, type Walk, walkTraces } from './traces.ts';
import type { Window } from './window.ts';

/** Storage unit label (tape label): 128 bytes, "SD" and the revision in bytes 5–9. */
const LABEL_BYTES = 128;

/** Where the first record begins; labels may come before it, padded to whole blocks. */
export function firstRecord(view: DataView, from: number): number | undefined {
  if (looksLikeRecord(view, from, { strict: false })) return from;
  if (!isLabel(view, from)) return undefined;
  for (let at = from + LABEL_BYTES; at + BLOCK <= view.byteLength; at += 4) if (looksLikeRecord(view, at)) return at;
  return undefined;
}

function isLabel(view: DataView, at: number): boolean {
  return (
    at + LABEL_BYTES <= view.byteLength &&
    view.getUint8(at + 4) === 0x53 /* S */ &&
    view.getUint8(at + 5) === 0x44 /* D */
  );
}

export interface OpenRecord {
  readonly head: RecordHead;
  readonly walk: Walk;
  readonly first: TraceHead;
}

/** @throws RecordError when the record has not one whole trace */
export async function openRecord(bytes: Window, head: RecordHead): Promise<OpenRecord> {
  const walk = walkTraces(bytes, head);
  const first = await walk.next();
  if (first) return { head, walk, first };
  throw new RecordError(
    'truncated',
    bytes.name,
    `expected a whole trace in the record at byte ${head.at}, found none; the file ends after ${bytes.size} bytes`,
  );
}

/** Bytes searched for another record behind the end of one. */
const SEARCH_BYTES = 64 * 1024 * 1024;
/** Places that look like a record but are none, before the search is given up. */
const MOST_FALSE_RECORDS = 16;

/** The next record that has a whole trace, and what is wrong with the bytes on the way to it. */
export async function recordAfter(
  source: ByteSource,
  bytes: Window,
  head: RecordHead,
  end: number,
  sampleFormat: number | undefined,
): Promise<{ record?: OpenRecord; problems: Problem[] }> {
  const problems: Problem[] = [];
  let padding = true;
  for (let at = end, wrong = 0; wrong < MOST_FALSE_RECORDS; at++) {
    const found = await findRecord(bytes, at, end + head.trailerBytes, end + SEARCH_BYTES);
    padding &&= found.padding;
    if (found.at === undefined) break;
    at = found.at;
    try {
      const record = await openRecord(bytes, await readRecordHead(source, at, sampleFormat));
      if (!padding) problems.push(strange(end + head.trailerBytes, at));
      return { record, problems };
    } catch (error) {
      if (!isRecordError(error)) throw error;
      wrong++;
      if (wrong === 1) problems.push({ code: 'damaged-record', message: error.message.slice(source.name.length + 2) });
    }
  }
  if (!padding && problems.length === 0) problems.push(strange(end + head.trailerBytes, bytes.size));
  return { problems };
}

const strange = (from: number, to: number): Problem => ({
  code: 'unknown-bytes',
  message: `expected a record or the end of the file at byte ${from}, found ${to - from} bytes of something else`,
});

/** The next place that looks like a record; `padding` while only zeros, the trailer and labels lie before it. */
async function findRecord(bytes: Window, from: number, trailerEnd: number, until: number) {
  let padding = true;
  for (let at = from; at + BLOCK <= Math.min(bytes.size, until); ) {
    if ((await bytes.load(at, BLOCK)) < 0) break;
    for (let offset: number; (offset = bytes.offset(at, BLOCK)) >= 0; at++) {
      if (looksLikeRecord(bytes.view, offset)) return { at, padding };
      if (bytes.bytes[offset] !== 0 && at >= trailerEnd) {
        if (padding && isLabelAt(bytes, at)) {
          at += LABEL_BYTES - 1;
          continue;
        }
        padding = false;
      }
    }
  }
  return { at: undefined, padding };
}

const isLabelAt = (bytes: Window, at: number): boolean => {
  const offset = bytes.offset(at, LABEL_BYTES);
  return offset >= 0 && isLabel(bytes.view, offset);
};
