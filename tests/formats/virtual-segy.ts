/** A SEG-Y file that is nowhere: its headers are worked out when they are read, its samples are zeros. For files of any size. */
import { segyBytes } from './segy-bytes.ts';

export interface VirtualSegy {
  readonly size: number;
  /** Fills `into` from byte `at` and returns how many bytes there are. */
  read(at: number, into: Uint8Array): number;
}

export function virtualSegy({
  shots,
  traces,
  samples,
  intervalUs = 500,
}: {
  readonly shots: number;
  /** Of a shot. */
  readonly traces: number;
  readonly samples: number;
  readonly intervalUs?: number;
}): VirtualSegy {
  const head = segyBytes({
    words: [
      [3217, 'u16', intervalUs],
      [3221, 'u16', samples],
      [3225, 'i16', 5],
      [3501, 'u8', 1],
      [3503, 'i16', 1],
    ],
    traces: [],
  });
  const step = 240 + 4 * samples;
  const size = head.length + shots * traces * step;
  const header = new Uint8Array(240);
  const view = new DataView(header.buffer);
  const headerOf = (trace: number): Uint8Array => {
    view.setInt32(8, 1 + Math.floor(trace / traces));
    view.setInt32(12, 1 + (trace % traces));
    view.setUint16(114, samples);
    view.setUint16(116, intervalUs);
    return header;
  };
  return {
    size,
    read(at, into) {
      const length = Math.max(0, Math.min(into.length, size - at));
      into.fill(0);
      if (at < head.length) into.set(head.subarray(at, at + length));
      for (let n = Math.max(0, Math.floor((at - head.length) / step)); ; n++) {
        const place = head.length + n * step - at;
        if (place >= length) return length;
        const from = Math.max(0, -place);
        const bytes = headerOf(n).subarray(from, Math.max(from, length - place));
        into.set(bytes, place + from);
      }
    },
  };
}
