/** Damaged files, made by mutating sound ones of every format: the same seed and index always give the same bytes. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as h5 from 'h5wasm';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { FIELD_BYTES, type FieldKind, type FieldTable } from '#shared/formats/fields.ts';
import { FILE_DESCRIPTOR, FIXED_BYTES, TRACE_DESCRIPTOR } from '#shared/formats/seg2/blocks.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import {
  BLOCK,
  CHANNEL_SET_BINARY,
  EXTENSION_1,
  GENERAL_1_BINARY,
  GENERAL_2,
  TRACE_HEADER_BINARY,
} from '#shared/formats/segd/headers.ts';
import { writeSegd } from '#shared/formats/segd/write.ts';
import { WRITABLE_FORMATS } from '#shared/formats/segy/encode.ts';
import { BINARY_HEADER, FILE_HEADER_BYTES, TRACE_HEADER, TRACE_HEADER_BYTES } from '#shared/formats/segy/headers.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import type { TimedShot } from '#shared/gather.ts';
import { metres, ms } from '#shared/units.ts';
import { encodeRecord } from '../formats/segd-oracle.ts';
import { randomOf } from '../signal/made-shot.ts';

export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Header words whose extremes are tried, by 0-based offset. */
  readonly words: readonly { readonly offset: number; readonly as: FieldKind }[];
}

const CHANNELS = 6;
const EXACT = [1, -2, 8, -8, 0, 4, -1, 2];
/** Larger conformance files would only slow the run down. */
const MOST_BYTES = 400_000;

/** Files of all formats by the product's writers, and those of the conformance folder where there is one. */
export async function sounds(fieldData: string | undefined): Promise<readonly Seed[]> {
  const shots = [shotOf(1), shotOf(2)];
  const seeds: Seed[] = [];
  for (const sampleFormat of WRITABLE_FORMATS)
    for (const [revision, byteOrder] of [
      [1, 'big'],
      [2, 'little'],
    ] as const) {
      const bytes = await whole(writeSegy(shots, { revision, sampleFormat, byteOrder }));
      seeds.push({ name: `segy-${revision}-${sampleFormat}-${byteOrder}`, bytes, words: segyWords(0) });
      // Seismic Unix is SEG-Y without its file header; it knows IEEE floats alone.
      if (sampleFormat === 5 && revision === 1)
        seeds.push({ name: 'su', bytes: bytes.slice(FILE_HEADER_BYTES), words: segyWords(FILE_HEADER_BYTES) });
    }
  for (const sampleFormat of [1, 2, 3, 4, 5] as const) {
    const bytes = writeSeg2(shots[0], { sampleFormat });
    seeds.push({ name: `seg2-${sampleFormat}`, bytes, words: seg2Words(bytes) });
  }
  seeds.push({ name: 'seg2-gzip', bytes: gzipSync(writeSeg2(shots[0])), words: [] });
  seeds.push({ name: 'segd-8058', bytes: await whole(writeSegd(shots)), words: SEGD_WORDS });
  for (const [revision, code] of [
    ['0', 8048],
    ['1.0', 8015],
    ['2.1', 8036],
    ['3.0', 8058],
    ['3.1', 8080],
  ] as const) {
    // Values that every code holds exactly.
    const traces = [1, 2, 3].map((number) => ({
      number,
      values: Array.from({ length: 64 }, (_, k) => EXACT[(k * k) % 8]),
    }));
    const bytes = encodeRecord({ revision, code, sets: [{ traces, end: 126, samples: 64, interval: 2000 }], base: 32 });
    seeds.push({ name: `segd-${revision}-${code}`, bytes, words: SEGD_WORDS });
  }
  const often = [...seeds, ...seeds, ...seeds];
  return [...often, { name: 'hdf5', bytes: await hdf5Of(shots), words: [] }, ...conformance(fieldData)];
}

function shotOf(ffid: number): TimedShot {
  return syntheticShot({
    ffid,
    source: metres(-1),
    channels: CHANNELS,
    sampleInterval: ms(0.5),
    length: ms(60),
    dead: [3],
  }).shot;
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return new Uint8Array(Buffer.concat(parts));
}

const wordsOf = (table: FieldTable, base: number) =>
  Object.values(table).map(({ at, as }) => ({ offset: base + at - 1, as }));

/** Of the first and second trace as well; `missing` bytes of the file header are not there. */
const segyWords = (missing: number) => [
  ...(missing ? [] : [...wordsOf(BINARY_HEADER, 0), ...wordsOf(BINARY_HEADER, 0)]),
  ...wordsOf(TRACE_HEADER, FILE_HEADER_BYTES - missing),
  ...wordsOf(TRACE_HEADER, FILE_HEADER_BYTES - missing + TRACE_HEADER_BYTES + 4 * 120),
];

