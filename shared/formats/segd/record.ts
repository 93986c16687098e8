/**
 * The headers of one SEG-D record: general headers, channel-set descriptors and where the traces begin, of all revisions
 * brought to one shape. Counts are checked against the file before anything of their size is read.
 */
import { type Problem, RecordError } from '../../errors.ts';
import type { Position, Trace } from '../../gather.ts';
import { type ByteSource, bytesAt, exactly } from '../../source.ts';
import { type Metres, type Milliseconds, ms } from '../../units.ts';
import { readFields } from '../fields.ts';
import { readBcd, readBcdFields } from './bcd.ts';
import {
  BLOCK,
  BLOCK_TYPE,
  CHANNEL_SET,
  CHANNEL_SET_BINARY,
  CHANNEL_SET_REV3,
  CHANNEL_SET_REV3_BYTES,
  GENERAL_1,
  GENERAL_1_BINARY,
  GENERAL_2,
  GENERAL_2_REV3,
  GENERAL_3_REV3,
  GEOSPACE,
  GEOSPACE_EXTENDED_HEADER,
  GEOSPACE_EXTENDED_HEADER_BLOCKS,
  MAKERS,
  POSITION_BLOCK,
  SERCEL,
  SERCEL_EXTENDED_HEADER,
  SERCEL_EXTENDED_HEADER_BLOCKS,
  SOURCE_BLOCK,
} from './headers.ts';
import { isMultiplexed, sampleCode } from './sample-codes.ts';
import { dateOfGps, dateOfHeader } from './time.ts';

export interface ChannelSet {
  readonly scanType: number;
  readonly number: number;
  readonly kind: 'seismic' | 'auxiliary';
  readonly typeStated: boolean;
  readonly channels: number;
  readonly interval: Milliseconds | undefined;
  readonly start: Milliseconds;
  /** Samples a trace, by the descriptor: stated (revision 3), then from the times of start and end. */
  readonly samples: readonly number[];
  readonly extensions: number;
  readonly descale?: NonNullable<Trace['descale']>;
}

