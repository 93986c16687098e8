/** Opens any file that Firstbreak reads: by its bytes, never by its name. */
import { isRecordError, type Problem, RecordError } from '../errors.ts';
import type { OpenOptions, Recording } from '../gather.ts';
import { type ByteSource, bytesAt } from '../source.ts';
import { type FormatReader, HEAD_BYTES } from './format.ts';
import { gunzip, isGzip } from './gzip.ts';
import { isHdf5 } from './hdf5/signature.ts';
import { byteOrderOf } from './seg2/blocks.ts';

interface Candidate {
  /** Tells from a few bytes that the format cannot be it, before its reader is loaded. */
  readonly possible?: (head: Uint8Array) => boolean;
  readonly load: () => Promise<FormatReader>;
}

/** "C 1 …" in ASCII or EBCDIC: the cards that begin most SEG-Y files, and no SEG-D header. */
const beginsWithCard = ([first, second]: Uint8Array) =>
  (first === 0x43 && second === 0x20) || (first === 0xc3 && second === 0x40);

/**
 * The surest marks first; Seismic Unix has none and comes last. Readers are loaded when a file may need them: together
 * they take longer to load than a small shot to read.
 */
const CANDIDATES: readonly Candidate[] = [
  { possible: isHdf5, load: async () => (await import('./hdf5/hardpicks.ts')).hdf5 },
  { possible: (head) => byteOrderOf(head) !== undefined, load: async () => (await import('./seg2/seg2.ts')).seg2 },
  { possible: (head) => !beginsWithCard(head), load: async () => (await import('./segd/rg16.ts')).rg16 },
  { possible: (head) => !beginsWithCard(head), load: async () => (await import('./segd/segd.ts')).segd },
  { load: async () => (await import('./segy/segy.ts')).segy },
  { load: async () => (await import('./segy/su.ts')).su },
];

async function readerOf(head: Uint8Array, source: ByteSource): Promise<FormatReader | undefined> {
  for (const { possible, load } of CANDIDATES) {
    if (possible?.(head) === false) continue;
    const reader = await load();
    if (reader.recognises(head, source)) return reader;
  }
  return undefined;
}

/**
 * @throws RecordError `empty`, `not-recognised`, or what the format's reader finds wrong
 */
export async function open(source: ByteSource, options: OpenOptions = {}): Promise<Recording> {
  const head = await bytesAt(source, 0, HEAD_BYTES);
  if (head.length === 0) throw new RecordError('empty', source.name, 'expected a shot record, found a file of 0 bytes');
  return isGzip(head) ? openGzip(source, options) : openPlain(source, options, head);
}

/** Of a file cut short, the whole traces before the cut. */
async function openGzip(source: ByteSource, options: OpenOptions): Promise<Recording> {
  const damage: Problem[] = [];
  const plain = await gunzip(source, { damaged: (problem) => damage.push(problem) });
  const recording = await openPlain(plain, options).catch((error: unknown) => {
    if (damage.length === 0 || !isRecordError(error)) throw error;
    throw new RecordError('malformed', source.name, damage[0].message, { cause: error });
  });
  return { ...recording, problems: [...recording.problems, ...damage.map(told)] };
}

const told = ({ code, message }: Problem): Problem => ({ code, message: `${message}: read as far as it goes` });

async function openPlain(source: ByteSource, options: OpenOptions, known?: Uint8Array): Promise<Recording> {
  const head = known ?? (await bytesAt(source, 0, HEAD_BYTES));
  const reader = await readerOf(head, source);
  if (reader === undefined)
    throw new RecordError(
      'not-recognised',
      source.name,
      `expected SEG-Y, Seismic Unix, SEG-2, SEG-D, Fairfield RG16 or HDF5, found ${described(head)}`,
    );
  return reader.open(source, options);
}

/** What is met in place of shots, by its first bytes as text or in hexadecimal. */
const NO_SHOTS = [
  { begins: 'PK', name: 'a ZIP archive (unpack it first)' },
  { begins: 'Rar!', name: 'a RAR archive (unpack it first)' },
  { begins: '7z', name: 'a 7z archive (unpack it first)' },
  { begins: '1f 8b', name: 'gzip within gzip (unpack it first)' },
  { begins: 'BZh', name: 'a bzip2 file (unpack it first)' },
  { begins: '%PDF', name: 'a PDF document' },
  { begins: '89 50 4e 47', name: 'a PNG picture' },
  { begins: 'ff d8 ff', name: 'a JPEG picture' },
  { begins: '<', name: 'HTML or XML' },
] as const;

/** The first bytes, so that a person sees what the file is instead. */
function described(head: Uint8Array): string {
  if (head.length === 0) return 'nothing';
  const shown = [...head.subarray(0, 16)];
  const hex = shown.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = shown.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  const known = NO_SHOTS.find(({ begins }) => text.startsWith(begins) || hex.startsWith(begins));
  return `${known ? `${known.name}, ` : ''}first bytes ${hex} "${text}"`;
}