function seg2Words(bytes: Uint8Array): Seed['words'] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pointers = Array.from({ length: CHANNELS }, (_, i) => FIXED_BYTES + 4 * i);
  return [
    ...wordsOf(FILE_DESCRIPTOR, 0),
    ...pointers.map((offset) => ({ offset, as: 'u32' as const })),
    ...pointers.flatMap((offset) => wordsOf(TRACE_DESCRIPTOR, view.getUint32(offset, true))),
  ];
}

/** Three general headers, one channel set, the first trace: as the writer lays them out, near enough for the others. */
const SEGD_WORDS = [
  ...wordsOf(GENERAL_1_BINARY, 0),
  ...wordsOf(GENERAL_2, BLOCK),
  ...wordsOf(CHANNEL_SET_BINARY, 3 * BLOCK),
  ...wordsOf(TRACE_HEADER_BINARY, 4 * BLOCK),
  ...wordsOf(EXTENSION_1, 4 * BLOCK + 20),
];

/** In the hardpicks layout. */
async function hdf5Of(shots: readonly TimedShot[]): Promise<Uint8Array> {
  await h5.ready;
  const path = '/sound.h5';
  const file = new h5.File(path, 'w');
  file.create_group('TRACE_DATA');
  file.create_group('TRACE_DATA/DEFAULT');
  const traces = shots.flatMap((shot) => shot.traces.map((trace) => ({ shot, trace })));
  const put = (name: string, data: Int32Array | Float32Array, shape: number[]) =>
    file.create_dataset({ name: `TRACE_DATA/DEFAULT/${name}`, data, shape });
  const column = (name: string, value: (i: number) => number) =>
    put(
      name,
      Int32Array.from(traces, (_, i) => Math.round(value(i))),
      [traces.length, 1],
    );
  column('SAMP_RATE', () => 500);
  column('SAMP_NUM', () => shots[0].samples);
  column('SHOTID', (i) => traces[i].shot.ffid ?? 0);
  column('SHOT_PEG', (i) => traces[i].shot.ffid ?? 0);
  column('REC_PEG', (i) => traces[i].trace.channel);
  for (const name of ['SOURCE_X', 'SOURCE_Y', 'SOURCE_HT', 'REC_Y', 'REC_HT']) column(name, () => 100);
  column('REC_X', (i) => 100 * traces[i].trace.channel);
  column('COORD_SCALE', () => -10);
  column('HT_SCALE', () => -10);
  put('SPARE1', new Float32Array(traces.length), [traces.length]);
  const amplitudes = Float32Array.from(shots.flatMap((shot) => [...shot.amplitudes]));
  put('data_array', amplitudes, [traces.length, shots[0].samples]);
  file.close();
  const disk = h5.FS as unknown as { readFile(path: string): Uint8Array; unlink(path: string): void };
  const bytes = disk.readFile(path).slice();
  disk.unlink(path);
  return bytes;
}

function conformance(fieldData: string | undefined): Seed[] {
  const folder = fieldData && join(fieldData, 'format-conformance');
  if (!folder || !existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .filter((name) => !/\.(txt|md|json|sgt)$/i.test(name))
    .filter((name) => statSync(join(folder, name)).isFile() && statSync(join(folder, name)).size <= MOST_BYTES)
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))), words: [] }));
}

