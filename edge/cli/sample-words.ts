/** What the sample format codes of shot files mean, in words: SEG-Y rev 2.1 table 2, SEG-2 table 3, SEG-D rev 3.1 appendix. */
import type { Format } from '#shared/gather.ts';

const SEGY: Readonly<Record<number, string>> = {
  1: 'IBM float, 32 bits',
  2: 'integer, 32 bits',
  3: 'integer, 16 bits',
  4: 'fixed point with gain, 32 bits',
  5: 'IEEE float, 32 bits',
  6: 'IEEE float, 64 bits',
  7: 'integer, 24 bits',
  8: 'integer, 8 bits',
  9: 'integer, 64 bits',
  10: 'unsigned integer, 32 bits',
  11: 'unsigned integer, 16 bits',
  12: 'unsigned integer, 64 bits',
  15: 'unsigned integer, 24 bits',
  16: 'unsigned integer, 8 bits',
};

const SEG2: Readonly<Record<number, string>> = {
  1: 'integer, 16 bits',
  2: 'integer, 32 bits',
  3: 'packed float, 20 bits',
  4: 'IEEE float, 32 bits',
  5: 'IEEE float, 64 bits',
};

/** The codes 90xx are those of 80xx with the least byte first. */
const SEGD: Readonly<Record<number, string>> = {
  15: 'binary exponent, 20 bits',
  22: 'quaternary exponent, 8 bits',
  24: 'quaternary exponent, 16 bits',
  36: 'integer, 24 bits',
  38: 'integer, 32 bits',
  42: 'hexadecimal exponent, 8 bits',
  44: 'hexadecimal exponent, 16 bits',
  48: 'IBM float, 32 bits',
  58: 'IEEE float, 32 bits',
  80: 'IEEE float, 64 bits',
};

/** undefined for a code that means nothing in this format. */
export function sampleWords(format: Format, code: number): string | undefined {
  if (format === 'segy' || format === 'su') return SEGY[code];
  if (format === 'seg2') return SEG2[code];
  return format === 'segd' || format === 'rg16' ? SEGD[code % 100] : undefined;
}
