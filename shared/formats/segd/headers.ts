/**
 * SEG-D headers as tables: general headers, channel-set descriptors, trace headers and their extensions, of revisions
 * 0 to 2.1 (32-byte blocks) and 3.0/3.1 (blocks that say their type in byte 32). Bytes are counted from 1, as in the
 * standard (SEG Technical Standards Committee, SEG-D rev 2.1 and rev 3.1); everything is big-endian.
 */
import type { FieldTable } from '../fields.ts';
import type { BcdTable } from './bcd.ts';

export const BLOCK = 32;
export const TRACE_HEADER_BYTES = 20;

/** General header 1, decimal fields. All F in a count: the value is in general header 2. */
export const GENERAL_1 = {
  fileNumber: { at: 1, digits: 4 },
  formatCode: { at: 3, digits: 4 },
  year: { at: 11, digits: 2 },
  day: { at: 12, digits: 3, low: true },
  hour: { at: 14, digits: 2 },
  minute: { at: 15, digits: 2 },
  second: { at: 16, digits: 2 },
  maker: { at: 17, digits: 2 },
  scanTypes: { at: 28, digits: 2 },
  channelSets: { at: 29, digits: 2 }, // of each scan type
  skewBlocks: { at: 30, digits: 2 },
  extendedBlocks: { at: 31, digits: 2 },
  externalBlocks: { at: 32, digits: 2 },
} as const satisfies BcdTable;

/** General header 1, binary fields. The upper half of byte 12 counts the general header blocks that follow. */
export const GENERAL_1_BINARY = {
  moreBlocks: { at: 12, as: 'u8' },
  baseInterval: { at: 23, as: 'u8' }, // 1/16 ms
} as const satisfies FieldTable;

/** General header 2 up to revision 2.1. */
export const GENERAL_2 = {
  fileNumber: { at: 1, as: 'u24' },
  channelSets: { at: 4, as: 'u16' },
  extendedBlocks: { at: 6, as: 'u16' },
  externalBlocks: { at: 8, as: 'u16' },
  major: { at: 11, as: 'u8' },
  minor: { at: 12, as: 'u8' },
  trailerBlocks: { at: 13, as: 'u16' },
} as const satisfies FieldTable;

/** General header 2 of revision 3. */
export const GENERAL_2_REV3 = {
  fileNumber: { at: 1, as: 'u24' },
  channelSets: { at: 4, as: 'u16' },
  extendedBlocks: { at: 6, as: 'u24' },
  skewBlocks: { at: 9, as: 'u16' },
  major: { at: 11, as: 'u8' },
  minor: { at: 12, as: 'u8' },
  trailerBlocks: { at: 13, as: 'u32' },
  moreBlocks: { at: 23, as: 'u16' },
  intervalUs: { at: 25, as: 'u24' }, // of most traces
  externalBlocks: { at: 28, as: 'u24' },
} as const satisfies FieldTable;

/** General header 3 of revision 3. */
export const GENERAL_3_REV3 = {
  timeZero: { at: 1, as: 'i64' }, // µs since 1980-01-06, GPS time
  headerBytes: { at: 25, as: 'u32' }, // of the record, up to its first trace
} as const satisfies FieldTable;

/** General header 3 up to revision 2.1, and the source blocks (types 15–19, 1F) of revision 3. Numbers are 24 + 16 bits. */
export const SOURCE_BLOCK = {
  line: { at: 4, as: 'i24' },
  lineFraction: { at: 7, as: 'u16' },
  point: { at: 9, as: 'i24' },
  pointFraction: { at: 12, as: 'u16' },
} as const satisfies FieldTable;

/** Types of the blocks of revision 3, byte 32. */
export const BLOCK_TYPE = {
  crew: 0x10,
  area: 0x11,
  client: 0x12,
  job: 0x13,
  line: 0x14,
  firstSource: 0x15,
  lastSource: 0x19,
  otherSource: 0x1f,
  descriptor: 0x30,
  extension1: 0x40,
  timestamp: 0x42,
  position: 0x51,
} as const;

/** Position block 2 of revision 3: the coordinates in the first reference system; in traces or after a source block. */
export const POSITION_BLOCK = {
  coordinate1: { at: 1, as: 'f64' },
  coordinate2: { at: 9, as: 'f64' },
  coordinate3: { at: 17, as: 'f64' },
  valid: { at: 27, as: 'u8' },
} as const satisfies FieldTable;

/** Channel-set descriptor up to revision 2.1, decimal fields. */
export const CHANNEL_SET = {
  scanType: { at: 1, digits: 2 },
  number: { at: 2, digits: 2 },
  channels: { at: 9, digits: 4 },
} as const satisfies BcdTable;

