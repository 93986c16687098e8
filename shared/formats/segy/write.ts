/**
 * Shots as a SEG-Y file of revision 1 or 2, in chunks as they come. Revision 2 writes one additional trace header a trace, in which
 * intervals, coordinates and offsets keep their full precision; revision 1 rounds what its integers cannot hold.
 */
import { RecordError } from '../../errors.ts';
import { type ByteOrder, row, type Shot, type Trace, type TraceKind } from '../../gather.ts';
import { type Field, writeField, writeFields } from '../fields.ts';
import { encodeCards } from '../text-header.ts';
import { encodeFormat, type WritableFormat } from './encode.ts';
import {
  BINARY_HEADER,
  BYTE_ORDER_CONSTANT,
  EXTENSION_NAME,
  FILE_HEADER_BYTES,
  HEADER_NAME_AT,
  TRACE_EXTENSION,
  TRACE_HEADER,
  TRACE_HEADER_BYTES,
} from './headers.ts';
import { sampleBytes } from './sample-formats.ts';
import { VALUE_UNITS } from './trace-facts.ts';

export interface SegyOptions {
  /** @default 1 */
  readonly revision?: 1 | 2;
  /** Code of bytes 3225–3226. @default 5, IEEE float */
  readonly sampleFormat?: WritableFormat;
  /** @default big, the only one revision 1 knows */
  readonly byteOrder?: ByteOrder;
  /** Cards C 4 to C38 of the text header, without their numbers. */
  readonly text?: readonly string[];
  /** @default ebcdic in revision 1, ascii in revision 2 */
  readonly textCode?: 'ebcdic' | 'ascii';
  /** Appears in errors. */
  readonly name?: string;
}

/** Chunks are handed out when they reach this. */
const CHUNK_BYTES = 1 << 20;

/**
 * The bytes of the file. Rows are written as recorded: padding is left out, and each trace gets its own delay.
 * @throws RecordError `unsupported` for a shot without amplitudes, or of more samples than revision 1 can count
 */
export async function* writeSegy(
  shots: Iterable<Shot> | AsyncIterable<Shot>,
  {
    revision = 1,
    sampleFormat = 5,
    byteOrder = 'big',
    text = [],
    textCode = revision === 1 ? 'ebcdic' : 'ascii',
    name = 'SEG-Y',
  }: SegyOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const headerBytes = revision * TRACE_HEADER_BYTES;
  let sequence = 0;
  for await (const shot of shots) {
    check(shot, revision, name);
    if (sequence === 0) yield fileHeader(shot, { revision, sampleFormat, byteOrder, text, textCode });
    const write = traceWriter(shot, revision, byteOrder);
    let chunk = new Uint8Array(0);
    let used = 0;
    for (let i = 0; i < shot.traces.length; i++) {
      const { start, count } = shot.traces[i];
      const bytes = headerBytes + count * sampleBytes(sampleFormat);
      if (used + bytes > chunk.length) {
        if (used > 0) yield chunk.subarray(0, used);
        chunk = new Uint8Array(Math.max(bytes, Math.min(CHUNK_BYTES, bytes * (shot.traces.length - i))));
        used = 0;
      }
      const view = new DataView(chunk.buffer, used, bytes);
      write(view, i, ++sequence);
      encodeFormat(sampleFormat, byteOrder, row(shot, i).subarray(start, start + count), view, headerBytes);
      used += bytes;
    }
    if (used > 0) yield chunk.subarray(0, used);
  }
}

function check(shot: Shot, revision: 1 | 2, name: string): void {
  if (shot.amplitudes.length !== shot.traces.length * shot.samples)
    throw new RecordError(
      'unsupported',
      name,
      `expected ${shot.traces.length} traces of ${shot.samples} samples to write, found ${shot.amplitudes.length} samples`,
    );
  const longest = shot.traces.reduce((most, { count }) => Math.max(most, count), 0);
  if (revision === 1 && longest > 65535)
    throw new RecordError(
      'unsupported',
      name,
      `expected at most 65535 samples in a trace of SEG-Y revision 1, found ${longest}; write revision 2`,
    );
}

