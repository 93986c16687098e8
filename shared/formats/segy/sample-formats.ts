/** Sample format codes of SEG-Y (bytes 3225–3226; rev 2.1, table 2), and the one encoding no other format has. */
import type { ByteOrder } from '../../gather.ts';
import { decodeSamples, SAMPLE_BYTES, type SampleKind } from '../samples.ts';

export type SegyKind = SampleKind | 'gain32';

export const SAMPLE_FORMATS: Readonly<Record<number, SegyKind>> = {
  1: 'ibm32',
  2: 'i32',
  3: 'i16',
  4: 'gain32', // obsolete: 8 bits unused, 8 bits gain exponent, 16 bits sample
  5: 'f32',
  6: 'f64',
  7: 'i24',
  8: 'i8',
  9: 'i64',
  10: 'u32',
  11: 'u16',
  12: 'u64',
  15: 'u24',
  16: 'u8',
};

export const sampleBytes = (format: number): number => {
  const kind = SAMPLE_FORMATS[format];
  return kind === 'gain32' ? 4 : SAMPLE_BYTES[kind];
};

/** `decodeSamples` by format code. */
export function decodeFormat(
  format: number,
  order: ByteOrder,
  bytes: Uint8Array,
  at: number,
  count: number,
  out: Float32Array,
  from: number,
): void {
  const kind = SAMPLE_FORMATS[format];
  if (kind === 'gain32') decodeGain(order, bytes, at, count, out, from);
  else decodeSamples(kind, order, bytes, at, count, out, from);
}

/** Sample (sign and 15 bits) times 2^-gain, as rev 0 draws it. */
function decodeGain(
  order: ByteOrder,
  bytes: Uint8Array,
  at: number,
  count: number,
  out: Float32Array,
  from: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, count * 4);
  for (let i = 0; i < count; i++) {
    const word = view.getUint32(i * 4, order === 'little');
    const magnitude = (word & 0x7fff) * 2 ** -((word >>> 16) & 0xff);
    out[from + i] = word & 0x8000 ? -magnitude : magnitude;
  }
}
