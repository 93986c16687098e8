/**
 * Writes SEG-2 as Geometrics recorders do: little-endian, NUL and LF terminators, DELAY negative for pre-trigger, one
 * RECEIVER_LOCATION and SOURCE_LOCATION a trace, metres.
 */
import type { Position, Shot, Trace } from '../../gather.ts';
import { FIELD_BYTES, writeFields } from '../fields.ts';
import {
  dataBytes,
  FILE_DESCRIPTOR,
  FILE_ID,
  FIXED_BYTES,
  type SampleCode,
  TRACE_DESCRIPTOR,
  TRACE_ID,
} from './blocks.ts';
import { encodePacked } from './packed.ts';

export interface Seg2Options {
  /** 1 i16, 2 i32 (both round and clip), 3 packed 20-bit (keeps 15 bits of each value), 4 f32, 5 f64. @default 4 */
  readonly sampleFormat?: SampleCode;
  /** File strings in addition to, or in place of, those made from the shot. */
  readonly strings?: Readonly<Record<string, string>>;
}

/** The pointer sub-block's size is a 16-bit number. */
const MAX_TRACES = Math.floor(0xffff / FIELD_BYTES.u32);

/**
 * What the standard has no place for is lost: recorded values are written, padding of the common time axis is not.
 * @throws RangeError for more traces than a SEG-2 file can hold
 */
export function writeSeg2(shot: Shot, { sampleFormat = 4, strings = {} }: Seg2Options = {}): Uint8Array<ArrayBuffer> {
  if (shot.traces.length > MAX_TRACES)
    throw new RangeError(`a SEG-2 file holds at most ${MAX_TRACES} traces, not ${shot.traces.length}`);
  const fileStrings = stringBlock({ ...stringsOfShot(shot), ...strings });
  const traceStrings = shot.traces.map((trace) => stringBlock(stringsOfTrace(shot, trace)));
  const pointerBytes = shot.traces.length * FIELD_BYTES.u32;
  const starts: number[] = [];
  let end = FIXED_BYTES + pointerBytes + fileStrings.length;
  for (const [i, trace] of shot.traces.entries()) {
    starts.push(end);
    end += FIXED_BYTES + traceStrings[i].length + dataBytes(sampleFormat, trace.count);
  }
  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  writeFields(FILE_DESCRIPTOR, view, 0, 'little', {
    id: FILE_ID,
    revision: 1,
    pointerBytes,
    traces: shot.traces.length,
    stringTerminatorSize: 1,
    lineTerminatorSize: 1,
    lineTerminator1: 0x0a,
  });
  for (const [i, start] of starts.entries()) view.setUint32(FIXED_BYTES + 4 * i, start, true);
  bytes.set(fileStrings, FIXED_BYTES + pointerBytes);
  for (const [i, trace] of shot.traces.entries()) {
    const at = starts[i];
    const blockBytes = FIXED_BYTES + traceStrings[i].length;
    writeFields(TRACE_DESCRIPTOR, view, at, 'little', {
      id: TRACE_ID,
      blockBytes,
      dataBytes: dataBytes(sampleFormat, trace.count),
      samples: trace.count,
      sampleFormat,
    });
    bytes.set(traceStrings[i], at + FIXED_BYTES);
    const from = i * shot.samples + trace.start;
    writeSamples(sampleFormat, shot.amplitudes.subarray(from, from + trace.count), bytes, at + blockBytes);
  }
  return bytes;
}

function writeSamples(code: SampleCode, values: Float32Array, bytes: Uint8Array, at: number): void {
  if (code === 3) {
    encodePacked(values, bytes, 'little', at);
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const width = dataBytes(code, 1);
  for (let i = 0; i < values.length; i++) {
    if (code === 1) view.setInt16(i * width, clipped(values[i], 0x7fff), true);
    else if (code === 2) view.setInt32(i * width, clipped(values[i], 0x7fffffff), true);
    else if (code === 4) view.setFloat32(i * width, values[i], true);
    else view.setFloat64(i * width, values[i], true);
  }
}

const clipped = (value: number, largest: number) => Math.max(-largest - 1, Math.min(largest, Math.round(value) || 0));

function stringsOfShot({ recordedAt, recorder }: Shot): Record<string, string> {
  const [, year, month, day, time] = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d:\d\d))?/.exec(recordedAt ?? '') ?? [];
  return {
    ...(year && { ACQUISITION_DATE: `${day}/${MONTHS[Number(month) - 1]}/${year}` }),
    ...(time && { ACQUISITION_TIME: time }),
    // Under its own name a SUMMIT would have readers turn the sign of DELAY.
    ...(recorder && (/summit/i.test(recorder) ? { NOTE: `recorded by ${recorder}` } : { INSTRUMENT: recorder })),
    TRACE_SORT: 'AS_ACQUIRED',
    UNITS: 'METERS',
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const TRACE_TYPES = { seismic: 'SEISMIC_DATA', auxiliary: 'OTHER', dead: 'DEAD' } as const;

function stringsOfTrace(shot: Shot, trace: Trace): Record<string, string> {
  const interval = shot.sampleInterval;
  const first = shot.firstSample.time + trace.start * (interval ?? 0);
  return {
    CHANNEL_NUMBER: String(trace.channel),
    DELAY: seconds(first),
    ...(trace.descale && { DESCALING_FACTOR: trace.descale.factor.toExponential(8) }),
    ...(trace.receiver && { RECEIVER_LOCATION: location(trace.receiver) }),
    ...(interval !== undefined && { SAMPLE_INTERVAL: seconds(interval) }),
    ...(shot.ffid !== undefined && { SHOT_SEQUENCE_NUMBER: String(shot.ffid) }),
    ...(shot.source && { SOURCE_LOCATION: location(shot.source) }),
    ...(shot.sourcePoint !== undefined && { SOURCE_STATION_NUMBER: String(shot.sourcePoint) }),
    TRACE_TYPE: TRACE_TYPES[trace.kind],
  };
}

/** A line along x has one number, as on the recorders. */
const location = ({ x, y, z }: Position): string =>
  (z !== 0 ? [x, y, z] : y !== 0 ? [x, y] : [x]).map((value) => value.toFixed(3)).join(' ');

/** Never with an exponent, which not every reader of these strings understands. */
const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(12).replace(/0{1,9}$/, '');

/** Entries of length, text and NUL; a length of 0 ends them. The block is filled up to a multiple of 4 bytes. */
function stringBlock(strings: Readonly<Record<string, string>>): Uint8Array {
  const encoder = new TextEncoder();
  const entries = Object.entries(strings).map(([keyword, value]) => encoder.encode(`${keyword} ${value}\0`));
  const length = entries.reduce((sum, entry) => sum + 2 + entry.length, 2);
  const block = new Uint8Array(Math.ceil(length / 4) * 4);
  const view = new DataView(block.buffer);
  let at = 0;
  for (const entry of entries) {
    view.setUint16(at, entry.length + 2, true);
    block.set(entry, at + 2);
    at += entry.length + 2;
  }
  return block;
}