type HeaderOptions = Required<Omit<SegyOptions, 'name'>>;

function fileHeader(
  shot: Shot,
  { revision, sampleFormat, byteOrder, text, textCode }: HeaderOptions,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FILE_HEADER_BYTES);
  const intervalUs = (shot.sampleInterval ?? 0) * 1000;
  bytes.set(encodeCards(cards(intervalUs, revision, shot, text), 40, textCode));
  const samples = shot.traces[0]?.count ?? shot.samples;
  writeFields(BINARY_HEADER, new DataView(bytes.buffer), 0, byteOrder, {
    job: 1,
    line: 1,
    reel: 1,
    dataTraces: shot.traces.length,
    intervalUs: Math.min(32767, Math.round(intervalUs)),
    samples,
    format: sampleFormat,
    fold: 1,
    sorting: 1,
    lengthUnit: 1,
    ...(revision === 2 && {
      extendedDataTraces: shot.traces.length,
      extendedSamples: samples,
      extendedIntervalUs: intervalUs,
      byteOrder: BYTE_ORDER_CONSTANT,
      additionalHeaders: 1,
      timeBasis: 4,
    }),
    major: revision,
    minor: 0,
  });
  return bytes;
}

function cards(intervalUs: number, revision: 1 | 2, shot: Shot, text: readonly string[]): string[] {
  const rounded = revision === 1 && intervalUs % 1 !== 0 ? ` (ROUNDED, IS ${Number(intervalUs.toFixed(6))} US)` : '';
  const lines = [
    `INSTRUMENT: ${shot.recorder ?? ''}`,
    `SAMPLE INTERVAL: ${Math.round(intervalUs)} US${rounded}`,
    'LENGTHS IN METRES; DELAY OF EACH TRACE IN BYTES 109-110, SCALED BY 215-216',
    ...text,
  ];
  return Array.from({ length: 40 }, (_, i) => {
    const number = `C${String(i + 1).padStart(2)} `;
    if (i === 38) return `${number}SEG-Y REV${revision}${revision === 2 ? '.0' : ''}`;
    if (i === 39) return `${number}END TEXTUAL HEADER`;
    return `${number}${lines[i] ?? ''}`;
  });
}

/** Traces of a kind that has several codes get the commonest. */
const IDENTIFICATION: Readonly<Record<TraceKind, number>> = { seismic: 1, dead: 2, auxiliary: 4 };

