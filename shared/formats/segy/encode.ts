/** Float32 samples as SEG-Y stores them; the inverse of `decodeFormat`, one loop a code. */
import type { ByteOrder } from '../../gather.ts';
import { sampleBytes } from './sample-formats.ts';

type Encode = (view: DataView, at: number, value: number, little: boolean) => void;

/** Integers are rounded and kept within their range. What a code cannot hold: NaN becomes 0, infinities the largest value. */
const ENCODE = {
  1: (view, at, value, little) => view.setUint32(at, toIbm(value), little),
  2: (view, at, value, little) => view.setInt32(at, whole(value, 31), little),
  3: (view, at, value, little) => view.setInt16(at, whole(value, 15), little),
  5: (view, at, value, little) => view.setFloat32(at, value, little),
  6: (view, at, value, little) => view.setFloat64(at, value, little),
  7: (view, at, value, little) => {
    const word = whole(value, 23);
    view.setInt8(at + (little ? 2 : 0), word >> 16);
    view.setUint16(at + (little ? 0 : 1), word & 0xffff, little);
  },
  8: (view, at, value) => view.setInt8(at, whole(value, 7)),
} as const satisfies Readonly<Record<number, Encode>>;

/** Sample format codes that can be written. */
export type WritableFormat = keyof typeof ENCODE;
export const WRITABLE_FORMATS = Object.keys(ENCODE).map(Number) as readonly WritableFormat[];

export function encodeFormat(
  format: WritableFormat,
  order: ByteOrder,
  values: Float32Array,
  view: DataView,
  at: number,
): void {
  const encode: Encode = ENCODE[format];
  const width = sampleBytes(format);
  const little = order === 'little';
  for (let i = 0; i < values.length; i++) encode(view, at + i * width, values[i], little);
}

const whole = (value: number, bits: number): number =>
  Number.isNaN(value) ? 0 : Math.max(-(2 ** bits), Math.min(2 ** bits - 1, Math.round(value)));

/** Normalised IBM float: its fraction has 21 to 24 significant bits, so a float32 may lose three of its 24, rounded. */
export function toIbm(value: number): number {
  const size = Math.min(Math.abs(value), 3.4028234663852886e38);
  if (!(size > 0)) return 0;
  let exponent = Math.floor(Math.log2(size) / 4) + 1;
  let fraction = Math.round(size * 2 ** (24 - 4 * exponent));
  // The logarithm may round across a power of sixteen, and so may the fraction.
  if (fraction < 2 ** 20) fraction = Math.round(size * 2 ** (24 - 4 * --exponent));
  if (fraction >= 2 ** 24) {
    fraction = Math.round(fraction / 16);
    exponent++;
  }
  return ((value < 0 ? 0x80000000 : 0) | ((exponent + 64) << 24) | fraction) >>> 0;
}
