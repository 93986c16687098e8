/** Gzip (RFC 1952): a compressed file is read as what it contains, never inflated beyond a bound. */
import { type Problem, RecordError } from '../errors.ts';
import { type ByteSource, bytesAt } from '../source.ts';

/** More than any shot file; a small file made to swell without end stops here. */
const MAX_INFLATED = 2 * 1024 ** 3;
const CHUNK = 1024 * 1024;

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;

/**
 * The contents of a gzip'ed source, in memory. Of a file that is cut short or damaged, `damaged` is told and what could
 * be inflated is given.
 * @throws RecordError `too-large` beyond `limit` bytes, `malformed` when it cannot be inflated
 */
export async function gunzip(
  source: ByteSource,
  { limit = MAX_INFLATED, damaged }: { limit?: number; damaged?: (problem: Problem) => void } = {},
): Promise<ByteSource> {
  let at = 0;
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const part = await bytesAt(source, at, CHUNK);
      at += part.length;
      if (part.length > 0) controller.enqueue(part);
      else controller.close();
    },
  });
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = compressed.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.length;
      if (size > limit) {
        throw new RecordError('too-large', source.name, `expected at most ${limit} bytes when inflated, found more`);
      }
      parts.push(next.value);
    }
  } catch (cause) {
    await reader.cancel().catch(() => {});
    if (cause instanceof RecordError) throw cause;
    const found = (cause as Error).message || 'its end or damage';
    const message = `expected a whole gzip file, found ${found} after ${size} inflated bytes`;
    if (!damaged || size === 0) throw new RecordError('malformed', source.name, message, { cause });
    damaged({ code: 'gzip-damaged', message });
  }
  return partsSource(source.name, parts, size);
}

/** Read from the inflated parts as they came: joining them would need the memory twice. */
function partsSource(name: string, parts: readonly Uint8Array[], size: number): ByteSource {
  const starts: number[] = [];
  for (let i = 0, at = 0; i < parts.length; at += parts[i++].length) starts.push(at);
  const partAt = (at: number) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= at) low = middle;
      else high = middle;
    }
    return low;
  };
  const readSync = (at: number, into: Uint8Array) => {
    const wanted = Math.max(0, Math.min(into.length, size - at));
    let done = 0;
    for (let i = partAt(at); done < wanted; i++) {
      const part = parts[i].subarray(at + done - starts[i], at + wanted - starts[i]);
      into.set(part, done);
      done += part.length;
    }
    return done;
  };
  return { name, size, read: async (at, into) => readSync(at, into), readSync };
}
