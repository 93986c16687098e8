/** Binary-coded decimal fields of the SEG-D headers: one decimal digit in each half-byte. A half-byte above 9 is no number. */

export interface BcdField {
  /** 1-based byte, as in the standard. */
  readonly at: number;
  readonly digits: number;
  /** The first digit is the lower half of byte `at`. */
  readonly low?: true;
}
export type BcdTable = Readonly<Record<string, BcdField>>;
/** undefined where the digits are not decimal: all F means that the value is elsewhere. */
export type BcdValues<T extends BcdTable> = { readonly [K in keyof T]: number | undefined };

const upper = (byte: number) => byte >> 4;
const lower = (byte: number) => byte & 15;

export function readBcd({ at, digits, low }: BcdField, view: DataView, base: number): number | undefined {
  let value = 0;
  for (let i = low ? 1 : 0, end = i + digits; i < end; i++) {
    const byte = view.getUint8(base + at - 1 + (i >> 1));
    const digit = i % 2 ? lower(byte) : upper(byte);
    if (digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

export function readBcdFields<T extends BcdTable>(table: T, view: DataView, base: number): BcdValues<T> {
  const values: Record<string, number | undefined> = {};
  for (const name in table) values[name] = readBcd(table[name], view, base);
  return values as BcdValues<T>;
}

/** Inverse of `readBcd`; `undefined` writes the F digits that mean "elsewhere". Other half-bytes stay. */
export function writeBcd({ at, digits, low }: BcdField, view: DataView, base: number, value: number | undefined): void {
  const first = low ? 1 : 0;
  for (let i = first + digits - 1, rest = value ?? 0; i >= first; i--, rest = Math.floor(rest / 10)) {
    const offset = base + at - 1 + (i >> 1);
    const byte = view.getUint8(offset);
    const digit = value === undefined ? 15 : rest % 10;
    view.setUint8(offset, i % 2 ? (byte & 0xf0) | digit : (byte & 0x0f) | (digit << 4));
  }
}
