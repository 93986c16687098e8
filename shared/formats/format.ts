/** What a format is to `open`: it looks at the first bytes, then reads. */
import type { Format, OpenOptions, Recording } from '../gather.ts';
import type { ByteSource } from '../source.ts';

/** Bytes at the start of the source that `recognises` may look at; fewer when the source is shorter. */
export const HEAD_BYTES = 8192;

export interface FormatReader {
  readonly format: Format;
  /** By content alone, never by name; `head` are the first `HEAD_BYTES` bytes. */
  recognises(head: Uint8Array, source: ByteSource): boolean;
  /** @throws RecordError */
  open(source: ByteSource, options: OpenOptions): Promise<Recording>;
}
