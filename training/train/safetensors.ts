/**
 * Named arrays in a file that other tools read: safetensors 0.x (Hugging Face). Eight bytes of header length, little-endian;
 * a JSON header of `{name: {dtype, shape, data_offsets}}` with text under `__metadata__`; the arrays, one after the other.
 */
import { RecordError } from '#shared/errors.ts';

export interface NamedArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly arrays: ReadonlyMap<string, NamedArray>;
}

const LENGTH = 8; // bytes of the header length
/** As the reference implementation allows. */
const LONGEST_HEADER = 100_000_000;

export function writeSafetensors({ metadata, arrays }: Safetensors): Uint8Array {
  let at = 0;
  const entries = [...arrays].map(([name, { shape, values }]) => {
    const from = at;
    at += values.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [from, at] }] as const;
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const text = new TextEncoder().encode(json);
  const padded = Math.ceil(text.length / 8) * 8; // spaces: the arrays begin aligned
  const bytes = new Uint8Array(LENGTH + padded + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(0x20, LENGTH, LENGTH + padded);
  bytes.set(text, LENGTH);
  let to = LENGTH + padded;
  for (const { values } of arrays.values()) {
    const view = new DataView(bytes.buffer, to, values.byteLength);
    for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], true);
    to += values.byteLength;
  }
  return bytes;
}

/** @throws RecordError `malformed` or `truncated` */
export function readSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < LENGTH ? -1 : Number(view.getBigUint64(0, true));
  if (length < 2 || length > LONGEST_HEADER || LENGTH + length > bytes.length)
    throw new RecordError('malformed', file, `expected a safetensors header within ${bytes.length} bytes, found none`);
  const header = parseHeader(bytes.subarray(LENGTH, LENGTH + length), file);
  const data = LENGTH + length;
  const arrays = new Map<string, NamedArray>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets: [from, to] = [] } = entry as Partial<Entry>;
    const size = Array.isArray(shape) ? shape.reduce((product, n) => product * n, 1) : Number.NaN;
    if (dtype !== 'F32' || from === undefined || to === undefined || to - from !== 4 * size || from < 0)
      throw new RecordError(
        'malformed',
        file,
        `${name}: expected F32 values of its shape, found ${JSON.stringify(entry)}`,
      );
    if (data + to > bytes.length)
      throw new RecordError('truncated', file, `${name}: expected ${data + to} bytes, found ${bytes.length}`);
    const values = new Float32Array(size);
    for (let i = 0; i < size; i++) values[i] = view.getFloat32(data + from + 4 * i, true);
    arrays.set(name, { shape: shape as number[], values });
  }
  return { metadata: (header.__metadata__ ?? {}) as Record<string, string>, arrays };
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly number[];
}

function parseHeader(bytes: Uint8Array, file: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new RecordError('malformed', file, 'expected a JSON header, found something else');
}
