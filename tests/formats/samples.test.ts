/** Sample encodings: hand-worked words of each kind, and the SIMD kernels against the plain loops. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePlainly, decodeSamples, SAMPLE_BYTES, type SampleKind } from '#shared/formats/samples.ts';
import { SIMD_SAMPLES, simd } from '#shared/formats/samples-simd.ts';
import type { ByteOrder } from '#shared/gather.ts';
import { hex } from './segy-bytes.ts';

const MAX = 3.4028234663852886e38;

/** Big-endian words and what they mean. IBM: 0.f times 16 to the exponent less 64, f being the last six digits. */
const WORDS: readonly [SampleKind, string, number[]][] = [
  // 0x41 10 00 00 = 1/16 · 16 = 1; 0xC2 76 A0 00 = -0x76.A0 = -118.625; 0x40 80.. = 1/2; 0x00.. = 0; 0x21 00 00 01 = 2^-24 · 16^-31
  ['ibm32', '41100000 C276A000 40800000 00000000 21000001', [1, -118.625, 0.5, 0, 2 ** -24 * 16 ** -31]],
  // 0x60 FF FF FF = (1 - 2^-24) · 16^32 is the largest float32; one more power of sixteen does not fit; unnormalised 0x46 00 00 2A = 42
  ['ibm32', '60FFFFFF 61100000 FFFFFFFF 4600002A', [MAX, MAX, -MAX, 42]],
  ['f32', '3F800000 C0490FDB 7F800000', [1, -3.1415927410125732, Number.POSITIVE_INFINITY]],
  ['f64', '3FF8000000000000 C08F400000000000 7FEFFFFFFFFFFFFF', [1.5, -1000, MAX]],
  ['i8', '00 7F 80 FF', [0, 127, -128, -1]],
  ['u8', '00 7F 80 FF', [0, 127, 128, 255]],
  ['i16', '0001 7FFF 8000 FFFE', [1, 32767, -32768, -2]],
  ['u16', '0001 7FFF 8000 FFFE', [1, 32767, 32768, 65534]],
  ['i24', '000001 7FFFFF 800000 FFFFFE', [1, 8388607, -8388608, -2]],
  ['u24', '000001 7FFFFF 800000 FFFFFE', [1, 8388607, 8388608, 16777214]],
  ['i32', '00000001 00FFFFFF 80000000 FFFFFFFE', [1, 16777215, -2147483648, -2]],
  ['u32', '00000001 00FFFFFF 80000000', [1, 16777215, 2147483648]],
  ['i64', '0000000000000005 FFFFFFFFFFFFFFFB', [5, -5]],
  ['u64', '0000000000000005 8000000000000000', [5, 2 ** 63]],
];

function reversed(bytes: Uint8Array, width: number): Uint8Array {
  const words = Uint8Array.from(bytes);
  for (let at = 0; at < words.length; at += width) words.subarray(at, at + width).reverse();
  return words;
}

function decode(kind: SampleKind, order: ByteOrder, bytes: Uint8Array, decodeWith = decodeSamples): number[] {
  const count = bytes.length / SAMPLE_BYTES[kind];
  // One byte before and one sample around: places that are not aligned, and neighbours that must stay.
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  const out = new Float32Array(count + 2).fill(7);
  decodeWith(kind, order, shifted, 1, count, out, 1);
  expect([out[0], out[count + 1]]).toEqual([7, 7]);
  return [...out.subarray(1, count + 1)];
}

describe('decodeSamples', () => {
  it.each(WORDS)('%s %s', (kind, digits, values) => {
    const bytes = hex(digits);
    const expected = values.map(Math.fround);
    for (const decoder of [decodeSamples, decodePlainly]) {
      expect(decode(kind, 'big', bytes, decoder)).toEqual(expected);
      expect(decode(kind, 'little', reversed(bytes, SAMPLE_BYTES[kind]), decoder)).toEqual(expected);
    }
  });

  it('keeps NaN', () => expect(decode('f32', 'big', hex('7FC00000'))).toEqual([Number.NaN]));

  it('has its SIMD kernels on this machine', () => expect(simd()).toBeDefined());

  it.each(['ibm32', 'f32', 'i32'] as const)('%s: kernels and loops agree bit by bit', (kind) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 400 }), fc.constantFrom('big', 'little'), (raw, order) => {
        const bytes = raw.subarray(0, raw.length & ~3);
        expect(decode(kind, order, bytes)).toEqual(decode(kind, order, bytes, decodePlainly));
      }),
      { numRuns: 300 },
    );
  });

  it('IBM: every exponent, largest and smallest fractions', () => {
    const words = new DataView(new ArrayBuffer(256 * 4 * 4));
    for (let i = 0; i < 256; i++)
      [0x000001, 0x0fffff, 0x100000, 0xffffff].forEach((fraction, j) => {
        words.setUint32((i * 4 + j) * 4, ((i << 24) | fraction) >>> 0);
      });
    const bytes = new Uint8Array(words.buffer);
    const found = decode('ibm32', 'big', bytes);
    for (let i = 0; i < found.length; i++) {
      const word = words.getUint32(i * 4);
      const value = (word & 0xffffff) * 16 ** (((word >>> 24) & 0x7f) - 64) * 2 ** -24;
      expect(found[i]).toBe(Math.fround(Math.min(MAX, value) * (word >>> 31 ? -1 : 1)));
    }
  });

  it('decodes more than the kernel holds at once', () => {
    const count = 2 * SIMD_SAMPLES + 5;
    const words = new DataView(new ArrayBuffer(4 * count));
    for (let i = 0; i < count; i++) words.setInt32(4 * i, i - 1000);
    expect(decode('i32', 'big', new Uint8Array(words.buffer))).toEqual(
      Array.from({ length: count }, (_, i) => i - 1000),
    );
  });

  it('refuses to read or write beyond the ends', () => {
    const bytes = new Uint8Array(8);
    expect(() => decodeSamples('f32', 'big', bytes, 1, 2, new Float32Array(2), 0)).toThrow(RangeError);
    expect(() => decodeSamples('f32', 'big', bytes, -4, 2, new Float32Array(2), 0)).toThrow(RangeError);
    expect(() => decodeSamples('f32', 'big', bytes, 0, 2, new Float32Array(2), 1)).toThrow(RangeError);
  });
});
