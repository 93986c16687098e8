/**
 * Bytes of a source by place, through one window that is used over and over: memory fresh from the system costs more time
 * than reading a shot into it does.
 */
import { type ByteSource, bytesAt, memorySource } from '../../source.ts';

export interface Bytes {
  readonly size: number;
  /** Fewer than `length` at the end of the file; good until the next call. */
  at(at: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** Fills `target` from byte `at`, without a way round. */
  into(at: number, target: Uint8Array): number | Promise<number>;
}

type SyncSource = ByteSource & Required<Pick<ByteSource, 'readSync'>>;

/** Sources without `readSync`, such as a server's files, are read at once up to this size: each read is a journey. */
const WHOLE_FILE = 16 * 1024 * 1024;

/** `ahead`: bytes read at least, since what follows is wanted next. */
export async function bytesOf(source: ByteSource, ahead: number): Promise<Bytes> {
  const { size } = source;
  const into = (at: number, target: Uint8Array) => source.read(at, target);
  if (source.readSync) return new Window(source as SyncSource, ahead);
  if (size > WHOLE_FILE) return { size, at: (at, length) => bytesAt(source, at, length), into };
  const whole = memorySource(source.name, await bytesAt(source, 0, size));
  return new Window(whole as SyncSource, ahead);
}

class Window implements Bytes {
  readonly size: number;
  readonly #source: SyncSource;
  readonly #ahead: number;
  #bytes = new Uint8Array(0);
  #start = 0;
  #filled = 0;

  constructor(source: SyncSource, ahead: number) {
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

  into(at: number, target: Uint8Array): number {
    return this.#source.readSync(at, target);
  }

  #fill(at: number, wanted: number): void {
    const length = Math.min(Math.max(wanted, this.#ahead), this.size - at);
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length);
    this.#start = at;
    this.#filled = length <= 0 ? 0 : this.#source.readSync(at, this.#bytes.subarray(0, length));
  }
}