/** Channel-set descriptor up to revision 2.1, binary fields. */
export const CHANNEL_SET_BINARY = {
  start: { at: 3, as: 'u16' }, // 2 ms
  end: { at: 5, as: 'u16' }, // 2 ms
  descaleLow: { at: 7, as: 'u8' }, // the exponent's two bytes are recorded in little-endian order
  descaleHigh: { at: 8, as: 'u8' },
  type: { at: 11, as: 'u8' }, // upper half
  subscans: { at: 12, as: 'u8' }, // upper half: 2^J samples a scan
  extendedNumber: { at: 27, as: 'u16' },
  extensions: { at: 29, as: 'u8' }, // lower half
} as const satisfies FieldTable;

export const CHANNEL_SET_REV3_BYTES = 96;

/** Channel-set descriptor of revision 3; the scan type (byte 1) is decimal. */
export const CHANNEL_SET_REV3 = {
  number: { at: 2, as: 'u16' },
  type: { at: 4, as: 'u8' },
  startUs: { at: 5, as: 'i32' },
  endUs: { at: 9, as: 'i32' },
  samples: { at: 13, as: 'u32' },
  descale: { at: 17, as: 'f32' },
  channels: { at: 21, as: 'u24' },
  intervalUs: { at: 24, as: 'u24' },
  extensions: { at: 28, as: 'u8' },
  unit: { at: 62, as: 'u8' },
} as const satisfies FieldTable;

/** Demultiplexed trace header, decimal fields. */
export const TRACE_HEADER = {
  fileNumber: { at: 1, digits: 4 },
  scanType: { at: 3, digits: 2 },
  channelSet: { at: 4, digits: 2 },
  traceNumber: { at: 5, digits: 4 },
} as const satisfies BcdTable;

/** Demultiplexed trace header, binary fields. */
export const TRACE_HEADER_BINARY = {
  timingWord: { at: 7, as: 'u24' }, // 1/256 ms
  extensions: { at: 10, as: 'u8' },
  skew: { at: 11, as: 'u8' }, // 1/256 of the base interval
  edit: { at: 12, as: 'u8' },
  extendedChannelSet: { at: 16, as: 'u16' },
  extendedFileNumber: { at: 18, as: 'u24' },
} as const satisfies FieldTable;

/** Trace header extension 1. */
export const EXTENSION_1 = {
  line: { at: 1, as: 'i24' },
  point: { at: 4, as: 'i24' },
  samples: { at: 8, as: 'u24' }, // up to revision 2.1
  sensor: { at: 21, as: 'u8' },
  extendedTraceNumber: { at: 22, as: 'u24' }, // revision 3
  samplesRev3: { at: 25, as: 'u32' },
} as const satisfies FieldTable;

/** Trace header extension 2 of Sercel recorders (408, 428) up to revision 2.1; Geospace has the same coordinates there. */
export const SERCEL_EXTENSION_2 = {
  easting: { at: 1, as: 'f64' },
  northing: { at: 9, as: 'f64' },
  elevation: { at: 17, as: 'f32' },
  extendedTraceNumber: { at: 29, as: 'u32' },
} as const satisfies FieldTable;

/** Extended header of Sercel recorders (408, 428) up to revision 2.1: 32 blocks or more. */
export const SERCEL_EXTENDED_HEADER = {
  intervalUs: { at: 5, as: 'u32' },
  samples: { at: 33, as: 'u32' },
  refractionDelay: { at: 81, as: 'u32' }, // ms
  sourceEasting: { at: 573, as: 'f64' },
  sourceNorthing: { at: 581, as: 'f64' },
  sourceElevation: { at: 589, as: 'f32' },
} as const satisfies FieldTable;
export const SERCEL_EXTENDED_HEADER_BLOCKS = 32;

/** Extended header of Geospace recorders (GeoRes, GSX), blocks 1 and 2; each begins with the maker's code in binary. */
export const GEOSPACE_EXTENDED_HEADER = {
  maker1: { at: 1, as: 'u8' },
  startMs: { at: 27, as: 'i16' }, // of the record, after the trigger
  maker2: { at: 33, as: 'u8' },
  sourceEasting: { at: 41, as: 'f64' },
  sourceNorthing: { at: 49, as: 'f64' },
  sourceElevation: { at: 57, as: 'f32' },
} as const satisfies FieldTable;
export const GEOSPACE_EXTENDED_HEADER_BLOCKS = 2;

export const GEOSPACE = 9;
export const SERCEL = 13;
export const FAIRFIELD = 20;

/** Maker codes of SEG-D, appendix A, those met most. */
export const MAKERS: Readonly<Record<number, string>> = {
  9: 'Geospace',
  13: 'Sercel',
  18: 'Input/Output (INOVA)',
  20: 'Fairfield',
};

/** What the trace edit byte says about a trace. */
export const TRACE_EDIT: Readonly<Record<number, string>> = {
  1: 'dead or rolled off, zeroed before recording',
  2: 'zeroed on purpose by the recorder',
  3: 'flagged for editing by the recorder',
};
