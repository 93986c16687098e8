/**
 * The two binary blocks of SEG-2 (Pullan, "Recommended standard for seismic (/radar) files in the personal computer
 * environment", Geophysics 55, 1990): file descriptor and trace descriptor, and the strings behind both.
 */
import type { ByteOrder } from '../../gather.ts';
import type { FieldTable } from '../fields.ts';

export const FILE_DESCRIPTOR = {
  id: { at: 1, as: 'u16' }, // 0x3a55; which order its bytes have tells the byte order of the file
  revision: { at: 3, as: 'u16' },
  pointerBytes: { at: 5, as: 'u16' }, // size of the trace pointer sub-block, at least 4 a trace
  traces: { at: 7, as: 'u16' },
  stringTerminatorSize: { at: 9, as: 'u8' }, // 1 or 2, usually a NUL
  stringTerminator1: { at: 10, as: 'u8' },
  stringTerminator2: { at: 11, as: 'u8' },
  lineTerminatorSize: { at: 12, as: 'u8' }, // 0, 1 or 2
  lineTerminator1: { at: 13, as: 'u8' },
  lineTerminator2: { at: 14, as: 'u8' },
} as const satisfies FieldTable;

export const TRACE_DESCRIPTOR = {
  id: { at: 1, as: 'u16' }, // 0x4422
  blockBytes: { at: 3, as: 'u16' }, // this block with its strings; samples follow it
  dataBytes: { at: 5, as: 'u32' },
  samples: { at: 9, as: 'u32' },
  sampleFormat: { at: 13, as: 'u8' }, // see SAMPLE_FORMATS
} as const satisfies FieldTable;

/** Both blocks reserve this much before their variable part: trace pointers (u32) or strings. */
export const FIXED_BYTES = 32;

export const FILE_ID = 0x3a55;
export const TRACE_ID = 0x4422;

/** Byte order by the first two bytes; undefined when they are not SEG-2's. */
export function byteOrderOf(head: Uint8Array): ByteOrder | undefined {
  if (head[0] === 0x55 && head[1] === 0x3a) return 'little';
  if (head[0] === 0x3a && head[1] === 0x55) return 'big';
  return undefined;
}

export type SampleCode = 1 | 2 | 3 | 4 | 5;

/** `groupBytes` hold `group` samples. */
export const SAMPLE_FORMATS: Readonly<Record<SampleCode, { readonly group: number; readonly groupBytes: number }>> = {
  1: { group: 1, groupBytes: 2 }, // i16
  2: { group: 1, groupBytes: 4 }, // i32
  3: { group: 4, groupBytes: 10 }, // 20-bit packed: four exponents, four mantissas
  4: { group: 1, groupBytes: 4 }, // f32
  5: { group: 1, groupBytes: 8 }, // f64
};

export const isSampleCode = (code: number): code is SampleCode => code in SAMPLE_FORMATS;

export function dataBytes(code: SampleCode, samples: number): number {
  const { group, groupBytes } = SAMPLE_FORMATS[code];
  return Math.ceil(samples / group) * groupBytes;
}

/** How many samples `bytes` can hold. */
export function samplesIn(code: SampleCode, bytes: number): number {
  const { group, groupBytes } = SAMPLE_FORMATS[code];
  return Math.max(0, Math.floor(bytes / groupBytes)) * group;
}

/** Byte order of this machine. */
export const HOST_ORDER: ByteOrder = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'little' : 'big';
