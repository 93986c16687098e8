/**
 * A second SEG-D encoder and decoder, byte by byte from the standard's tables and independent of the product: it imports
 * nothing of it. Tests build records with it and read written ones back.
 */

/** Decimal digits, two a byte; `undefined` writes F digits. */
const bcd = (value: number | undefined, digits: number): number[] => {
  const text = value === undefined ? 'f'.repeat(digits) : String(value).padStart(digits, '0');
  return [...text.matchAll(/../g)].map(([pair]) => Number.parseInt(pair, 16));
};
/** Big-endian integer, negative ones in two's complement. */
const int = (value: number | bigint, bytes: number): number[] => {
  const word = BigInt.asUintN(bytes * 8, BigInt(value));
  return Array.from({ length: bytes }, (_, i) => Number((word >> BigInt(8 * (bytes - 1 - i))) & 0xffn));
};
const float = (value: number, bytes: 4 | 8): number[] => {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 4) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return Array.from({ length: bytes }, (_, i) => view.getUint8(i));
};
const block = (parts: readonly number[], size = 32, type?: number): number[] => {
  const bytes = [...parts, ...new Array(size - parts.length).fill(0)];
  if (type !== undefined) bytes[size - 1] = type;
  return bytes;
};
const ascii = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));

export interface OracleTrace {
  readonly number?: number;
  readonly values: readonly number[];
  readonly edit?: number;
  readonly line?: number;
  readonly point?: number;
  /** Overrides what extension 1 says. */
  readonly statedSamples?: number;
  readonly timing?: number; // 1/256 ms
  readonly skew?: number;
  /** More 32-byte extensions after extension 1. */
  readonly extensions?: readonly (readonly number[])[];
  /** Overrides byte 10. */
  readonly statedExtensions?: number;
  /** Leaves extension 1 out. */
  readonly bare?: boolean;
  readonly gap?: number;
}

export interface OracleSet {
  readonly scanType?: number;
  readonly number?: number;
  readonly type?: number; // 1 seismic …; revision 3: whole byte
  readonly start?: number; // ms
  readonly end?: number; // ms
  readonly mp?: number; // word as recorded, e.g. 0x6db7
  readonly descale?: number; // revision 3
  readonly power?: number; // J
  readonly interval?: number; // µs, revision 3
  readonly samples?: number; // revision 3
  readonly traces: readonly OracleTrace[];
  /** Overrides the count of channels. */
  readonly statedChannels?: number;
}

export interface OracleRecord {
  readonly revision: '0' | '1.0' | '2.1' | '3.0' | '3.1';
  readonly file?: number;
  readonly extendedFile?: number;
  readonly code?: number;
  readonly base?: number; // 1/16 ms
  readonly maker?: number;
  readonly date?: { year: number; day: number; hour: number; minute: number; second: number };
  readonly sets: readonly OracleSet[];
  readonly scanTypes?: number;
  /** Overrides the number of sets of a scan type. */
  readonly statedSets?: number;
  readonly point?: number;
  readonly line?: number;
  readonly skew?: number; // blocks after each scan type
  readonly extended?: readonly number[];
  readonly external?: readonly number[];
  /** Writes FF in general header 1 and the counts in general header 2. */
  readonly elsewhere?: boolean;
  readonly trailer?: readonly number[];
  /** Blocks of revision 3 after general header 3. */
  readonly blocks?: readonly (readonly number[])[];
  readonly timeZero?: bigint;
  readonly headerBytes?: number;
  readonly label?: string;
  readonly padding?: number;
}

export const positionBlock = (x: number, y: number, z: number, valid = 1): number[] =>
  block([...float(x, 8), ...float(y, 8), ...float(z, 8), 0, 0, valid, 0], 32, 0x51);
export const timestampBlock = (time: bigint): number[] => block(int(time, 8), 32, 0x42);
export const sourceBlock = (line: number, point: number): number[] =>
  block([0, 0, 0, ...fixed(line), ...fixed(point)], 32, 0x16);
