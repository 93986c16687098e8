/** Opens any file that Firstbreak reads: by its bytes, never by its name. */
import { RecordError } from '../errors.ts';
import type { OpenOptions, Recording } from '../gather.ts';
import { type ByteSource, bytesAt } from '../source.ts';
import { type FormatReader, HEAD_BYTES } from './format.ts';
import { gunzip, isGzip } from './gzip.ts';
import { seg2 } from './seg2/seg2.ts';

/** The surest marks first; Seismic Unix has none and comes last. */
async function readers(): Promise<readonly FormatReader[]> {
  const found: FormatReader[] = [];
  for (const [path, name] of MODULES) {
    const module = await import(path).catch(() => ({}));
    if (module[name]) found.push(module[name]);
  }
  return [found[0], seg2, ...found.slice(1)].filter((reader) => reader !== undefined);
}
const MODULES = [
  ['./hdf5/hardpicks.ts', 'hdf5'],
  ['./segd/rg16.ts', 'rg16'],
  ['./segd/segd.ts', 'segd'],
  ['./segy/segy.ts', 'segy'],
  ['./segy/su.ts', 'su'],
] as const;

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
  const reader = (await readers()).find((candidate) => candidate.recognises(head, source));
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
