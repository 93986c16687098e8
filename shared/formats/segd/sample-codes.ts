/**
 * SEG-D sample codes, demultiplexed: bytes a sample and the decoder of each. Codes 8015, 8022, 8024, 8042 and 8044 are
 * gain-ranging codes of their own (bit tables of SEG-D rev 0, "data recording method"); a 90xx code is the little-endian
 * twin of 80xx. Values are those of the tables, before the descaling exponent MP.
 */
import type { ByteOrder } from '../../gather.ts';
import { decodeSamples, SAMPLE_BYTES, type SampleKind } from '../samples.ts';

export interface SampleCode {
  readonly order: ByteOrder;
  /** Bytes that `samples` take; 8015 packs four samples in ten bytes. */
  bytes(samples: number): number;
  /** Most samples that fit `bytes`. */
  fit(bytes: number): number;
  /** Samples that must be decoded together. */
  readonly group: number;
  /** Decodes `count` samples beginning at byte `at` into `out[from …]`. */
  decode(bytes: Uint8Array, at: number, count: number, out: Float32Array, from: number): void;
}

/** undefined: not a demultiplexed code. */
export function sampleCode(code: number): SampleCode | undefined {
  const order = code >= 9000 ? 'little' : 'big';
  if (code < 8000 || code > 9099 || (code > 8099 && code < 9000)) return undefined;
  const low = code % 100;
  const kind = PLAIN[low];
  if (kind !== undefined) return plain(kind, order);
  return low === 15 ? packed(order) : low in WORDS ? words(WORDS[low], order) : undefined;
}

/** Codes of the multiplexed twins 0015 … 0058, recognised to be refused. */
export const isMultiplexed = (code: number): boolean => code < 100 && sampleCode(8000 + code) !== undefined;

const PLAIN: Readonly<Record<number, SampleKind>> = { 36: 'i24', 38: 'i32', 48: 'ibm32', 58: 'f32', 80: 'f64' };

function plain(kind: SampleKind, order: ByteOrder): SampleCode {
  const width = SAMPLE_BYTES[kind];
  return {
    order,
    group: 1,
    bytes: (samples) => samples * width,
    fit: (bytes) => Math.floor(bytes / width),
    decode: (bytes, at, count, out, from) => decodeSamples(kind, order, bytes, at, count, out, from),
  };
}

interface Word {
  readonly bytes: 1 | 2;
  readonly value: (word: number) => number;
}

/** Sign, exponent, fraction; fractions of 8022 and 8024 are one's complement, those of 8042 and 8044 sign and magnitude. */
const WORDS: Readonly<Record<number, Word>> = {
  22: { bytes: 1, value: (w) => onesComplement(w & 0xf, w >> 7, 0xf) * 4 ** ((w >> 4) & 7) * 2 ** -4 },
  24: { bytes: 2, value: (w) => onesComplement(w & 0xfff, w >> 15, 0xfff) * 4 ** ((w >> 12) & 7) * 2 ** -12 },
  42: { bytes: 1, value: (w) => signed(w & 0x1f, w >> 7) * 16 ** ((w >> 5) & 3) * 2 ** -5 },
  44: { bytes: 2, value: (w) => signed(w & 0x1fff, w >> 15) * 16 ** ((w >> 13) & 3) * 2 ** -13 },
};

/** Negative zeros come out as zero. */
const signed = (magnitude: number, negative: number) => (negative ? 0 - magnitude : magnitude);
const onesComplement = (bits: number, negative: number, mask: number) => (negative ? 0 - (~bits & mask) : bits);

/** One table of all words: at most 65,536 entries, made at the first use of a code. */
function words({ bytes: width, value }: Word, order: ByteOrder): SampleCode {
  let table: Float32Array | undefined;
  return {
    order,
    group: 1,
    bytes: (samples) => samples * width,
    fit: (bytes) => Math.floor(bytes / width),
    decode(bytes, at, count, out, from) {
      table ??= Float32Array.from({ length: 256 ** width }, (_, word) => value(word));
      if (width === 1) for (let i = 0; i < count; i++) out[from + i] = table[bytes[at + i]];
      else {
        const high = order === 'big' ? 0 : 1;
        for (let i = 0, b = at; i < count; i++, b += 2)
          out[from + i] = table[(bytes[b + high] << 8) | bytes[b + 1 - high]];
      }
    },
  };
}

/** 8015: a word of four binary exponents, the first sample's in the highest bits, then four 15-bit one's complement fractions. */
function packed(order: ByteOrder): SampleCode {
  const little = order === 'little';
  return {
    order,
    group: 4,
    bytes: (samples) => Math.ceil(samples / 4) * 10,
    fit: (bytes) => Math.floor(bytes / 10) * 4,
    decode(bytes, at, count, out, from) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, Math.ceil(count / 4) * 10);
      for (let i = 0; i < count; i++) {
        const group = (i >> 2) * 10;
        const exponent = (view.getUint16(group, little) >> (12 - 4 * (i & 3))) & 15;
        const word = view.getUint16(group + 2 + 2 * (i & 3), little);
        out[from + i] = onesComplement(word & 0x7fff, word >> 15, 0x7fff) * 2 ** (exponent - 15);
      }
    },
  };
}