export const textBlock = (type: number, text: string): number[] => block(ascii(text), 32, type);
export const sercelExtension2 = (x: number, y: number, z: number): number[] =>
  block([...float(x, 8), ...float(y, 8), ...float(z, 4)]);

/** 24 bits and 16 bits of fraction. */
function fixed(value: number): number[] {
  const whole = Math.floor(value);
  return [...int(whole, 3), ...int(Math.round((value - whole) * 65536), 2)];
}

export function sercelExtendedHeader(fields: {
  intervalUs: number;
  samples: number;
  delay?: number;
  x?: number;
  y?: number;
}) {
  const bytes = new Array(1024).fill(0);
  const put = (at: number, part: number[]) => {
    for (const [i, byte] of part.entries()) bytes[at - 1 + i] = byte;
  };
  put(5, int(fields.intervalUs, 4));
  put(33, int(fields.samples, 4));
  put(81, int(fields.delay ?? 0, 4));
  put(573, float(fields.x ?? 0, 8));
  put(581, float(fields.y ?? 0, 8));
  return bytes;
}

export function encodeRecord(record: OracleRecord): Uint8Array {
  const { revision, file = 1, extendedFile, code = 8058, base = 16, maker = 0, sets, elsewhere = false } = record;
  const modern = revision.startsWith('3');
  const { year, day, hour, minute, second } = record.date ?? { year: 24, day: 60, hour: 7, minute: 8, second: 9 };
  const scanTypes = record.scanTypes ?? 1;
  const setsEach = record.statedSets ?? sets.length / scanTypes;
  const skew = record.skew ?? 0;
  const extended = padded(record.extended ?? []);
  const external = padded(record.external ?? []);
  const trailer = padded(record.trailer ?? []);
  const [major, minor] = revision.split('.').map(Number);
  const blocks = modern ? [...(record.blocks ?? [])] : [];
  const more = revision === '0' ? 0 : 2 + blocks.length;
  const ff = (value: number): number[] => (elsewhere ? [0xff] : bcd(value, 2));

  const out: number[] = [];
  if (record.label) out.push(...block(ascii(`   1${record.label}RECORD`), 128).map((byte) => byte || 0x20));
  // general header 1
  const manyBlocks = modern && (elsewhere || more > 14);
  out.push(
    ...block([
      ...bcd(extendedFile === undefined ? file : undefined, 4), // 1–2
      ...bcd(code, 4), // 3–4
      0,
      0,
      0,
      0,
      0,
      0, // 5–10
      ...bcd(year, 2), // 11
      ((manyBlocks ? 15 : more) << 4) | Math.floor(day / 100), // 12
      ...bcd(day % 100, 2), // 13
      ...bcd(hour, 2),
      ...bcd(minute, 2),
      ...bcd(second, 2), // 16
      ...bcd(maker, 2),
      0,
      0, // 17–19
      0,
      0,
      0, // 20–22
      base, // 23
      0,
      0, // 24–25
      0x8f,
      0xff, // 26–27
      ...bcd(scanTypes, 2), // 28
      ...ff(setsEach), // 29
      ...ff(skew).map((byte) => (modern ? byte : bcd(skew, 2)[0])), // 30
      ...ff(extended.length / 32), // 31
      ...ff(external.length / 32), // 32
    ]),
  );
  if (revision !== '0') {
    out.push(
      ...(modern
        ? block(
            [
              ...int(extendedFile ?? file, 3),
              ...int(setsEach, 2),
              ...int(extended.length / 32, 3),
              ...int(skew, 2), // 1–10
              major,
              minor, // 11–12
              ...int(trailer.length / 32, 4),
              ...int(0, 4),
              ...int(0, 2), // 13–22
              ...int(more, 2),
              ...int(0, 3),
              ...int(external.length / 32, 3), // 23–30
            ],
            32,
            0x02,
          )
        : block([
            ...int(extendedFile ?? file, 3),
            ...int(setsEach, 2),
            ...int(extended.length / 32, 2), // 1–7
            ...int(external.length / 32, 2),
            0, // 8–10
            major,
            minor, // 11–12
            ...int(trailer.length / 32, 2),
            0,
            0,
            0,
            0,
            2, // 13–19
          ])),
    );
    const headerBytes =
      record.headerBytes ??
      32 * (1 + more) + sets.length * (modern ? 96 : 32) + scanTypes * skew * 32 + extended.length + external.length;
    out.push(
      ...(modern
        ? block([...int(record.timeZero ?? 0n, 8), ...int(0, 8), ...int(0, 8), ...int(headerBytes, 4)], 32, 0x03)
        : block([0, 0, 0, ...fixed(record.line ?? 0), ...fixed(record.point ?? 0), 0, 0, 0, 0, 0, 3])),
    );
    for (const part of blocks) out.push(...block(part));
  }
  sets.forEach((set, i) => {
    out.push(...(modern ? descriptor3(set, i + 1) : descriptor(set, i + 1)));
    if ((i + 1) % (sets.length / scanTypes) === 0) out.push(...new Array(skew * 32).fill(0));
  });
  out.push(...extended, ...external);

  sets.forEach((set, i) => {
    const number = set.number ?? i + 1;
    set.traces.forEach((trace, n) => {
      const traceNumber = trace.number ?? n + 1;
      const one = block(
        [
          ...int(trace.line ?? 0, 3),
          ...int(trace.point ?? 0, 3),
          0, // 1–7
          ...int(modern ? 0 : (trace.statedSamples ?? trace.values.length), 3), // 8–10
          ...int(0, 5),
          ...int(0, 5),
          2, // 11–21
          ...int(traceNumber > 9999 ? traceNumber : 0, 3), // 22–24
          ...int(modern ? (trace.statedSamples ?? trace.values.length) : 0, 4), // 25–28
        ],
        32,
        modern ? 0x40 : 0,
      );
      const extensions = [...(trace.bare || revision === '0' ? [] : [one]), ...(trace.extensions ?? [])];
      out.push(
        ...bcd(extendedFile === undefined ? file : undefined, 4), // 1–2
        ...bcd(set.scanType ?? 1, 2),
        ...bcd(number > 99 ? undefined : number, 2), // 4
        ...bcd(traceNumber > 9999 ? undefined : traceNumber, 4), // 5–6
        ...int(trace.timing ?? 0, 3), // 7–9
        trace.statedExtensions ?? extensions.length, // 10
        trace.skew ?? 0,
        trace.edit ?? 0, // 12
        0,
        0,
        0, // 13–15
        ...int(number, 2), // 16–17
        ...int(extendedFile ?? file, 3), // 18–20
      );
      for (const extension of extensions) out.push(...extension);
      for (const byte of encodeSamples(code, trace.values)) out.push(byte);
      out.push(...new Array(trace.gap ?? 0).fill(0xaa));
    });
  });
  out.push(...trailer, ...new Array(record.padding ?? 0).fill(0));
  return Uint8Array.from(out);
}

