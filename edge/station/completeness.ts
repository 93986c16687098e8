/**
 * Whether a file that is being written is whole. Formats that say how much there is to be (SEG-2, SEG-D, SEG-Y with the number of
 * traces of a record) are believed; of others one can only tell that they are not whole yet.
 */
import { isRecordError } from '#shared/errors.ts';
import { readFields } from '#shared/formats/fields.ts';
import { open } from '#shared/formats/open.ts';
import { BINARY_HEADER, FILE_HEADER_BYTES } from '#shared/formats/segy/headers.ts';
import type { Recording, Shot } from '#shared/gather.ts';
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

export interface Checked {
  readonly completeness: Completeness;
  /** With the amplitudes where they were asked for; absent for what is cut. */
  readonly recording?: Recording;
  readonly shots?: readonly Shot[];
}

/** Headers only, unless amplitudes are asked for: reading a small file once is quicker than looking at it first. @throws RecordError `unreadable` */
export async function checked(source: ByteSource, { amplitudes = false } = {}): Promise<Checked> {
  try {
    const recording = await open(source);
    const shots: Shot[] = [];
    for await (const shot of recording.shots({ amplitudes })) shots.push(shot);
    const problems = [...recording.problems, ...shots.flatMap((shot) => shot.problems)];
    const cut = problems.find(({ code }) => CUT.has(code));
    if (cut) return { completeness: { kind: 'cut', code: cut.code, why: cut.message } };
    const traces = shots.reduce((sum, shot) => sum + shot.traces.length, 0);
    const fewer = problems.some(({ code }) => code === FEWER);
    const complete = !fewer && (await announcedAreThere(recording, source, traces));
    return { completeness: { kind: complete ? 'complete' : 'whole' }, recording, shots };
  } catch (error) {
    if (isRecordError(error) && error.code !== 'unreadable')
      return { completeness: { kind: 'cut', code: error.code, why: error.message } };
    throw error;
  }
}

export const completenessOf = async (source: ByteSource): Promise<Completeness> => (await checked(source)).completeness;

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
