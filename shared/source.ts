/** The one narrow door to bytes: disk, memory, dropped file and HTTP range all look alike to a reader. */
import { RecordError } from './errors.ts';

export interface ByteSource {
  /** What the user calls it; appears in messages. */
  readonly name: string;
  /** Bytes at the time of opening; a file that grows later is not followed. */
  readonly size: number;
  /**
   * Fills `into` from byte `at` and returns how many bytes were read: fewer than `into.length` only at the end.
   * @throws RecordError `unreadable`
   */
  read(at: number, into: Uint8Array): Promise<number>;
  /** The same at once, where the source can (files in Node, workers). */
  readSync?(at: number, into: Uint8Array): number;
}

/** Bytes `at … at + length`, fewer at the end of the source; a fresh array. */
export async function bytesAt(source: ByteSource, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const wanted = Math.max(0, Math.min(length, source.size - at));
  const bytes = new Uint8Array(wanted);
  const got = await source.read(at, bytes);
  return got < wanted ? bytes.subarray(0, got) : bytes;
}

/** Exactly `length` bytes. @throws RecordError `truncated`, naming `what` */
export async function exactly(
  source: ByteSource,
  at: number,
  length: number,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await bytesAt(source, at, length);
  if (bytes.length < length)
    throw new RecordError(
      'truncated',
      source.name,
      `expected ${length} bytes of ${what} at byte ${at}, file ends after ${source.size}`,
    );
  return bytes;
}

export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  const readSync = (at: number, into: Uint8Array) => {
    const part = bytes.subarray(at, at + into.length);
    into.set(part);
    return part.length;
  };
  return { name, size: bytes.length, read: async (at, into) => readSync(at, into), readSync };
}

/** A `Blob` or a browser `File`. */
export function blobSource(blob: Blob, name = blob instanceof File ? blob.name : 'blob'): ByteSource {
  return {
    name,
    size: blob.size,
    async read(at, into) {
      try {
        const part = new Uint8Array(await blob.slice(at, at + into.length).arrayBuffer());
        into.set(part);
        return part.length;
      } catch (cause) {
        throw new RecordError('unreadable', name, `expected bytes at ${at}, found ${(cause as Error).message}`, {
          cause,
        });
      }
    },
  };
}

/**
 * A URL read by HTTP range requests (RFC 9110, section 14).
 * @throws RecordError `unreadable` when the server does not answer, does not know the size or ignores ranges
 */
export async function httpSource(
  url: string,
  { fetch: get = fetch, name = url }: { fetch?: typeof fetch; name?: string } = {},
): Promise<ByteSource> {
  const refuse = (found: string, cause?: unknown): never => {
    throw new RecordError('unreadable', name, `expected a byte range (206), found ${found}`, { cause });
  };
  const range = async (at: number, length: number): Promise<Response> => {
    let response: Response;
    try {
      response = await get(url, { headers: { range: `bytes=${at}-${at + length - 1}` } });
    } catch (cause) {
      return refuse((cause as Error).message, cause);
    }
    if (response.status !== 206) return refuse(`status ${response.status}`);
    return response;
  };
  const first = await range(0, 1);
  await first.arrayBuffer();
  const size = Number(first.headers.get('content-range')?.split('/')[1]);
  if (!Number.isSafeInteger(size)) refuse(`content-range ${first.headers.get('content-range')}`);
  return {
    name,
    size,
    async read(at, into) {
      const length = Math.min(into.length, size - at);
      if (length <= 0) return 0;
      const part = new Uint8Array(await (await range(at, length)).arrayBuffer());
      if (part.length !== length) refuse(`${part.length} bytes where ${length} were asked for`);
      into.set(part);
      return part.length;
    },
  };
}
