/** Sample encodings that formats share, decoded to float32: 32-bit words by SIMD kernels, the others by one tight loop each. */
import type { ByteOrder } from '../gather.ts';
import { SIMD_SAMPLES, type Simd, simd } from './samples-simd.ts';

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
  const kernels = kind === 'f32' || kind === 'ibm32' || kind === 'i32' ? simd() : undefined;
  if (kernels) decodeWords(kernels, kind, order, bytes.subarray(at, at + 4 * count), out, from);
  else decodePlainly(kind, order, bytes, at, count, out, from);
}

/** The same by loops alone, for every kind. */
export function decodePlainly(
  kind: SampleKind,
  order: ByteOrder,
  bytes: Uint8Array,
  at: number,
  count: number,
  out: Float32Array,
  from: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, count * SAMPLE_BYTES[kind]);
  DECODE[kind](view, order === 'little', count, out, from);
}

function decodeWords(
  kernels: Simd,
  kind: SampleKind,
  order: ByteOrder,
  words: Uint8Array,
  out: Float32Array,
  from: number,
): void {
  for (let done = 0; done < words.length; done += 4 * SIMD_SAMPLES) {
    const block = words.subarray(done, done + 4 * SIMD_SAMPLES);
    kernels.bytes.set(block);
    if (order === 'big') kernels.swap(block.length);
    if (kind === 'ibm32') kernels.ibm(block.length);
    else if (kind === 'i32') kernels.convert(block.length);
    out.set(kernels.floats.subarray(0, block.length / 4), from + done / 4);
  }
}

const MAX_F32 = 3.4028234663852886e38;
const clamp = (value: number) => (Number.isFinite(value) ? Math.max(-MAX_F32, Math.min(MAX_F32, value)) : value);

/** Sign and power of sixteen by the first byte of an IBM float, the fraction being a 24-bit integer. */
const IBM_SCALE = Float64Array.from(
  { length: 256 },
  (_, byte) => (byte & 0x80 ? -1 : 1) * 16 ** ((byte & 0x7f) - 64) * 2 ** -24,
);

type Loop = (view: DataView, little: boolean, count: number, out: Float32Array, from: number) => void;

const DECODE: Readonly<Record<SampleKind, Loop>> = {
  ibm32: (view, little, count, out, from) => {
    for (let i = 0; i < count; i++) {
      const word = view.getInt32(i * 4, little);
      const value = (word & 0xffffff) * IBM_SCALE[word >>> 24];
      out[from + i] = Math.max(-MAX_F32, Math.min(MAX_F32, value));
    }
  },
  f32: (view, little, count, out, from) => {
    for (let i = 0; i < count; i++) out[from + i] = view.getFloat32(i * 4, little);
  },
  f64: (view, little, count, out, from) => {
    for (let i = 0; i < count; i++) out[from + i] = clamp(view.getFloat64(i * 8, little));
  },
  i8: (view, _little, count, out, from) => {
    for (let i = 0; i < count; i++) out[from + i] = view.getInt8(i);
  },
  u8: (view, _little, count, out, from) => {
    for (let i = 0; i < count; i++) out[from + i] = view.getUint8(i);
  },
  i16: (view, little, count, out, from) => {
    for (let i = 0; i < count; i++) out[from + i] = view.getInt16(i * 2, little);
  },
  u16: (view, little, count, out, from) => {
    for (let i = 0; i < count; i++) out[from + i] = view.getUint16(i * 2, little);
  },
  i24: (view, little, count, out, from) => {
    const [middle, top] = little ? [0, 2] : [1, 0];
    for (let i = 0; i < count; i++)
      out[from + i] = view.getUint16(i * 3 + middle, little) | (view.getInt8(i * 3 + top) << 16);
  },
  u24: (view, little, count, out, from) => {
    const [middle, top] = little ? [0, 2] : [1, 0];
    for (let i = 0; i < count; i++)
      out[from + i] = view.getUint16(i * 3 + middle, little) | (view.getUint8(i * 3 + top) << 16);
  },
  i32: (view, little, count, out, from) => {
    for (let i = 0; i < count; i++) out[from + i] = view.getInt32(i * 4, little);
  },
  u32: (view, little, count, out, from) => {
    for (let i = 0; i < count; i++) out[from + i] = view.getUint32(i * 4, little);
  },
  i64: (view, little, count, out, from) => {
    for (let i = 0; i < count; i++) out[from + i] = Number(view.getBigInt64(i * 8, little));
  },
  u64: (view, little, count, out, from) => {
    for (let i = 0; i < count; i++) out[from + i] = Number(view.getBigUint64(i * 8, little));
  },
};
