/**
 * Bytes of a source by place, through one window that is used over and over: memory fresh from the system costs more time
 * than reading a shot into it does.
 */
import { type ByteSource, bytesAt } from '../../source.ts';

export interface Bytes {
  readonly size: number;
  /** Fewer than `length` at the end of the file; good until the next call. */
  at(at: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** Sources without `readSync`, such as a server's files, are read at once up to this size: each read is a journey. */
const WHOLE_FILE = 16 * 1024 * 1024;

/** `ahead`: bytes read at least, since what follows is wanted next. */
export async function bytesOf(source: ByteSource, ahead: number): Promise<Bytes> {
  const { size } = source;
  if (source.readSync) return new Window(source as ByteSource & Required<Pick<ByteSource, 'readSync'>>, ahead);
  if (size > WHOLE_FILE) return { size, at: (at, length) => bytesAt(source, at, length) };
  const whole = await bytesAt(source, 0, size);
  return { size: whole.length, at: (at, length) => whole.subarray(at, Math.min(at + length, whole.length)) };
}

class Window implements Bytes {
  readonly size: number;
  readonly #source: Required<Pick<ByteSource, 'readSync'>>;
  readonly #ahead: number;
  #bytes = new Uint8Array(0);
  #start = 0;
  #filled = 0;

  constructor(source: ByteSource & Required<Pick<ByteSource, 'readSync'>>, ahead: number) {
    this.size = source.size;
    this.#source = source;
    this.#ahead = ahead;
  }

  at(at: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - at));
    if (at < this.#start || at + wanted > this.#start + this.#filled) this.#fill(at, wanted);
    const from = at - this.#start;
    return this.#bytes.subarray(from, Math.min(from + wanted, this.#filled));
  }

  #fill(at: number, wanted: number): void {
    const length = Math.min(Math.max(wanted, this.#ahead), this.size - at);
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length);
    this.#start = at;
    this.#filled = length <= 0 ? 0 : this.#source.readSync(at, this.#bytes.subarray(0, length));
  }
}