const padded = (bytes: readonly number[]): number[] => [
  ...bytes,
  ...new Array((32 - (bytes.length % 32)) % 32).fill(0),
];

function descriptor(set: OracleSet, place: number): number[] {
  const number = set.number ?? place;
  return block([
    ...bcd(set.scanType ?? 1, 2),
    ...bcd(number > 99 ? undefined : number, 2),
    ...int((set.start ?? 0) / 2, 2),
    ...int((set.end ?? 0) / 2, 2),
    ...int(set.mp ?? 0, 2), // 7–8
    ...bcd(set.statedChannels ?? set.traces.length, 4), // 9–10
    (set.type ?? 1) << 4, // 11
    (set.power ?? 0) << 4, // 12
    ...new Array(14).fill(0), // 13–26
    ...int(number, 2), // 27–28
    1 + (set.traces[0]?.extensions?.length ?? 0), // 29
  ]);
}

function descriptor3(set: OracleSet, place: number): number[] {
  const bytes = block(
    [
      ...bcd(set.scanType ?? 1, 2),
      ...int(set.number ?? place, 2), // 2–3
      set.type ?? 0x10, // 4
      ...int(Math.round((set.start ?? 0) * 1000), 4),
      ...int(Math.round((set.end ?? 0) * 1000), 4), // 9–12
      ...int(set.samples ?? 0, 4), // 13–16
      ...float(set.descale ?? 1, 4), // 17–20
      ...int(set.statedChannels ?? set.traces.length, 3), // 21–23
      ...int(set.interval ?? 1000, 3), // 24–26
      1,
      1 + (set.traces[0]?.extensions?.length ?? 0), // 28
    ],
    96,
  );
  bytes[31] = 0x30;
  bytes[63] = 0x31;
  bytes[95] = 0x32;
  return bytes;
}