export interface RecordHead {
  readonly at: number;
  readonly ffid: number | undefined;
  /** 0 where there is no general header 2, or one that names no revision. */
  readonly major: number;
  readonly minor: number;
  readonly code: number;
  readonly maker: number | undefined;
  /** Sets with channels, in the order of their traces. */
  readonly sets: readonly ChannelSet[];
  /** Where the first trace may begin, likeliest first. */
  readonly tracesAt: readonly number[];
  /** End of the descriptors: no trace begins before. */
  readonly descriptorsEnd: number;
  readonly trailerBytes: number;
  readonly sourcePoint?: number;
  readonly source?: Position;
  readonly recordedAt?: string;
  readonly recorder?: string;
  /** GPS microseconds of the record's time zero (revision 3). */
  readonly timeZero?: number;
  /** Samples a trace and start of recording by the extended header of Sercel recorders. */
  readonly sercel?: { readonly samples: number; readonly refractionDelay: Milliseconds };
  /** Start of recording by the extended header of Geospace recorders, where it is not 0. */
  readonly geospace?: { readonly start: Milliseconds };
  readonly text: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * A known format code and possible counts: what a general header 1 cannot lack. Somewhere in a file (`strict`) the file
 * number and the date must be possible too; at its start, writers that leave them out are borne with.
 */
export function looksLikeRecord(view: DataView, at: number, { strict = true } = {}): boolean {
  if (at < 0 || at + BLOCK > view.byteLength) return false;
  const code = readBcd(GENERAL_1.formatCode, view, at);
  if (code === undefined || !(sampleCode(code) || isMultiplexed(code))) return false;
  const { fileNumber, day, hour, minute, second, scanTypes, channelSets } = readBcdFields(GENERAL_1, view, at);
  const otherwise = strict ? 1000 : 0;
  return (
    (fileNumber !== undefined || !strict || view.getUint16(at) === 0xffff) &&
    (day ?? otherwise) <= 366 &&
    (hour ?? otherwise) <= 24 &&
    (minute ?? otherwise) <= 60 &&
    (second ?? otherwise) <= 60 &&
    (scanTypes ?? 0) >= 1 &&
    (channelSets !== undefined || view.getUint8(at + GENERAL_1.channelSets.at - 1) === 0xff)
  );
}

/** @throws RecordError */
export async function readRecordHead(source: ByteSource, at: number, codeGiven?: number): Promise<RecordHead> {
  const problems: Problem[] = [];
  const view = viewOf(await exactly(source, at, BLOCK, 'SEG-D general header 1'));
  if (!looksLikeRecord(view, 0, { strict: false }))
    throw new RecordError('malformed', source.name, `expected a SEG-D general header at byte ${at}, found other bytes`);
  const general = readBcdFields(GENERAL_1, view, 0);
  const code = codeGiven ?? (general.formatCode as number);
  if (isMultiplexed(code)) {
    const found = String(code).padStart(4, '0');
    throw new RecordError(
      'unsupported',
      source.name,
      `expected demultiplexed SEG-D (format 80xx or 90xx), found multiplexed format ${found}`,
    );
  }
  if (!sampleCode(code))
    throw new RecordError('unsupported', source.name, `expected a SEG-D sample format 80xx or 90xx, found ${code}`);

  const { moreBlocks, baseInterval } = readFields(GENERAL_1_BINARY, view, 0, 'big');
  const nibble = moreBlocks >> 4;
  const second = nibble > 0 ? viewOf(await exactly(source, at + BLOCK, BLOCK, 'SEG-D general header 2')) : undefined;
  const extended = second && readFields(GENERAL_2, second, 0, 'big');
  const known = extended !== undefined && extended.major >= 1 && extended.major <= 3;
  const major = known ? extended.major : 0;
  const modern = second && major === 3 ? readFields(GENERAL_2_REV3, second, 0, 'big') : undefined;
  const beyond = modern ?? extended;
  const blocks = modern && nibble === 15 ? modern.moreBlocks : nibble;

  const counted = (what: string, name: keyof typeof GENERAL_1, elsewhere: number | undefined): number => {
    const byte = view.getUint8(GENERAL_1[name].at - 1);
    if (byte === 0xff && elsewhere !== undefined) return elsewhere;
    const value = general[name];
    if (value !== undefined) return value;
    problems.push({
      code: 'header-not-decimal',
      message: `expected a decimal number of ${what}, found ${hex(byte)}; taken as ${byte === 0xff ? 0 : byte}`,
    });
    return byte === 0xff ? 0 : byte;
  };
  const scanTypes = counted('scan types', 'scanTypes', undefined);
  const setsEach = counted('channel sets', 'channelSets', beyond?.channelSets);
  const skewBlocks = counted('skew blocks', 'skewBlocks', modern?.skewBlocks);
  const extendedBlocks = counted('extended header blocks', 'extendedBlocks', beyond?.extendedBlocks);
  const externalBlocks = counted('external header blocks', 'externalBlocks', beyond?.externalBlocks);

  const blocksAt = at + 2 * BLOCK;
  const descriptorsAt = at + BLOCK * (1 + blocks);
  const more = viewOf(await exactly(source, blocksAt, Math.max(0, descriptorsAt - blocksAt), 'SEG-D general headers'));
  const found = major === 3 ? readBlocks(more) : readSource(more);

  const base = baseInterval === 0 || baseInterval === 0xff ? undefined : ms(baseInterval / 16);
  const width = major === 3 ? CHANNEL_SET_REV3_BYTES : BLOCK;
  const { sets, end } = await readDescriptors(source, descriptorsAt, {
    scanTypes,
    setsEach,
    width,
    skewBytes: skewBlocks * BLOCK,
    read: (bytes, from) =>
      major === 3
        ? readDescriptorRev3(bytes, from, modern?.intervalUs ? ms(modern.intervalUs / 1000) : base)
        : readDescriptor(bytes, from, base),
    problems,
  });

  const extendedAt = end;
  const externalAt = extendedAt + extendedBlocks * BLOCK;
  const stated = found.headerBytes ? at + found.headerBytes : undefined;
  const counts = externalAt + externalBlocks * BLOCK;
  const tracesAt = [...new Set(stated === undefined || stated < end ? [counts] : [stated, counts])];

  const maker = general.maker;
  const sercel =
    maker === SERCEL && major < 3 && extendedBlocks >= SERCEL_EXTENDED_HEADER_BLOCKS
      ? await readSercel(source, extendedAt)
      : undefined;
  const geospace =
    maker === GEOSPACE && major < 3 && extendedBlocks >= GEOSPACE_EXTENDED_HEADER_BLOCKS
      ? await readGeospace(source, extendedAt)
      : undefined;
  const recordedAt =
    (found.timeZero === undefined ? undefined : dateOfGps(found.timeZero)) ??
    dateOfHeader(general.year, general.day, general.hour, general.minute, general.second);
  const place = found.source ?? sercel?.source ?? geospace?.source;
  return {
    at,
    // A number that is neither decimal nor elsewhere was written as binary.
    ffid: general.fileNumber ?? (view.getUint16(0) === 0xffff ? beyond?.fileNumber : view.getUint16(0)),
    major,
    minor: known ? minorOf(extended.minor) : 0,
    code,
    maker,
    sets: sercel?.interval ? sets.map((set) => ({ ...set, interval: set.interval ?? sercel.interval })) : sets,
    tracesAt,
    descriptorsEnd: end,
    trailerBytes: known ? (beyond as { trailerBlocks: number }).trailerBlocks * BLOCK : 0,
    ...(found.point !== undefined && { sourcePoint: found.point }),
    ...(place && { source: place }),
    ...(recordedAt !== undefined && { recordedAt }),
    ...(maker && { recorder: MAKERS[maker] ?? `SEG-D maker ${maker}` }),
    ...(found.timeZero && { timeZero: found.timeZero }),
    ...(sercel && { sercel }),
    ...(geospace?.start && { geospace: { start: geospace.start } }),
    text: [...found.text, ...(await readText(source, externalAt, externalBlocks * BLOCK))],
    problems,
  };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0');
/** Some writers record revision 2.1 as 02 10. */
const minorOf = (byte: number) => (byte >= 16 && byte % 16 === 0 ? byte >> 4 : byte);

interface Found {
  readonly point?: number;
  readonly source?: Position;
  readonly timeZero?: number;
  readonly headerBytes?: number;
  readonly text: readonly string[];
}

/** Source line and point; both zero: not filled in. */
function readPoint(view: DataView, at: number): number | undefined {
  const { line, point, lineFraction, pointFraction } = readFields(SOURCE_BLOCK, view, at, 'big');
  return line === 0 && point === 0 && lineFraction === 0 && pointFraction === 0
    ? undefined
    : point + pointFraction / 65536;
}

/** General header 3 up to revision 2.1. */
function readSource(view: DataView): Found {
  const point = view.byteLength >= BLOCK ? readPoint(view, 0) : undefined;
  return { ...(point !== undefined && { point }), text: [] };
}

/** General header 3 and the blocks after it in revision 3: recognised by their type, in any order. */
function readBlocks(view: DataView): Found {
  let point: number | undefined;
  let source: Position | undefined;
  let general: { timeZero: number; headerBytes: number } | undefined;
  const text: string[] = [];
  for (let at = 0, sourceSeen = false; at + BLOCK <= view.byteLength; at += BLOCK) {
    const type = view.getUint8(at + BLOCK - 1);
    if (type === 0x03 && !general) general = readFields(GENERAL_3_REV3, view, at, 'big');
    else if (type in NAMED_BLOCKS)
      text.push(...printable(view, at, BLOCK - 1).map((line) => `${NAMED_BLOCKS[type]}: ${line}`));
    else if ((type >= BLOCK_TYPE.firstSource && type <= BLOCK_TYPE.lastSource) || type === BLOCK_TYPE.otherSource) {
      point ??= readPoint(view, at);
      sourceSeen = true;
    } else if (type === BLOCK_TYPE.position && sourceSeen) source ??= readPosition(view, at);
  }
  return {
    ...(point !== undefined && { point }),
    ...(source && { source }),
    ...general,
    text,
  };
}

const NAMED_BLOCKS: Readonly<Record<number, string>> = {
  [BLOCK_TYPE.crew]: 'crew',
  [BLOCK_TYPE.area]: 'area',
  [BLOCK_TYPE.client]: 'client',
  [BLOCK_TYPE.job]: 'job',
  [BLOCK_TYPE.line]: 'line',
};

/** Position block 2; undefined when marked invalid or empty. */
export function readPosition(view: DataView, at: number): Position | undefined {
  const { coordinate1, coordinate2, coordinate3, valid } = readFields(POSITION_BLOCK, view, at, 'big');
  return valid === 0 ? undefined : position(coordinate1, coordinate2, coordinate3);
}

/** undefined for coordinates nobody surveyed: not finite, absurd, or all zero. */
export function position(x: number, y: number, z: number): Position | undefined {
  const sane = (value: number) => Number.isFinite(value) && Math.abs(value) < 1e9;
  if (!sane(x) || !sane(y) || (x === 0 && y === 0)) return undefined;
  return { x: x as Metres, y: y as Metres, z: (sane(z) ? z : 0) as Metres };
}

async function readSercel(source: ByteSource, at: number) {
  const bytes = await bytesAt(source, at, SERCEL_EXTENDED_HEADER_BLOCKS * BLOCK);
  if (bytes.length < SERCEL_EXTENDED_HEADER_BLOCKS * BLOCK) return undefined;
  const header = readFields(SERCEL_EXTENDED_HEADER, viewOf(bytes), 0, 'big');
  const place = position(header.sourceEasting, header.sourceNorthing, header.sourceElevation);
  return {
    samples: header.samples,
    refractionDelay: ms(header.refractionDelay < 0x10000 ? header.refractionDelay : 0),
    ...(header.intervalUs >= 10 && header.intervalUs <= 64_000 && { interval: ms(header.intervalUs / 1000) }),
    ...(place && { source: place }),
  };
}

async function readGeospace(source: ByteSource, at: number) {
  const bytes = await bytesAt(source, at, GEOSPACE_EXTENDED_HEADER_BLOCKS * BLOCK);
  if (bytes.length < GEOSPACE_EXTENDED_HEADER_BLOCKS * BLOCK) return undefined;
  const header = readFields(GEOSPACE_EXTENDED_HEADER, viewOf(bytes), 0, 'big');
  if (header.maker1 !== GEOSPACE) return undefined;
  const { sourceEasting, sourceNorthing, sourceElevation } = header;
  const place = header.maker2 === GEOSPACE ? position(sourceEasting, sourceNorthing, sourceElevation) : undefined;
  return { start: ms(header.startMs), ...(place && { source: place }) };
}

interface Descriptors {
  readonly scanTypes: number;
  readonly setsEach: number;
  readonly width: number;
  readonly skewBytes: number;
  readonly read: (view: DataView, at: number) => ChannelSet;
  readonly problems: Problem[];
}

/** More than any recorder writes; keeps a spoilt count from asking for gigabytes. */
const MOST_DESCRIPTOR_BYTES = 64 * 1024 * 1024;

async function readDescriptors(source: ByteSource, at: number, how: Descriptors) {
  const { scanTypes, width, skewBytes, problems } = how;
  let { setsEach } = how;
  if (setsEach === 0) {
    setsEach = await countDescriptors(source, at, width);
    problems.push({
      code: 'channel-sets-not-stated',
      message: `expected the number of channel sets, found 0; ${setsEach} descriptors are there`,
    });
  }
  const length = scanTypes * (setsEach * width + skewBytes);
  if (setsEach === 0 || length > MOST_DESCRIPTOR_BYTES)
    throw new RecordError(
      'malformed',
      source.name,
      `expected channel sets, found ${setsEach} in each of ${scanTypes} scan types of the record, descriptors at byte ${at}`,
    );
  const view = viewOf(await exactly(source, at, length, `${scanTypes * setsEach} channel-set descriptors`));
  const sets: ChannelSet[] = [];
  for (let scan = 0, from = 0; scan < scanTypes; scan++, from += skewBytes)
    for (let i = 0; i < setsEach; i++, from += width) {
      const set = how.read(view, from);
      if (set.channels > 0) sets.push(set);
    }
  return { sets: withSeismic(sets, problems), end: at + length };
}

/** Descriptors that count up from set 1 of scan type 1. */
async function countDescriptors(source: ByteSource, at: number, width: number): Promise<number> {
  const view = viewOf(await bytesAt(source, at, 99 * width));
  let n = 0;
  while ((n + 1) * width <= view.byteLength) {
    const number = width === BLOCK ? readBcd(CHANNEL_SET.number, view, n * width) : view.getUint16(n * width + 1);
    if (readBcd(CHANNEL_SET.scanType, view, n * width) !== 1 || number !== n + 1) break;
    n++;
  }
  return n;
}

/** A record whose sets all have no type holds seismic traces: nobody shoots for the auxiliaries. */
function withSeismic(sets: ChannelSet[], problems: Problem[]): ChannelSet[] {
  if (sets.length === 0 || sets.some((set) => set.kind === 'seismic' || set.typeStated)) return sets;
  problems.push({
    code: 'channel-type-missing',
    message: `expected the type of the channel sets, found none in ${sets.length}; taken as seismic`,
  });
  return sets.map((set) => ({ ...set, kind: 'seismic' as const }));
}

function readDescriptor(view: DataView, at: number, base: Milliseconds | undefined): ChannelSet {
  const decimal = readBcdFields(CHANNEL_SET, view, at);
  const binary = readFields(CHANNEL_SET_BINARY, view, at, 'big');
  const interval = base === undefined ? undefined : ms(base / 2 ** (binary.subscans >> 4));
  const start = ms(binary.start * 2);
  const type = binary.type >> 4;
  const factor = 2 ** exponentOf((binary.descaleHigh << 8) | binary.descaleLow);
  return {
    scanType: decimal.scanType ?? 1,
    number: decimal.number ?? binary.extendedNumber,
    kind: type === 1 ? 'seismic' : 'auxiliary',
    typeStated: type !== 0,
    channels: decimal.channels ?? 0,
    interval,
    start,
    samples: samplesBetween(start, binary.end * 2, interval),
    extensions: binary.extensions & 15,
    ...(factor !== 1 && { descale: { factor, unit: 'mV' } }),
  };
}

/** MP of a descriptor: sign and magnitude, in 1/1024. */
const exponentOf = (word: number) => ((word & 0x8000 ? -1 : 1) * (word & 0x7fff)) / 1024;

function readDescriptorRev3(view: DataView, at: number, otherwise: Milliseconds | undefined): ChannelSet {
  const set = readFields(CHANNEL_SET_REV3, view, at, 'big');
  const interval = set.intervalUs > 0 ? ms(set.intervalUs / 1000) : otherwise;
  const samples = samplesBetween(set.startUs / 1000, set.endUs / 1000, interval);
  return {
    scanType: readBcd(CHANNEL_SET.scanType, view, at) ?? 1,
    number: set.number,
    kind: set.type === 0x10 ? 'seismic' : 'auxiliary',
    typeStated: set.type !== 0,
    channels: set.channels,
    interval,
    start: ms(set.startUs / 1000),
    samples: set.samples > 0 ? [set.samples, ...samples] : samples,
    extensions: set.extensions,
    ...(Number.isFinite(set.descale) &&
      set.descale > 0 &&
      set.descale !== 1 && {
        descale: { factor: set.descale, unit: set.unit === 0 ? 'mV' : `SEG-D unit ${hex(set.unit)}` },
      }),
  };
}

/** Recorders count the sample at the end, or not. */
function samplesBetween(start: number, end: number, interval: Milliseconds | undefined): number[] {
  if (interval === undefined || end <= start) return [];
  const samples = Math.round((end - start) / interval);
  return [samples, samples + 1];
}

const TEXT_BYTES = 16384;
const TEXT_LINES = 64;

/** Printable lines of the external header, where recorders keep what navigation and source controller sent. */
async function readText(source: ByteSource, at: number, length: number): Promise<string[]> {
  if (length === 0 || at >= source.size) return [];
  const bytes = await bytesAt(source, at, Math.min(length, TEXT_BYTES));
  return printable(viewOf(bytes), 0, bytes.length).slice(0, TEXT_LINES);
}

function printable(view: DataView, at: number, length: number): string[] {
  let text = '';
  for (let i = 0; i < length; i++) {
    const byte = view.getUint8(at + i);
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '\n';
  }
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length >= 4);
}
