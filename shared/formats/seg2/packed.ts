/**
 * SEG-2 sample code 3: 20 bits a sample, as in SEG-D 8015. Five 16-bit words hold four samples: one word of four 4-bit
 * exponents (the lowest nibble is the first sample's), then four one's-complement mantissas; value = mantissa × 2^exponent.
 */
import type { ByteOrder } from '../../gather.ts';

const GROUP_BYTES = 10;

/** Decodes `count` samples from byte `at` into `out[from …]`; the last group is whole in the file. */
export function decodePacked(
  bytes: Uint8Array,
  order: ByteOrder,
  at: number,
  count: number,
  out: Float32Array,
  from: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, Math.ceil(count / 4) * GROUP_BYTES);
  const little = order === 'little';
  for (let i = 0, at = 0; i < count; at += GROUP_BYTES) {
    let exponents = view.getUint16(at, little);
    for (let slot = 1; slot <= 4 && i < count; slot++, i++, exponents >>= 4) {
      const mantissa = view.getInt16(at + 2 * slot, little);
      out[from + i] = (mantissa < 0 ? mantissa + 1 : mantissa) * (1 << (exponents & 0xf));
    }
  }
}

/** Inverse of `decodePacked`. Lossy: 15 bits of each value are kept, and values beyond ±2^30 are clipped. */
export function encodePacked(values: Float32Array, bytes: Uint8Array, order: ByteOrder, at: number): void {
  const groups = Math.ceil(values.length / 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, groups * GROUP_BYTES);
  const little = order === 'little';
  for (let group = 0; group < groups; group++) {
    let exponents = 0;
    for (let slot = 0; slot < 4; slot++) {
      const value = values[group * 4 + slot] ?? 0;
      let exponent = 0;
      while (exponent < 15 && Math.round(Math.abs(value) / (1 << exponent)) > MAX_MANTISSA) exponent++;
      const mantissa = Math.max(-MAX_MANTISSA, Math.min(MAX_MANTISSA, Math.round(value / (1 << exponent)) || 0));
      exponents |= exponent << (4 * slot);
      view.setInt16(group * GROUP_BYTES + 2 + 2 * slot, mantissa < 0 ? mantissa - 1 : mantissa, little);
    }
    view.setUint16(group * GROUP_BYTES, exponents, little);
  }
}

const MAX_MANTISSA = 0x7fff;
