/** SEG-Y and SU files put together byte by byte, knowing nothing of the product: what the reader's tests read. */

export type Order = 'big' | 'little';
type Put = 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'f32' | 'f64';

/** `[first byte as the standard counts, type, value]`. */
export type Word = readonly [at: number, as: Put, value: number];

export interface TraceBytes {
  readonly words?: readonly Word[];
  /** Additional headers of 240 bytes, each with its own words. */
  readonly more?: readonly (readonly Word[])[];
  readonly samples: Uint8Array;
}

export function put(view: DataView, words: readonly Word[], order: Order, base = 0): void {
  const little = order === 'little';
  for (const [at, as, value] of words) {
    const offset = base + at - 1;
    if (as === 'u8') view.setUint8(offset, value);
    else if (as === 'i16') view.setInt16(offset, value, little);
    else if (as === 'u16') view.setUint16(offset, value, little);
    else if (as === 'i32') view.setInt32(offset, value, little);
    else if (as === 'u32') view.setUint32(offset, value, little);
    else if (as === 'f32') view.setFloat32(offset, value, little);
    else view.setFloat64(offset, value, little);
  }
}

/** 3200 bytes of ASCII cards, or of the text given. */
export function ascii(text?: string, length = 3200): Uint8Array {
  const cards = Array.from({ length: 40 }, (_, i) => `C${String(i + 1).padStart(2)} TEST`.padEnd(80)).join('');
  return Uint8Array.from((text ?? cards).padEnd(length).slice(0, length), (character) => character.charCodeAt(0));
}

export function segyBytes({
  order = 'big',
  text = ascii(),
  words = [],
  after = [],
  traces,
}: {
  readonly order?: Order;
  readonly text?: Uint8Array;
  /** Of the binary header, numbered 3201–3600. */
  readonly words?: readonly Word[];
  /** Records between the binary header and the traces. */
  readonly after?: readonly Uint8Array[];
  readonly traces: readonly TraceBytes[];
}): Uint8Array<ArrayBuffer> {
  const binary = new DataView(new ArrayBuffer(400));
  put(binary, words, order, -3200);
  return joined([
    text,
    new Uint8Array(binary.buffer),
    ...after,
    ...traces.flatMap((trace) => traceBytes(trace, order)),
  ]);
}

export const suBytes = (traces: readonly TraceBytes[], order: Order): Uint8Array<ArrayBuffer> =>
  joined(traces.flatMap((trace) => traceBytes(trace, order)));

function traceBytes({ words = [], more = [], samples }: TraceBytes, order: Order): Uint8Array[] {
  const headers = [words, ...more].map((own) => {
    const view = new DataView(new ArrayBuffer(240));
    put(view, own, order);
    return new Uint8Array(view.buffer);
  });
  return [...headers, samples];
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Raw bytes from hexadecimal digits, blanks ignored. */
export const hex = (digits: string): Uint8Array =>
  Uint8Array.from(digits.replace(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export function floats(values: readonly number[], order: Order): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value, order === 'little');
  });
  return new Uint8Array(view.buffer);
}

export const pairsSwapped = (bytes: Uint8Array, from: number): Uint8Array<ArrayBuffer> => {
  const swapped = Uint8Array.from(bytes);
  for (let i = from; i + 1 < swapped.length; i += 2) [swapped[i], swapped[i + 1]] = [bytes[i + 1], bytes[i]];
  return swapped;
};

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
