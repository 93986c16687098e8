/** A window that slides over a byte source, so that a walk over headers costs few reads and memory stays bounded. */
import { RecordError } from '../../errors.ts';
import type { ByteSource } from '../../source.ts';
import type { SampleCode } from './sample-codes.ts';

const MIB = 1024 * 1024;

/** Traces longer than this are stepped over, not read, when only headers are wanted. */
export const SKIP_BYTES = 16384;

export interface Window {
  readonly name: string;
  readonly size: number;
  /** The bytes loaded; what lies at `offset(at, …)` belongs to byte `at` of the source. Valid until the next load. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  /** Most bytes that can be loaded at once. */
  readonly capacity: number;
  /** How far a load reads ahead: little when only headers are wanted and traces are long. */
  ahead: number;
  /** Where byte `at` lies in `bytes`; −1 when the source ends before `at + length`. */
  load(at: number, length: number): Promise<number>;
  /** The same for bytes that are loaded already; −1 when they are not. */
  offset(at: number, length: number): number;
}

export function openWindow(source: ByteSource, capacity = 4 * MIB): Window {
  const bytes = new Uint8Array(Math.max(16384, Math.min(capacity, source.size)));
  let start = 0;
  let filled = 0;
  const offset = (at: number, length: number) => (at >= start && at + length <= start + filled ? at - start : -1);
  return {
    name: source.name,
    size: source.size,
    bytes,
    view: new DataView(bytes.buffer),
    capacity: bytes.length,
    ahead: bytes.length,
    offset,
    async load(at, length) {
      if (at < 0 || at + length > source.size) return -1;
      const known = offset(at, length);
      if (known >= 0) return known;
      const wanted = Math.min(bytes.length, Math.max(length, this.ahead), source.size - at);
      start = at;
      filled = await source.read(at, bytes.subarray(0, wanted));
      return offset(at, length);
    },
  };
}

/**
 * Decodes the `samples` that begin at byte `at` into `out[from …]`, in pieces that fit the window.
 * @throws RecordError `unreadable` when the source has shrunk
 */
export async function readSamples(
  window: Window,
  code: SampleCode,
  at: number,
  samples: number,
  out: Float32Array,
  from: number,
): Promise<void> {
  const most = Math.floor(code.fit(window.capacity) / code.group) * code.group;
  for (let done = 0; done < samples; ) {
    const count = Math.min(most, samples - done);
    const where = at + code.bytes(done);
    const offset = await window.load(where, code.bytes(count));
    if (offset < 0)
      throw new RecordError('unreadable', window.name, `expected ${code.bytes(count)} bytes at ${where}, found fewer`);
    code.decode(window.bytes, offset, count, out, from + done);
    done += count;
  }
}