/** Samples in a SEG-D code; values must be representable, up to rounding of the fraction. */
export function encodeSamples(code: number, values: readonly number[]): number[] {
  const little = code >= 9000;
  const ordered = (bytes: number[]) => (little ? bytes.reverse() : bytes);
  /** Smallest exponent for which |value| / base^exponent is a fraction below one. */
  const split = (value: number, base: number, most: number, bits: number): [exponent: number, fraction: number] => {
    for (let exponent = 0; exponent <= most; exponent++) {
      const fraction = Math.round((Math.abs(value) / base ** exponent) * 2 ** bits);
      if (fraction < 2 ** bits) return [exponent, fraction];
    }
    throw new RangeError(`${value} is too large for code ${code}`);
  };
  switch (code % 100) {
    case 15: {
      const bytes: number[] = [];
      for (let i = 0; i < values.length; i += 4) {
        const four = [0, 1, 2, 3].map((j) => split(values[i + j] ?? 0, 2, 15, 15));
        bytes.push(
          ...ordered(
            int(
              four.reduce((word, [exponent], j) => word | (exponent << (12 - 4 * j)), 0),
              2,
            ),
          ),
        );
        four.forEach(([, fraction], j) => {
          bytes.push(...ordered(int((values[i + j] ?? 0) < 0 ? 0xffff - fraction : fraction, 2)));
        });
      }
      return bytes;
    }
    case 22:
    case 24: {
      const bits = code % 100 === 22 ? 4 : 12;
      return values.flatMap((value) => {
        const [exponent, fraction] = split(value, 4, 7, bits);
        const field = value < 0 ? 2 ** bits - 1 - fraction : fraction;
        return ordered(int((value < 0 ? 2 ** (bits + 3) : 0) + exponent * 2 ** bits + field, (bits + 4) / 8));
      });
    }
    case 42:
    case 44: {
      const bits = code % 100 === 42 ? 5 : 13;
      return values.flatMap((value) => {
        const [exponent, fraction] = split(value, 16, 3, bits);
        return ordered(int((value < 0 ? 2 ** (bits + 2) : 0) + exponent * 2 ** bits + fraction, (bits + 3) / 8));
      });
    }
    case 36:
      return values.flatMap((value) => ordered(int(value, 3)));
    case 38:
      return values.flatMap((value) => ordered(int(value, 4)));
    case 48:
      return values.flatMap((value) => {
        if (value === 0) return [0, 0, 0, 0];
        let exponent = 64;
        let fraction = Math.abs(value);
        for (; fraction >= 1; exponent++) fraction /= 16;
        for (; fraction < 1 / 16; exponent--) fraction *= 16;
        return ordered([(value < 0 ? 128 : 0) + exponent, ...int(Math.floor(fraction * 2 ** 24), 3)]);
      });
    case 58:
      return values.flatMap((value) => ordered(float(value, 4)));
    case 80:
      return values.flatMap((value) => ordered(float(value, 8)));
  }
  throw new RangeError(`no such code: ${code}`);
}

export interface DecodedTrace {
  readonly file: number;
  readonly set: number;
  readonly number: number;
  readonly edit: number;
  readonly timing: number; // ms
  readonly values: readonly number[];
}

