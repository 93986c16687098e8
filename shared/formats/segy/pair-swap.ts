/** A source whose bytes are read with the two of each pair exchanged: tapes copied with `dd conv=swab`, rev 2 constant 0x02010403. */
import type { ByteSource } from '../../source.ts';

/** Swaps from byte `from` (even) on, which the text before it may not need. */
export function pairSwapped(source: ByteSource, from: number): ByteSource {
  const swap = (start: number, raw: Uint8Array, at: number, into: Uint8Array, got: number): number => {
    const count = Math.min(into.length, got - (at - start));
    for (let i = 0; i < count; i++) {
      const position = at + i;
      const partner = position < from ? position : position ^ 1;
      // The last byte of an odd-sized file has no partner.
      into[i] = raw[partner - start < got ? partner - start : position - start];
    }
    return Math.max(0, count);
  };
  const range = (at: number, length: number) => {
    const start = at & 1 ? at - 1 : at;
    return { start, raw: new Uint8Array(at - start + length + 1) };
  };
  const { readSync } = source;
  return {
    name: source.name,
    size: source.size,
    async read(at, into) {
      const { start, raw } = range(at, into.length);
      return swap(start, raw, at, into, await source.read(start, raw));
    },
    ...(readSync && {
      readSync(at: number, into: Uint8Array) {
        const { start, raw } = range(at, into.length);
        return swap(start, raw, at, into, readSync.call(source, start, raw));
      },
    }),
  };
}
