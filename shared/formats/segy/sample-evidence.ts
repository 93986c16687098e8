/**
 * What the samples themselves say about their encoding. The code in the header lies often enough: IBM announced and IEEE stored,
 * the reverse, or samples in the other byte order than the headers. Only overwhelming evidence overrules the header.
 */
import type { ByteOrder } from '../../gather.ts';
import { sampleBytes } from './sample-formats.ts';

export interface Encoding {
  readonly format: number;
  readonly order: ByteOrder;
}

/** Fewer samples that are not zero prove nothing. */
const ENOUGH = 200;

/** The encoding that `blocks` of raw samples (whole samples each) show; the declared one unless they refute it. */
export function evidentEncoding(declared: Encoding, blocks: readonly Uint8Array[]): Encoding {
  const order = evidentOrder(declared, blocks);
  const format =
    declared.format === 1 || declared.format === 5 ? evidentFloat(declared.format, order, blocks) : declared.format;
  return { format, order };
}

const opposite = (order: ByteOrder): ByteOrder => (order === 'big' ? 'little' : 'big');

function evidentOrder(declared: Encoding, blocks: readonly Uint8Array[]): ByteOrder {
  const { format, order } = declared;
  if (format === 1 || format === 5) {
    // Whichever float it is, the exponent of seismic amplitudes stays within 1e±18 when read in the right order.
    const here = Math.min(strangeShare(1, order, blocks), strangeShare(5, order, blocks));
    const there = Math.min(strangeShare(1, opposite(order), blocks), strangeShare(5, opposite(order), blocks));
    return here > 0.3 && there < 0.03 ? opposite(order) : order;
  }
  if (format === 6) {
    const here = strangeShare(6, order, blocks);
    return here > 0.3 && strangeShare(6, opposite(order), blocks) < 0.03 ? opposite(order) : order;
  }
  if (format === 2 || format === 3) {
    // The upper byte of most integers only extends the sign.
    const here = signShare(format, order, blocks);
    return here < 0.1 && signShare(format, opposite(order), blocks) > 0.9 ? opposite(order) : order;
  }
  return order;
}

/** Share of samples, zeros left out, that are not finite or beyond 1e±18. 1: nothing to judge by. */
function strangeShare(format: number, order: ByteOrder, blocks: readonly Uint8Array[]): number {
  const little = order === 'little';
  let strange = 0;
  let all = 0;
  for (const block of blocks) {
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    const width = sampleBytes(format);
    for (let at = 0; at + width <= block.length; at += width) {
      if (format === 1) {
        const word = view.getUint32(at, little);
        if ((word & 0x7fffffff) === 0) continue;
        const exponent = (word >>> 24) & 0x7f;
        if (exponent < 64 - 15 || exponent > 64 + 15) strange++;
      } else {
        const value = format === 5 ? view.getFloat32(at, little) : view.getFloat64(at, little);
        if (value === 0) continue;
        const size = Math.abs(value);
        if (!(size > 1e-18 && size < 1e18)) strange++;
      }
      all++;
    }
  }
  return all < ENOUGH ? 1 : strange / all;
}

/** Share of integers, zeros left out, whose upper byte is all sign. */
function signShare(format: number, order: ByteOrder, blocks: readonly Uint8Array[]): number {
  const width = sampleBytes(format);
  let sign = 0;
  let all = 0;
  for (const block of blocks) {
    for (let at = 0; at + width <= block.length; at += width) {
      if (block.subarray(at, at + width).every((byte) => byte === 0)) continue;
      const upper = order === 'big' ? block[at] : block[at + width - 1];
      if (upper === 0 || upper === 0xff) sign++;
      all++;
    }
  }
  return all < ENOUGH ? 0.5 : sign / all;
}

/**
 * How often bits 23–20 of a word (the first digit of an IBM fraction) fall on 0 | 1 | 2–3 | 4–7 | 8–15 when magnitudes spread
 * evenly over their logarithm. A normalised IBM fraction never begins with the digit 0 and spends a quarter of the samples on
 * each further octave; in an IEEE word the same bits are the last of the exponent and three of the mantissa.
 */
const DIGIT_GROUP = [0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4];
const IBM_DIGITS = [0.005, 0.249, 0.249, 0.249, 0.248];
const IEEE_DIGITS = [0.085, 0.076, 0.131, 0.208, 0.5];

function evidentFloat(declared: 1 | 5, order: ByteOrder, blocks: readonly Uint8Array[]): number {
  const groups = [0, 0, 0, 0, 0];
  const exponents = new Set<number>();
  const signs = new Set<number>();
  let all = 0;
  for (const block of blocks) {
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    for (let at = 0; at + 4 <= block.length; at += 4) {
      const word = view.getUint32(at, order === 'little');
      if ((word & 0x7fffffff) === 0) continue;
      groups[DIGIT_GROUP[(word >>> 20) & 15]]++;
      exponents.add((word >>> 24) & 0x7f);
      signs.add(word >>> 31);
      all++;
    }
  }
  // Data of one sign or within few octaves do not spread; integers put into IBM words unnormalised keep one exponent.
  if (all < ENOUGH || exponents.size < 3 || signs.size < 2) return declared;
  const perSample = groups.reduce((sum, count, i) => sum + count * Math.log(IEEE_DIGITS[i] / IBM_DIGITS[i]), 0) / all;
  if (declared === 1) return perSample > 0.15 && strangeShare(5, order, blocks) < 0.03 ? 5 : 1;
  return perSample < -0.15 && strangeShare(1, order, blocks) < 0.03 ? 1 : 5;
}
