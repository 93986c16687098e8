/**
 * Writes shots as SEG-D rev 2.1, format 8058 (IEEE floats): one record a shot, one channel set a run of traces of one kind,
 * samples per trace in trace header extension 1. Geometry but for the source point has no place in revision 2.1.
 */
import { RecordError } from '../../errors.ts';
import type { Shot, Trace } from '../../gather.ts';
import type { Milliseconds } from '../../units.ts';
import { type FieldTable, writeField, writeFields } from '../fields.ts';
import { writeBcd } from './bcd.ts';
import {
  BLOCK,
  CHANNEL_SET,
  CHANNEL_SET_BINARY,
  EXTENSION_1,
  GENERAL_1,
  GENERAL_1_BINARY,
  GENERAL_2,
  SOURCE_BLOCK,
  TRACE_HEADER,
  TRACE_HEADER_BINARY,
  TRACE_HEADER_BYTES,
} from './headers.ts';
import { headerOfDate } from './time.ts';

const FORMAT_CODE = 8058;
const GENERAL_BLOCKS = 3;
const MOST_BCD4 = 9999;
const MOST_U16 = 0xffff;
const MOST_U24 = 0xffffff;
/** Bytes handed out at once. */
const CHUNK = 1024 * 1024;

/** Byte 19 of general headers 2 and 3: their number; byte 26 upper half of general header 1: a normal record. */
const BLOCK_NUMBER = { at: 19, as: 'u8' } as const;
const RECORD_TYPE = { at: 26, digits: 1 } as const;
const RECORD_LENGTH = { at: 26, digits: 3, low: true } as const;
const NORMAL_RECORD = 8;
const EXTENDED_RECORD_LENGTH = { at: 15, as: 'u24' } as const; // ms
const SET_END = { start: CHANNEL_SET_BINARY.start, end: CHANNEL_SET_BINARY.end } as const satisfies FieldTable;

/**
 * @throws RecordError `unsupported` for what SEG-D 2.1 cannot say: no interval, one that is no 1/16 ms over a power of two,
 * a first sample before the shot, more than 2²⁴ samples
 */
export async function* writeSegd(
  shots: Iterable<Shot> | AsyncIterable<Shot>,
  { name = 'SEG-D' }: { readonly name?: string } = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let count = 0;
  for await (const shot of shots) {
    const refuse = (what: string): never => {
      throw new RecordError('unsupported', name, `${what} in FFID ${shot.ffid ?? '?'}: SEG-D 2.1 cannot hold it`);
    };
    const file = shot.ffid ?? ++count;
    const scan = scanOf(shot.sampleInterval);
    const start = shot.firstSample.time;
    if (!scan) return refuse(`expected an interval of n/16 ms over a power of two, found ${shot.sampleInterval} ms`);
    if (!(start >= 0 && start <= MOST_U16))
      return refuse(`expected a first sample 0 to 65,535 ms after the shot, found ${start} ms`);
    if (shot.samples > MOST_U24) return refuse(`expected at most ${MOST_U24} samples, found ${shot.samples}`);
    if (!Number.isInteger(file) || file < 0 || file > MOST_U24)
      return refuse(`expected a file number of 0 to ${MOST_U24}, found ${file}`);
    if (shot.amplitudes.length < shot.traces.length * shot.samples)
      return refuse(`expected ${shot.traces.length * shot.samples} amplitudes, found ${shot.amplitudes.length}`);
    const sets = runs(shot.traces);
    if (sets.length === 0 || sets.length > MOST_U16)
      return refuse(`expected 1 to ${MOST_U16} channel sets, found ${sets.length}`);
    yield headers(shot, file, scan, sets);
    yield* traces(shot, file, sets);
  }
}

interface Run {
  readonly number: number;
  readonly kind: 'seismic' | 'auxiliary';
  readonly from: number;
  readonly to: number;
  readonly descale: number | undefined;
}

const runKind = (trace: Trace) => (trace.kind === 'auxiliary' ? 'auxiliary' : 'seismic');
const factorOf = ({ descale }: Trace) => (descale?.unit === 'mV' && descale.factor > 0 ? descale.factor : undefined);

/** Runs of traces that can share a descriptor. */
function runs(all: readonly Trace[]): Run[] {
  const sets: Run[] = [];
  for (let from = 0, to = 1; from < all.length; from = to, to = from + 1) {
    const kind = runKind(all[from]);
    const descale = factorOf(all[from]);
    while (to < all.length && to - from < MOST_BCD4 && runKind(all[to]) === kind && factorOf(all[to]) === descale) to++;
    sets.push({ number: sets.length + 1, kind, from, to, descale });
  }
  return sets;
}

/** Base interval in 1/16 ms and the power of two that divides it. */
function scanOf(interval: Milliseconds | undefined): { base: number; power: number } | undefined {
  if (interval === undefined || !(interval > 0)) return undefined;
  for (let power = 0; power < 16; power++) {
    const base = interval * 16 * 2 ** power;
    if (Number.isInteger(base) && base >= 1 && base < 0xff) return { base, power };
  }
  return undefined;
}

