/** One SEG-D trace header with its extensions, of all revisions brought to one shape. */
import type { Position } from '../../gather.ts';
import { type Milliseconds, ms } from '../../units.ts';
import { readField, readFields } from '../fields.ts';
import { readBcdFields } from './bcd.ts';
import {
  BLOCK,
  BLOCK_TYPE,
  EXTENSION_1,
  GEOSPACE,
  SERCEL,
  SERCEL_EXTENSION_2,
  TRACE_HEADER,
  TRACE_HEADER_BINARY,
  TRACE_HEADER_BYTES,
} from './headers.ts';
import { position, type RecordHead, readPosition } from './record.ts';

export interface TraceHeader {
  /** Trace number in the channel set, as recorded; undefined where it says to look elsewhere and there is nothing. */
  readonly number: number | undefined;
  readonly edit: number;
  /** Time of the first sample by the timing word, where it is not zero. */
  readonly timing: Milliseconds | undefined;
  /** Sample skew, parts of 256 of the base interval. */
  readonly skew: number;
  readonly receiver?: Position;
  /** GPS microseconds of the trace's own time zero (revision 3). */
  readonly timeZero?: number;
}

export const headerBytes = (extensions: number) => TRACE_HEADER_BYTES + BLOCK * extensions;

/** Samples by extension 1; undefined where there is none or it says nothing. */
export function statedSamples(
  { major }: RecordHead,
  view: DataView,
  at: number,
  extensions: number,
): number | undefined {
  const one = extension1(major, view, at, extensions);
  if (one === undefined) return undefined;
  return readField(major === 3 ? EXTENSION_1.samplesRev3 : EXTENSION_1.samples, view, one, 'big') || undefined;
}

export function readTraceHeader(
  { major, maker }: RecordHead,
  view: DataView,
  at: number,
  extensions: number,
): TraceHeader {
  const { timingWord, edit, skew } = readFields(TRACE_HEADER_BINARY, view, at, 'big');
  const one = extension1(major, view, at, extensions);
  let number = readBcdFields(TRACE_HEADER, view, at).traceNumber;
  if (number === undefined && one !== undefined)
    number = readField(EXTENSION_1.extendedTraceNumber, view, one, 'big') || undefined;
  let receiver: Position | undefined;
  let timeZero: number | undefined;
  if (major === 3)
    for (let i = 0; i < extensions; i++) {
      const block = at + headerBytes(i);
      const type = view.getUint8(block + BLOCK - 1);
      if (type === BLOCK_TYPE.position) receiver ??= readPosition(view, block);
      else if (type === BLOCK_TYPE.timestamp) timeZero ??= Number(view.getBigInt64(block));
    }
  else if ((maker === SERCEL || maker === GEOSPACE) && extensions >= 2) {
    const two = readFields(SERCEL_EXTENSION_2, view, at + headerBytes(1), 'big');
    receiver = position(two.easting, two.northing, two.elevation);
    if (maker === SERCEL) number ??= two.extendedTraceNumber || undefined;
  }
  return {
    number,
    edit,
    timing: timingWord === 0 || timingWord === 0xffffff ? undefined : ms(timingWord / 256),
    skew,
    ...(receiver && { receiver }),
    ...(timeZero && { timeZero }),
  };
}

/** Where extension 1 lies: first of the extensions, unless revision 3 marks another. */
function extension1(major: number, view: DataView, at: number, extensions: number): number | undefined {
  if (major === 3)
    for (let i = 0; i < extensions; i++)
      if (view.getUint8(at + headerBytes(i) + BLOCK - 1) === BLOCK_TYPE.extension1) return at + headerBytes(i);
  return extensions > 0 ? at + TRACE_HEADER_BYTES : undefined;
}
