/** Sample encodings that formats share, decoded to float32. */
import type { ByteOrder } from '../gather.ts';

export type SampleKind =
  | 'ibm32' // IBM System/360 hexadecimal float, excess 64
  | 'f32'
  | 'f64'
  | 'i8'
  | 'u8'
  | 'i16'
  | 'u16'
  | 'i24'
  | 'u24'
  | 'i32'
  | 'u32'
  | 'i64'
  | 'u64';

export const SAMPLE_BYTES: Readonly<Record<SampleKind, number>> = {
  ibm32: 4,
  f32: 4,
  f64: 8,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i24: 3,
  u24: 3,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
};

/**
 * Decodes `count` samples that begin at byte `at` into `out[from …]`. Values beyond float32 become ±its largest value
 * (IBM floats reach 7e75); NaN and infinities stay.
 * @throws RangeError when the bytes or `out` end before
 */
export function decodeSamples(
  kind: SampleKind,
  order: ByteOrder,
  bytes: Uint8Array,
  at: number,
  count: number,
  out: Float32Array,
  from: number,
): void {
  const width = SAMPLE_BYTES[kind];
  if (at < 0 || at + count * width > bytes.length || from < 0 || from + count > out.length)
    throw new RangeError(
      `${count} ${kind} samples at byte ${at} do not fit ${bytes.length} bytes or ${out.length} samples`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, count * width);
  const little = order === 'little';
  for (let i = 0; i < count; i++) out[from + i] = DECODE[kind](view, i * width, little);
}

const MAX_F32 = 3.4028234663852886e38;
const clamp = (value: number) => (Number.isFinite(value) ? Math.max(-MAX_F32, Math.min(MAX_F32, value)) : value);

const DECODE: Readonly<Record<SampleKind, (view: DataView, at: number, little: boolean) => number>> = {
  ibm32: (view, at, little) => {
    const word = view.getUint32(at, little);
    const value = (word & 0xffffff) * 16 ** (((word >>> 24) & 0x7f) - 64) * 2 ** -24;
    return clamp(word >>> 31 ? -value : value);
  },
  f32: (view, at, little) => view.getFloat32(at, little),
  f64: (view, at, little) => clamp(view.getFloat64(at, little)),
  i8: (view, at) => view.getInt8(at),
  u8: (view, at) => view.getUint8(at),
  i16: (view, at, little) => view.getInt16(at, little),
  u16: (view, at, little) => view.getUint16(at, little),
  i24: (view, at, little) =>
    little
      ? view.getUint16(at, true) | (view.getInt8(at + 2) << 16)
      : (view.getInt8(at) << 16) | view.getUint16(at + 1),
  u24: (view, at, little) =>
    little
      ? view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
      : (view.getUint8(at) << 16) | view.getUint16(at + 1),
  i32: (view, at, little) => view.getInt32(at, little),
  u32: (view, at, little) => view.getUint32(at, little),
  i64: (view, at, little) => Number(view.getBigInt64(at, little)),
  u64: (view, at, little) => Number(view.getBigUint64(at, little)),
};