function headers(
  shot: Shot,
  file: number,
  { base, power }: { base: number; power: number },
  sets: readonly Run[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BLOCK * (GENERAL_BLOCKS + sets.length));
  const view = new DataView(bytes.buffer);
  const { day, hour, minute, second, year } = headerOfDate(shot.recordedAt);
  const length = Math.min(MOST_U24, Math.ceil(shot.samples * (shot.sampleInterval ?? 0)));

  writeFields(GENERAL_1_BINARY, view, 0, 'big', { moreBlocks: (GENERAL_BLOCKS - 1) << 4, baseInterval: base });
  const general = {
    fileNumber: file > MOST_BCD4 ? undefined : file,
    formatCode: FORMAT_CODE,
    year,
    day,
    hour,
    minute,
    second,
    maker: 0,
    scanTypes: 1,
    channelSets: sets.length > 99 ? undefined : sets.length,
    skewBlocks: 0,
    extendedBlocks: 0,
    externalBlocks: 0,
  };
  for (const field of Object.keys(GENERAL_1) as (keyof typeof GENERAL_1)[])
    writeBcd(GENERAL_1[field], view, 0, general[field]);
  writeBcd(RECORD_TYPE, view, 0, NORMAL_RECORD);
  writeBcd(RECORD_LENGTH, view, 0, undefined);

  writeFields(GENERAL_2, view, BLOCK, 'big', { fileNumber: file, channelSets: sets.length, major: 2, minor: 1 });
  writeField(EXTENDED_RECORD_LENGTH, view, BLOCK, 'big', length);
  writeField(BLOCK_NUMBER, view, BLOCK, 'big', 2);

  const point = Math.floor(shot.sourcePoint ?? 0);
  writeFields(SOURCE_BLOCK, view, 2 * BLOCK, 'big', {
    point,
    pointFraction: Math.round(((shot.sourcePoint ?? 0) - point) * 65536),
  });
  writeField(BLOCK_NUMBER, view, 2 * BLOCK, 'big', 3);

  const end = shot.firstSample.time + shot.samples * (shot.sampleInterval ?? 0);
  sets.forEach((set, i) => {
    const at = BLOCK * (GENERAL_BLOCKS + i);
    writeBcd(CHANNEL_SET.scanType, view, at, 1);
    writeBcd(CHANNEL_SET.number, view, at, set.number > 99 ? undefined : set.number);
    writeBcd(CHANNEL_SET.channels, view, at, set.to - set.from);
    writeFields(SET_END, view, at, 'big', { start: Math.floor(shot.firstSample.time / 2), end: Math.ceil(end / 2) });
    const exponent = descaleWord(set.descale);
    writeFields(CHANNEL_SET_BINARY, view, at, 'big', {
      descaleLow: exponent & 0xff,
      descaleHigh: exponent >> 8,
      type: set.kind === 'seismic' ? 0x10 : 0x70,
      subscans: power << 4,
      extendedNumber: set.number,
      extensions: 1,
    });
  });
  return bytes;
}

/** Exponent of two in 1/1024, sign and magnitude. */
function descaleWord(factor: number | undefined): number {
  if (factor === undefined) return 0;
  const exponent = Math.round(Math.log2(factor) * 1024);
  return Math.min(0x7fff, Math.abs(exponent)) | (exponent < 0 ? 0x8000 : 0);
}

const HEADER_BYTES = TRACE_HEADER_BYTES + BLOCK;

function* traces(shot: Shot, file: number, sets: readonly Run[]): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const each = HEADER_BYTES + 4 * shot.samples;
  const most = Math.max(1, Math.floor(CHUNK / each));
  for (const set of sets)
    for (let from = set.from; from < set.to; from += most) {
      const to = Math.min(set.to, from + most);
      const bytes = new Uint8Array((to - from) * each);
      const view = new DataView(bytes.buffer);
      for (let i = from; i < to; i++) writeTrace(view, (i - from) * each, shot, i, file, set);
      yield bytes;
    }
}

function writeTrace(view: DataView, at: number, shot: Shot, index: number, file: number, set: Run): void {
  const { channel, kind } = shot.traces[index];
  const number = channel >= 0 && channel <= MOST_BCD4 && Number.isInteger(channel) ? channel : undefined;
  writeBcd(TRACE_HEADER.fileNumber, view, at, file > MOST_BCD4 ? undefined : file);
  writeBcd(TRACE_HEADER.scanType, view, at, 1);
  writeBcd(TRACE_HEADER.channelSet, view, at, set.number > 99 ? undefined : set.number);
  writeBcd(TRACE_HEADER.traceNumber, view, at, number);
  writeFields(TRACE_HEADER_BINARY, view, at, 'big', {
    timingWord: shot.firstSample.time * 256,
    extensions: 1,
    edit: kind === 'dead' ? 1 : 0,
    extendedChannelSet: set.number,
    extendedFileNumber: file,
  });
  writeFields(EXTENSION_1, view, at + TRACE_HEADER_BYTES, 'big', {
    samples: shot.samples,
    ...(number === undefined && { extendedTraceNumber: channel }),
  });
  const data = at + HEADER_BYTES;
  const row = index * shot.samples;
  for (let i = 0; i < shot.samples; i++) view.setFloat32(data + 4 * i, shot.amplitudes[row + i]);
}
