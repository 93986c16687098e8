/**
 * An object of a store as the bytes of a file: blocks are fetched once, the next ones while the last one is worked on, and a
 * header here and there costs its own bytes alone. All reads are of the one version that was opened.
 */
import type { ObjectStore, StoredObject } from '#shared/object-store.ts';
import type { ByteSource } from '#shared/source.ts';

export interface ObjectSourceOptions {
  /** What the file is called in messages and tables. @default the last part of the key */
  readonly name?: string;
  /** Bytes of a block. @default 8 MiB */
  readonly block?: number;
  /** Blocks fetched ahead of a reader that goes on from one to the next. @default 2 */
  readonly ahead?: number;
  /** Told of each range that is fetched. */
  readonly onFetch?: (bytes: number) => void;
}

/** Reads of less, far from the last one, are fetched alone. */
const SMALL = 64 << 10;
/** Small steps forward, one after the other, that make a walk. */
const WALK = 4;
/** Bytes fetched at the first look: what a format is recognised by. */
const HEAD = 64 << 10;

/** Errors of the store come through as they are: whether to try again is for the caller to say. */
export function objectSource(
  store: ObjectStore,
  { key, size, etag }: StoredObject,
  { name = key.split('/').at(-1)!, block = 8 << 20, ahead = 2, onFetch }: ObjectSourceOptions = {},
): ByteSource {
  const blocks = new Map<number, Promise<Uint8Array>>();
  let head: Promise<Uint8Array> | undefined;
  let end = 0; // of the last read
  let last = -1; // block of the last read
  let steps = 0;

  async function fetched(at: number, length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, size - at);
    if (wanted <= 0) return new Uint8Array(0);
    const bytes = await store.get(key, { at, length: wanted }, etag);
    onFetch?.(bytes.length);
    return bytes;
  }

  function blockOf(number: number): Promise<Uint8Array> {
    const known = blocks.get(number);
    if (known) return known;
    const coming = fetched(number * block, block);
    // Waited for only by who needs it; a block that failed is asked for again.
    coming.catch(() => blocks.delete(number));
    blocks.set(number, coming);
    return coming;
  }

  /** Keeps the block before, the block itself and those ahead. */
  function moveTo(number: number): void {
    if (number === last) return;
    const onward = number === last + 1;
    last = number;
    for (const kept of blocks.keys()) if (kept < number - 1 || kept > number + ahead) blocks.delete(kept);
    if (onward) for (let next = 1; next <= ahead && (number + next) * block < size; next++) void blockOf(number + next);
  }

  return {
    name,
    size,
    async read(at, into) {
      const length = Math.max(0, Math.min(into.length, size - at));
      if (length === 0) return 0;
      steps = at >= end && at - end < SMALL ? steps + 1 : 0;
      const to = at + length;
      end = to;
      if (to <= HEAD) {
        head ??= fetched(0, HEAD).catch((error) => {
          head = undefined;
          throw error;
        });
        into.set((await head).subarray(at, to));
        return length;
      }
      const first = Math.floor(at / block);
      if (length < SMALL && steps < WALK && !blocks.has(first)) {
        into.set(await fetched(at, length));
        return length;
      }
      for (let number = first; number * block < to; number++) {
        moveTo(number);
        const bytes = await blockOf(number);
        const from = Math.max(at, number * block);
        into.set(bytes.subarray(from - number * block, Math.min(to, (number + 1) * block) - number * block), from - at);
      }
      return length;
    },
  };
}
