/**
 * Whether a file that is being written is whole. Formats that say how much there is to be (SEG-2, SEG-D, SEG-Y with the number of
 * traces of a record) are believed; of others one can only tell that they are not whole yet.
 */
import { isRecordError } from '#shared/errors.ts';
import { readFields } from '#shared/formats/fields.ts';
import { open } from '#shared/formats/open.ts';
import { BINARY_HEADER, FILE_HEADER_BYTES } from '#shared/formats/segy/headers.ts';
import type { Recording } from '#shared/gather.ts';
import { type ByteSource, bytesAt } from '#shared/source.ts';

export type Completeness =
  /** All that the headers announce is there. */
  | { readonly kind: 'complete' }
  /** Whole traces, but the format does not say how many there are to be. */
  | { readonly kind: 'whole' }
  /** Something announced is missing, or nothing can be made of it yet. */
  | { readonly kind: 'cut'; readonly code: string; readonly why: string };

/** Problems that more bytes may mend. */
const CUT = new Set([
  'truncated',
  'truncated-tail',
  'trace-cut',
  'malformed-trace',
  'unwritten-traces',
  'damaged-record',
  'gzip-damaged',
]);
/** Fewer than announced, but whole: recorders that always write so must not be waited for. */
const FEWER = 'fewer-traces';

/** Reads headers only. @throws RecordError `unreadable` */
export async function completenessOf(source: ByteSource): Promise<Completeness> {
  try {
    const recording = await open(source);
    let traces = 0;
    const problems = [...recording.problems];
    for await (const shot of recording.shots({ amplitudes: false })) {
      traces += shot.traces.length;
      problems.push(...shot.problems);
    }
    const cut = problems.find(({ code }) => CUT.has(code));
    if (cut) return { kind: 'cut', code: cut.code, why: cut.message };
    if (problems.some(({ code }) => code === FEWER)) return { kind: 'whole' };
    return { kind: (await announcedAreThere(recording, source, traces)) ? 'complete' : 'whole' };
  } catch (error) {
    if (isRecordError(error) && error.code !== 'unreadable')
      return { kind: 'cut', code: error.code, why: error.message };
    throw error;
  }
}

async function announcedAreThere({ format, byteOrder }: Recording, source: ByteSource, traces: number) {
  if (format === 'seg2' || format === 'segd') return true;
  if (format !== 'segy' || byteOrder === 'pair-swapped') return false;
  const head = await bytesAt(source, 0, FILE_HEADER_BYTES);
  if (head.length < FILE_HEADER_BYTES) return false;
  const { dataTraces, auxiliaryTraces } = readFields(BINARY_HEADER, new DataView(head.buffer), 0, byteOrder);
  const announced = Math.max(0, dataTraces) + Math.max(0, auxiliaryTraces);
  // 1 is what programs write that do not care.
  return announced > 1 && traces > 0 && (traces % announced === 0 || traces % dataTraces === 0);
}
