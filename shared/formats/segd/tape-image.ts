/**
 * Tape images: a tape's blocks and tape marks in one file (TIF, often named .tif). Each block follows a header of three
 * little-endian words: type (0 data, 1 tape mark), byte of the previous header, byte of the next. Seen through
 * `tapeImage` the blocks are one byte source without headers.
 */
import { RecordError } from '../../errors.ts';
import type { ByteSource } from '../../source.ts';
import type { FieldTable } from '../fields.ts';
import { readFields } from '../fields.ts';

const TAPE_HEADER = {
  type: { at: 1, as: 'u32' },
  previous: { at: 5, as: 'u32' },
  next: { at: 9, as: 'u32' },
} as const satisfies FieldTable;
export const TAPE_HEADER_BYTES = 12;

const DATA = 0;
const TAPE_MARK = 1;
/** Positions are recorded in 32 bits: they begin again at 0 in files over 4 GiB. */
const TURN = 2 ** 32;

/** The first header of a tape image: no previous one, and a next one that leaves room for a label or a header block. */
export function looksLikeTapeImage(view: DataView): boolean {
  if (view.byteLength < TAPE_HEADER_BYTES) return false;
  const { type, previous, next } = readFields(TAPE_HEADER, view, 0, 'little');
  return type === DATA && previous === 0 && next >= TAPE_HEADER_BYTES + 32;
}

/** @throws RecordError `malformed` when the headers do not lead through the file */
export async function tapeImage(source: ByteSource): Promise<ByteSource> {
  const starts: number[] = []; // in this view
  const places: number[] = []; // in the source
  let size = 0;
  const header = new DataView(new ArrayBuffer(TAPE_HEADER_BYTES));
  const bytes = new Uint8Array(header.buffer);
  for (let at = 0, turns = 0; at + TAPE_HEADER_BYTES <= source.size; ) {
    if (source.readSync) source.readSync(at, bytes);
    else await source.read(at, bytes);
    const { type, next } = readFields(TAPE_HEADER, header, 0, 'little');
    let end = turns * TURN + next;
    if (end <= at) end = ++turns * TURN + next;
    if ((type !== DATA && type !== TAPE_MARK) || end < at + TAPE_HEADER_BYTES || end - at >= TURN) {
      if (starts.length === 0)
        throw new RecordError(
          'malformed',
          source.name,
          `expected a tape-image header at byte ${at}, found other bytes`,
        );
      break;
    }
    const length = Math.min(end, source.size) - at - TAPE_HEADER_BYTES;
    if (type === DATA && length > 0) {
      starts.push(size);
      places.push(at + TAPE_HEADER_BYTES);
      size += length;
    }
    at = end;
  }

  const blockOf = (at: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    name: source.name,
    size,
    async read(at, into) {
      let done = 0;
      for (let block = blockOf(at); block < starts.length && done < into.length && at < size; block++) {
        const from = at + done - starts[block];
        const length = Math.min((starts[block + 1] ?? size) - starts[block] - from, into.length - done);
        if (length <= 0) continue;
        const got = await source.read(places[block] + from, into.subarray(done, done + length));
        done += got;
        if (got < length) break;
      }
      return done;
    },
  };
}