export interface DecodedRecord {
  readonly file: number;
  readonly formatCode: string;
  readonly revision: string;
  readonly intervalMs: number;
  readonly date: string;
  readonly sourcePoint: number;
  readonly sets: readonly {
    number: number;
    type: number;
    channels: number;
    startMs: number;
    endMs: number;
    mp: number;
  }[];
  readonly traces: readonly DecodedTrace[];
}

/** Records of revision 2.1, format 8058, one scan type, no extended or external headers. */
export function decodeSegd21(bytes: Uint8Array): DecodedRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hex = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('hex');
  const u24 = (at: number) => view.getUint16(at) * 256 + view.getUint8(at + 2);
  const records: DecodedRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const file = hex(at, at + 2) === 'ffff' ? u24(at + 32) : Number(hex(at, at + 2));
    const blocks = bytes[at + 11] >> 4;
    const count = hex(at + 28, at + 29) === 'ff' ? view.getUint16(at + 32 + 3) : Number(hex(at + 28, at + 29));
    const base = bytes[at + 22] / 16;
    const sets = [];
    let power = 0;
    for (let i = 0, d = at + 32 * (1 + blocks); i < count; i++, d += 32) {
      power = bytes[d + 11] >> 4;
      const word = bytes[d + 7] * 256 + bytes[d + 6];
      sets.push({
        number: hex(d + 1, d + 2) === 'ff' ? view.getUint16(d + 26) : Number(hex(d + 1, d + 2)),
        type: bytes[d + 10] >> 4,
        channels: Number(hex(d + 8, d + 10)),
        startMs: 2 * view.getUint16(d + 2),
        endMs: 2 * view.getUint16(d + 4),
        mp: ((word & 0x7fff) / 1024) * (word & 0x8000 ? -1 : 1),
      });
    }
    const traces: DecodedTrace[] = [];
    let t = at + 32 * (1 + blocks + count);
    for (let i = 0; i < sets.reduce((sum, set) => sum + set.channels, 0); i++) {
      const extensions = bytes[t + 9];
      const samples = u24(t + 20 + 7);
      const data = t + 20 + 32 * extensions;
      traces.push({
        file: hex(t, t + 2) === 'ffff' ? u24(t + 17) : Number(hex(t, t + 2)),
        set: hex(t + 3, t + 4) === 'ff' ? view.getUint16(t + 15) : Number(hex(t + 3, t + 4)),
        number: hex(t + 4, t + 6) === 'ffff' ? u24(t + 20 + 21) : Number(hex(t + 4, t + 6)),
        edit: bytes[t + 11],
        timing: u24(t + 6) / 256,
        values: Array.from({ length: samples }, (_, s) => view.getFloat32(data + 4 * s)),
      });
      t = data + 4 * samples;
    }
    const day = Number(hex(at + 11, at + 13).slice(1));
    records.push({
      file,
      formatCode: hex(at + 2, at + 4),
      revision: `${bytes[at + 42]}.${bytes[at + 43]}`,
      intervalMs: base / 2 ** power,
      date: `${hex(at + 10, at + 11)}/${day} ${hex(at + 13, at + 14)}:${hex(at + 14, at + 15)}:${hex(at + 15, at + 16)}`,
      sourcePoint: u24(at + 64 + 8) + view.getUint16(at + 64 + 11) / 65536,
      sets,
      traces,
    });
    at = t;
  }
  return records;
}

/** A tape image: each block behind a header of three little-endian words, a tape mark after each file. */
export function tapeImageOf(files: readonly (readonly Uint8Array[])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  let previous = 0;
  const put = (type: number, data: Uint8Array) => {
    const header = new DataView(new ArrayBuffer(12));
    header.setUint32(0, type, true);
    header.setUint32(4, previous, true);
    header.setUint32(8, at + 12 + data.length, true);
    parts.push(new Uint8Array(header.buffer), data);
    previous = at;
    at += 12 + data.length;
  };
  for (const blocks of files) {
    for (const data of blocks) put(0, data);
    put(1, new Uint8Array(0));
  }
  put(1, new Uint8Array(0));
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