function traceWriter(shot: Shot, revision: 1 | 2, order: ByteOrder) {
  const { source } = shot;
  const receivers = shot.traces.flatMap(({ receiver }) => receiver ?? []);
  const coordinateScalar = scalarFor([...receivers, ...(source ? [source] : [])].flatMap(({ x, y }) => [x, y]));
  const elevationScalar = scalarFor([...receivers, ...(source ? [source] : [])].map(({ z }) => z));
  const xy = (value: number | undefined) => (value ?? 0) * divisor(coordinateScalar);
  const z = (value: number | undefined) => (value ?? 0) * divisor(elevationScalar);
  const intervalUs = (shot.sampleInterval ?? 0) * 1000;
  const date = dateFields(shot.recordedAt);
  return (view: DataView, i: number, sequence: number): void => {
    const trace = shot.traces[i];
    const delay = shot.firstSample.time + trace.start * (shot.sampleInterval ?? 0);
    const timeScalar = timeScalarFor(delay);
    writeFields(TRACE_HEADER, view, 0, order, {
      lineSequence: sequence,
      fileSequence: sequence,
      ffid: shot.ffid ?? 0,
      channel: trace.channel,
      sourcePoint: shot.sourcePoint ?? 0,
      identification: IDENTIFICATION[trace.kind],
      use: 1,
      offset: trace.offset ?? 0,
      receiverElevation: z(trace.receiver?.z),
      sourceElevation: z(source?.z),
      elevationScalar,
      coordinateScalar,
      sourceX: xy(source?.x),
      sourceY: xy(source?.y),
      receiverX: xy(trace.receiver?.x),
      receiverY: xy(trace.receiver?.y),
      coordinateUnit: 1,
      delay: delay * (timeScalar < 0 ? -timeScalar : 1 / timeScalar),
      samples: trace.count,
      intervalUs: Math.min(32767, Math.round(intervalUs)),
      timeScalar,
      ...date,
      ...weightingFields(trace),
    });
    if (revision === 1) return;
    writeName(view, HEADER_NAME_AT, 'SEG00000');
    const base = TRACE_HEADER_BYTES;
    const put = (field: Field, value: number | undefined) => writeField(field, view, base, order, value ?? 0);
    put(TRACE_EXTENSION.ffid, shot.ffid);
    put(TRACE_EXTENSION.receiverElevation, trace.receiver?.z);
    put(TRACE_EXTENSION.sourceElevation, source?.z);
    put(TRACE_EXTENSION.sourceX, source?.x);
    put(TRACE_EXTENSION.sourceY, source?.y);
    put(TRACE_EXTENSION.receiverX, trace.receiver?.x);
    put(TRACE_EXTENSION.receiverY, trace.receiver?.y);
    put(TRACE_EXTENSION.offset, trace.offset);
    put(TRACE_EXTENSION.samples, trace.count);
    put(TRACE_EXTENSION.intervalUs, intervalUs);
    put(TRACE_EXTENSION.additionalHeaders, 1);
    writeName(view, base + HEADER_NAME_AT, EXTENSION_NAME);
  };
}

function writeName(view: DataView, at: number, name: string): void {
  for (let i = 0; i < name.length; i++) view.setUint8(at - 1 + i, name.charCodeAt(i));
}

const divisor = (scalar: number): number => (scalar < 0 ? -scalar : 1);

/** Smallest decimal scalar that keeps millimetres, or as much as 32 bits hold. */
function scalarFor(values: readonly number[]): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const scale of [1, 10, 100, 1000]) {
    const exact = values.every((value) => Math.abs(value * scale - Math.round(value * scale)) < 1e-3 * scale * 0.5);
    const next = largest * scale * 10 > 2 ** 31 - 1;
    if (exact || next) return scale === 1 ? 1 : -scale;
  }
  return -1000;
}

/** The first scalar under which the delay is a whole number of 16 bits; the most precise one when none is. */
function timeScalarFor(delay: number): number {
  const fits = [1, -10, -100, -1000, -10000, 10, 100, 1000, 10000].filter(
    (scalar) => Math.abs(Math.round(delay * (scalar < 0 ? -scalar : 1 / scalar))) <= 32767,
  );
  const error = (scalar: number) => {
    const times = scalar < 0 ? -scalar : 1 / scalar;
    return Math.abs(Math.round(delay * times) / times - delay);
  };
  return fits.reduce((best, scalar) => (error(scalar) < error(best) - 1e-9 ? scalar : best), fits[0] ?? 10000);
}

function dateFields(recordedAt: string | undefined) {
  const [, year, month, day, hour, minute, second, zone] =
    recordedAt?.match(/^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z?)/) ?? [];
  if (year === undefined) return {};
  const dayOfYear =
    (Date.UTC(Number(year), Number(month) - 1, Number(day)) - Date.UTC(Number(year), 0, 1)) / 86_400_000 + 1;
  return {
    year: Number(year),
    dayOfYear,
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    timeBasis: zone === 'Z' ? 4 : 1,
  };
}

/** The factor where it is a power of two, the only kind the header has; and its unit. */
function weightingFields({ descale }: Trace) {
  const weighting = descale ? -Math.log2(descale.factor) : 0;
  if (!descale || !Number.isInteger(weighting) || Math.abs(weighting) > 64) return {};
  const unit = Object.entries(VALUE_UNITS).find(([, name]) => name === descale.unit);
  return { weighting, valueUnit: Number(unit?.[0] ?? 0) };
}
