/** Binary headers as tables of rows `name: { at, as }`; readers, writers and viewers all derive from the table. */
import type { ByteOrder } from '../gather.ts';

export type FieldKind = 'i8' | 'u8' | 'i16' | 'u16' | 'i24' | 'u24' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64';

/** `at` is the standard's own 1-based byte number. */
export interface Field {
  readonly at: number;
  readonly as: FieldKind;
}
export type FieldTable = Readonly<Record<string, Field>>;
export type Values<T extends FieldTable> = { readonly [K in keyof T]: number };

export const FIELD_BYTES: Readonly<Record<FieldKind, number>> = {
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
  f32: 4,
  f64: 8,
};

/** One field; `base` is the 0-based offset of the header in the view. 64-bit integers are rounded to a number. */
export function readField({ at, as }: Field, view: DataView, base: number, order: ByteOrder): number {
  const offset = base + at - 1;
  const little = order === 'little';
  switch (as) {
    case 'i8':
      return view.getInt8(offset);
    case 'u8':
      return view.getUint8(offset);
    case 'i16':
      return view.getInt16(offset, little);
    case 'u16':
      return view.getUint16(offset, little);
    case 'u24':
      return little
        ? view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16)
        : (view.getUint8(offset) << 16) | view.getUint16(offset + 1);
    case 'i24':
      return little
        ? view.getUint16(offset, true) | (view.getInt8(offset + 2) << 16)
        : (view.getInt8(offset) << 16) | view.getUint16(offset + 1);
    case 'i32':
      return view.getInt32(offset, little);
    case 'u32':
      return view.getUint32(offset, little);
    case 'i64':
      return Number(view.getBigInt64(offset, little));
    case 'u64':
      return Number(view.getBigUint64(offset, little));
    case 'f32':
      return view.getFloat32(offset, little);
    case 'f64':
      return view.getFloat64(offset, little);
  }
}

/** The whole header as plain values. */
export function readFields<T extends FieldTable>(table: T, view: DataView, base: number, order: ByteOrder): Values<T> {
  const values: Record<string, number> = {};
  for (const name in table) values[name] = readField(table[name], view, base, order);
  return values as Values<T>;
}

/** Inverse of `readField`; values outside the field's range are clamped to it. */
export function writeField({ at, as }: Field, view: DataView, base: number, order: ByteOrder, value: number): void {
  const offset = base + at - 1;
  const little = order === 'little';
  switch (as) {
    case 'f32':
      view.setFloat32(offset, value, little);
      break;
    case 'f64':
      view.setFloat64(offset, value, little);
      break;
    case 'i64':
      view.setBigInt64(offset, BigInt(Math.round(value)), little);
      break;
    case 'u64':
      view.setBigUint64(offset, BigInt(Math.round(Math.max(0, value))), little);
      break;
    default:
      writeInteger(view, offset, FIELD_BYTES[as] * 8, as[0] === 'i', little, value);
  }
}

function writeInteger(
  view: DataView,
  offset: number,
  bits: number,
  signed: boolean,
  little: boolean,
  value: number,
): void {
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const whole = Math.min(high, Math.max(low, Math.round(value)));
  for (let i = 0; i < bits / 8; i++) {
    const shift = little ? i * 8 : bits - 8 - i * 8;
    view.setUint8(offset + i, (whole >> shift) & 0xff);
  }
}

/** Writes the named values, leaving other bytes alone. */
export function writeFields<T extends FieldTable>(
  table: T,
  view: DataView,
  base: number,
  order: ByteOrder,
  values: Partial<Values<T>>,
): void {
  for (const name in values) writeField(table[name], view, base, order, values[name] as number);
}
