/**
 * A moving window over a source: one buffer, refilled in large reads where the next bytes follow, in small ones after a seek.
 * Offsets in the buffer keep the file's alignment to 8 bytes, so that typed arrays can be laid over the samples.
 */
import type { ByteSource } from '../../source.ts';

export class Window {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly #source: ByteSource;
  #from = 0;
  #to = 0;

  constructor(source: ByteSource, capacity: number) {
    this.#source = source;
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Whether bytes `at … at + length` are in the buffer. */
  holds(at: number, length: number): boolean {
    return at >= this.#from && at + length <= this.#to;
  }

  /** Bytes held from `at` on. */
  held(at: number): number {
    return at >= this.#from && at < this.#to ? this.#to - at : 0;
  }

  /** Where byte `at` of the source lies in the buffer. */
  place(at: number): number {
    return at - this.#from;
  }

  /** Refills from `at` on: `length` bytes, or as many as fit. A promise only where the source cannot read at once. */
  load(at: number, length = this.bytes.length): Promise<void> | undefined {
    const from = at - (at % 8);
    const into = this.bytes.subarray(0, Math.min(this.bytes.length, length + (at - from)));
    this.#from = from;
    this.#to = from;
    if (this.#source.readSync) {
      this.#to = from + fill(into, (done) => this.#source.readSync!(from + done, into.subarray(done)));
      return undefined;
    }
    return this.#source.read(from, into).then((count) => {
      this.#to = from + count;
    });
  }
}

/** A synchronous read may return less than asked for before the end; goes on until it returns nothing. */
function fill(into: Uint8Array, read: (done: number) => number): number {
  let done = 0;
  while (done < into.length) {
    const count = read(done);
    if (count <= 0) break;
    done += count;
  }
  return done;
}
