/** Opens any file that Firstbreak reads: by its bytes, never by its name. */
import { RecordError } from '../errors.ts';
import type { OpenOptions, Recording } from '../gather.ts';
import { type ByteSource, bytesAt } from '../source.ts';
import { type FormatReader, HEAD_BYTES } from './format.ts';
import { gunzip, isGzip } from './gzip.ts';
import { hdf5 } from './hdf5/hardpicks.ts';
import { seg2 } from './seg2/seg2.ts';
import { rg16 } from './segd/rg16.ts';
import { segd } from './segd/segd.ts';
import { segy } from './segy/segy.ts';
import { su } from './segy/su.ts';

/** The surest marks first; Seismic Unix has none and comes last. */
export const READERS: readonly FormatReader[] = [hdf5, seg2, rg16, segd, segy, su];

/**
 * @throws RecordError `empty`, `not-recognised`, or what the format's reader finds wrong
 */
export async function open(source: ByteSource, options: OpenOptions = {}): Promise<Recording> {
  const head = await bytesAt(source, 0, HEAD_BYTES);
  if (head.length === 0) throw new RecordError('empty', source.name, 'expected a shot record, found a file of 0 bytes');
  if (isGzip(head)) return openPlain(await gunzip(source), options);
  return openPlain(source, options, head);
}

async function openPlain(source: ByteSource, options: OpenOptions, known?: Uint8Array): Promise<Recording> {
  const head = known ?? (await bytesAt(source, 0, HEAD_BYTES));
  const reader = READERS.find((candidate) => candidate.recognises(head, source));
  if (reader === undefined)
    throw new RecordError(
      'not-recognised',
      source.name,
      `expected SEG-Y, Seismic Unix, SEG-2, SEG-D, Fairfield RG16 or HDF5, found ${described(head)}`,
    );
  return reader.open(source, options);
}

/** The first bytes, so that a person sees what the file is instead. */
function described(head: Uint8Array): string {
  if (head.length === 0) return 'nothing';
  const shown = [...head.subarray(0, 16)];
  const hex = shown.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = shown.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `first bytes ${hex} "${text}"`;
}