/** Input `index` of the run `seed`: a sound file after one to four mutations. */
export function damaged(seeds: readonly Seed[], seed: number, index: number): { name: string; bytes: Uint8Array } {
  const dice = new Dice(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const from = dice.of(seeds);
  let bytes: Uint8Array = from.bytes.slice();
  const done: string[] = [];
  for (let i = dice.below(4); i >= 0; i--) {
    const [name, mutate] = dice.of(MUTATIONS);
    bytes = mutate(bytes, dice, from, seeds);
    done.push(name);
  }
  return { name: `${from.name} (${done.join(', ')})`, bytes };
}

class Dice {
  readonly #random: () => number;
  constructor(seed: number) {
    this.#random = randomOf(seed);
    for (let i = 0; i < 3; i++) this.#random(); // neighbouring seeds begin alike
  }
  /** 0 … n − 1. */
  below(n: number): number {
    return Math.floor(this.#random() * n);
  }
  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
  /** A place in the file, most often among its headers. */
  place(bytes: Uint8Array): number {
    return this.below(this.below(10) < 7 ? Math.min(bytes.length, 4400) : bytes.length);
  }
  /** A length, short more often than long. */
  length(most: number): number {
    return this.below(Math.max(1, Math.min(most, 2 ** this.below(13))));
  }
}

type Mutate = (bytes: Uint8Array, dice: Dice, from: Seed, seeds: readonly Seed[]) => Uint8Array;

const EXTREMES = [0, 1, -1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
const TEXTS = ['-1e308', 'NaN', '1e-308', '99999999999999999999', '-', '', '0', '0.000000001', '\u0000\u0000', 'é'];

const MUTATIONS: readonly (readonly [name: string, mutate: Mutate])[] = [
  [
    'bits',
    (bytes, dice) => {
      for (let i = dice.below(8); i >= 0 && bytes.length; i--) bytes[dice.place(bytes)] ^= 1 << dice.below(8);
      return bytes;
    },
  ],
  [
    'run',
    (bytes, dice) => {
      const at = dice.place(bytes);
      const value = dice.of([0, 0xff, 0x20, 0x80, undefined]);
      for (let end = at + 1 + dice.length(512); at < bytes.length && end-- > at; )
        bytes[end] = value ?? dice.below(256);
      return bytes;
    },
  ],
  ['word', (bytes, dice) => extreme(bytes, dice, dice.place(bytes), dice.of(['i16', 'i32', 'f32', 'u8'] as const))],
  [
    'header word',
    (bytes, dice, { words }) => {
      if (!words.length) return extreme(bytes, dice, 2 * dice.below(2200), 'i16');
      const { offset, as } = dice.of(words);
      return extreme(bytes, dice, offset, as);
    },
  ],
  ['cut short', (bytes, dice) => bytes.slice(0, dice.below(2) ? dice.below(bytes.length + 1) : dice.place(bytes))],
  ['cut out', (bytes, dice) => spliced(bytes, dice.place(bytes), dice.length(bytes.length), new Uint8Array(0))],
  [
    'put in',
    (bytes, dice) => {
      const piece = Uint8Array.from({ length: dice.length(4096) }, () => dice.below(256));
      return spliced(bytes, dice.place(bytes), 0, piece);
    },
  ],
  [
    'repeat',
    (bytes, dice) => {
      const at = dice.place(bytes);
      return spliced(bytes, dice.place(bytes), 0, bytes.slice(at, at + dice.length(4096)));
    },
  ],
  [
    'splice',
    (bytes, dice, _, seeds) => {
      const other = dice.of(seeds).bytes;
      const at = dice.place(other);
      return spliced(bytes, dice.place(bytes), dice.length(bytes.length), other.slice(at, at + dice.length(8192)));
    },
  ],
  [
    'number in text',
    (bytes, dice) => {
      const digit = (byte: number) => byte >= 0x30 && byte <= 0x39;
      let at = dice.place(bytes);
      for (let k = 0; k < 4096 && at < bytes.length && !digit(bytes[at]); k++) at++;
      const text = new TextEncoder().encode(dice.of(TEXTS));
      return dice.below(2) ? overwritten(bytes, at, text) : spliced(bytes, at, 1, text);
    },
  ],
];

/** An extreme value in either byte order. */
function extreme(bytes: Uint8Array, dice: Dice, offset: number, as: FieldKind): Uint8Array {
  const width = FIELD_BYTES[as];
  if (offset < 0 || offset + width > bytes.length) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = dice.below(2) === 0;
  if (as === 'f32') view.setFloat32(offset, dice.of([Number.NaN, Infinity, -Infinity, 3.4e38, 1e-45, -0]), little);
  else if (as === 'f64') view.setFloat64(offset, dice.of([Number.NaN, Infinity, -Infinity, 1e308, 5e-324, -0]), little);
  else {
    const value = dice.below(4) ? dice.of(EXTREMES) : dice.below(2 ** 31);
    for (let k = 0; k < width; k++) {
      const shift = 8 * (little ? k : width - 1 - k);
      bytes[offset + k] = shift < 32 ? value >>> shift : value < 0 ? 0xff : 0;
    }
  }
  return bytes;
}

function overwritten(bytes: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  bytes.set(piece.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
  return bytes;
}

function spliced(bytes: Uint8Array, at: number, remove: number, piece: Uint8Array): Uint8Array {
  const head = bytes.subarray(0, at);
  const tail = bytes.subarray(Math.min(bytes.length, at + remove));
  const all = new Uint8Array(head.length + piece.length + tail.length);
  all.set(head);
  all.set(piece, head.length);
  all.set(tail, head.length + piece.length);
  return all;
}
