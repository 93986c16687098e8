/** SEG-D sample codes against words worked out by hand from the bit tables of the standard. */
import { describe, expect, it } from 'vitest';
import { isMultiplexed, sampleCode } from '#shared/formats/segd/sample-codes.ts';
import { encodeSamples } from './segd-oracle.ts';

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

function decoded(code: number, hex: string, count: number): number[] {
  const bytes = bytesOf(`ee${hex}`); // one strange byte before, so that `at` counts
  const out = new Float32Array(count + 1).fill(99);
  sampleCode(code)?.decode(bytes, 1, count, out, 1);
  expect(out[0]).toBe(99);
  return [...out.subarray(1)];
}

/** code, words, values; S sign, C exponent, Q fraction. */
const TABLE: readonly (readonly [code: number, hex: string, values: readonly number[], how: string])[] = [
  // 8015: exponents F, 0, 8, 1 in one word, highest first; then S and 15 bits Q, one's complement, value = Q × 2^(C−15).
  [8015, 'f081 4000 0001 bfff ffff', [16384, 2 ** -15, -128, 0], 'Q=.5 C=15; Q=2^-15 C=0; ~3fff=4000 is -.5 C=8; -0'],
  [8015, '0f0f 7fff 7fff 8000 8000', [1 - 2 ** -15, 32767, -(1 - 2 ** -15), -32767], 'largest fractions, both signs'],
  // 8022: S CCC QQQQ, value = Q/16 × 4^C.
  [
    8022,
    '00 01 18 7f e7 80 8f',
    [0, 0.0625, 2, 15360, -2048, -0.9375, 0],
    '0 110 -> 4^6 × ~0111=1000 .5; 80: ~0000=1111',
  ],
  // 8024: S CCC Q12, value = Q/4096 × 4^C.
  [8024, '0000 0001 1800 7fff e7ff 8000 8fff', [0, 2 ** -12, 2, 16380, -2048, -4095 / 4096, 0], 'as 8022 with 12 bits'],
  // 8042: S CC QQQQQ, value = ± Q/32 × 16^C.
  [8042, '00 01 30 7f b0 ff 81 80', [0, 1 / 32, 8, 3968, -8, -3968, -1 / 32, 0], '30: C=1 Q=10000 .5 -> 16 × .5'],
  // 8044: S CC Q13, value = ± Q/8192 × 16^C.
  [8044, '0000 0001 3000 7fff b000 ffff 8000', [0, 2 ** -13, 8, 4095.5, -8, -4095.5, 0], 'as 8042 with 13 bits'],
  // 8048: S C7 Q24, value = ± Q/2^24 × 16^(C−64); 76A000 = .46337890625, × 16^2.
  [8048, '00000000 41100000 c276a000 40800000 427fffff', [0, 1, -118.625, 0.5, 128 - 2 ** -16], 'IBM 360 float'],
  // 8036, 8038: two's complement.
  [8036, '000001 ffffff 7fffff 800000 000000', [1, -1, 8388607, -8388608, 0], '24 bits'],
  [8038, '00000001 ffffffff 00ffffff 80000000', [1, -1, 16777215, -2147483648], '32 bits'],
  // 8058, 8080: IEEE 754.
  [8058, '3f800000 c2f6e979 00000000 00000001', [1, -123.45600128173828, 0, 2 ** -149], 'binary32'],
  [8080, '3ff0000000000000 c05edd2f1a9fbe77', [1, -123.45600128173828], 'binary64, rounded to binary32'],
  // 90xx: the same words, bytes of each turned round.
  [9015, '81f0 0040 0100 ffbf ffff', [16384, 2 ** -15, -128, 0], 'as 8015'],
  [9024, '0018 ffe7', [2, -2048], 'as 8024'],
  [9036, '010000 ffff7f 000080', [1, 8388607, -8388608], 'as 8036'],
  [9038, '01000000 00000080', [1, -2147483648], 'as 8038'],
  [9044, '0030 00b0', [8, -8], 'as 8044'],
  [9048, '00a076c2', [-118.625], 'as 8048'],
  [9058, '0000803f 79e9f6c2', [1, -123.45600128173828], 'as 8058'],
  [9080, '000000000000f03f', [1], 'as 8080'],
];

describe('SEG-D sample codes', () => {
  it.each(TABLE)('%i decodes %s', (code, hex, values) => {
    expect(decoded(code, hex, values.length)).toEqual(values);
    expect(sampleCode(code)?.bytes(values.length)).toBe(bytesOf(hex).length);
  });

  it('takes every word of 8022, 8024, 8042 and 8044 as the formula of the standard does', () => {
    for (const [code, bits, width, radix, complement] of [
      [8022, 4, 8, 4, true],
      [8024, 12, 16, 4, true],
      [8042, 5, 8, 16, false],
      [8044, 13, 16, 16, false],
    ] as const) {
      const words = Array.from({ length: 2 ** width }, (_, word) => word);
      const hex = words.map((word) => word.toString(16).padStart(width / 4, '0')).join('');
      const got = decoded(code, hex, words.length);
      for (const word of words) {
        const text = word.toString(2).padStart(width, '0');
        const negative = text[0] === '1';
        const exponent = Number.parseInt(text.slice(1, width - bits), 2);
        const digits = [...text.slice(width - bits)].map((bit) =>
          negative && complement ? 1 - Number(bit) : Number(bit),
        );
        const fraction = digits.reduce((sum, bit, i) => sum + bit * 2 ** -(i + 1), 0);
        const value = fraction * radix ** exponent;
        if (got[word] !== (negative ? 0 - value : value)) expect.fail(`${code} ${text}: ${got[word]}, not ${value}`);
      }
    }
  });

  it('packs a last group of fewer than four samples in ten bytes', () => {
    const bytes = encodeSamples(8015, [1, -2, 3, -4, 5]);
    expect(sampleCode(8015)?.bytes(5)).toBe(20);
    expect(bytes.length).toBe(20);
    expect(decoded(8015, Buffer.from(bytes).toString('hex'), 5)).toEqual([1, -2, 3, -4, 5]);
  });

  it('knows how many samples fit', () => {
    expect([8015, 8022, 8024, 8036, 8058, 8080].map((code) => sampleCode(code)?.fit(29))).toEqual([8, 29, 14, 9, 7, 3]);
  });

  it('does not know other codes, and recognises the multiplexed ones', () => {
    expect([58, 200, 7058, 8000, 8016, 8115, 8958, 9100, 9158].map(sampleCode)).toEqual(new Array(9).fill(undefined));
    expect([15, 22, 24, 36, 38, 42, 44, 48, 58, 80].every(isMultiplexed)).toBe(true);
    expect([0, 16, 8058, 1058].some(isMultiplexed)).toBe(false);
  });
});
