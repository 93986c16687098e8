/**
 * Seismic Unix: SEG-Y traces of float32 without file headers, in the byte order of the machine that wrote them (CWP, segy.h);
 * and the PASSCAL variant of it, which holds integers and says so in bytes that SEG-Y leaves free (IRIS, PASSCAL segy.h).
 */
import { RecordError } from '../../errors.ts';
import type { ByteOrder, OpenOptions, Recording } from '../../gather.ts';
import { type ByteSource, bytesAt } from '../../source.ts';
import { readField } from '../fields.ts';
import { type FormatReader, HEAD_BYTES } from '../format.ts';
import { credible } from './damage.ts';
import { PASSCAL_HEADER, TRACE_HEADER, TRACE_HEADER_BYTES } from './headers.ts';
import { partsOf } from './parts.ts';
import { SAMPLE_FORMATS, sampleBytes } from './sample-formats.ts';
import { shotKey } from './shot-key.ts';
import { readShots, type TraceFile } from './shots.ts';
import { statedSamples, type TraceLayout } from './trace-layout.ts';

export const su: FormatReader = {
  format: 'su',

  recognises: (head, source) => suLayout(head, source.size, {}) !== undefined,

  async open(source: ByteSource, options: OpenOptions): Promise<Recording> {
    const layout = await openSuTraces(source, options);
    const key = await shotKey(source, layout, options);
    const file: TraceFile = { source, layout, key, options, recorder: undefined };
    return {
      name: source.name,
      format: 'su',
      byteOrder: layout.order,
      sampleFormat: layout.format,
      text: [],
      problems: key.problems,
      shots: (shotOptions) => readShots(file, shotOptions),
      ...partsOf(file),
    };
  },
};

/** @throws RecordError */
export async function openSuTraces(source: ByteSource, options: OpenOptions): Promise<TraceLayout> {
  const found = suLayout(await bytesAt(source, 0, HEAD_BYTES), source.size, options);
  if (!found)
    throw new RecordError(
      'malformed',
      source.name,
      'expected Seismic Unix trace headers with a sample count in bytes 115–116 that fits the file, found none in either byte order',
    );
  return { ...found, fixed: found.fixed && (await endsAlike(source, found)) };
}

/** The one byte order in which the headers make sense, and how traces lie then. */
function suLayout(head: Uint8Array, size: number, { sampleFormat }: OpenOptions): TraceLayout | undefined {
  if (head.length < TRACE_HEADER_BYTES + 1) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (const order of ['big', 'little'] as const) {
    if (!sane(view, 0, order)) continue;
    const samples = statedSamples(view, 0, order, 1);
    for (const variant of ['su', 'passcal'] as const) {
      const format = sampleFormat ?? (variant === 'su' ? 5 : passcalFormat(view, order));
      if (format === undefined || !(format in SAMPLE_FORMATS)) continue;
      const width = sampleBytes(format);
      const step = TRACE_HEADER_BYTES + samples * width;
      if (step > size) continue;
      const follows = size >= step + TRACE_HEADER_BYTES && step + TRACE_HEADER_BYTES <= head.length;
      const fits = size % step === 0;
      if (!fits && !(follows && sane(view, step, order))) continue;
      if (follows && !sane(view, step, order)) continue;
      if (!plausibleFloats(view, format, order)) continue;
      return {
        variant,
        order,
        sampleOrder: order,
        format,
        sampleBytes: width,
        first: 0,
        end: size,
        blocks: 1,
        samples,
        fixed: fits,
        intervalUs: undefined,
        intervalOfFile: false,
        revised: false,
        metresPerUnit: 1,
      };
    }
  }
  return undefined;
}

const sane = (view: DataView, at: number, order: ByteOrder): boolean =>
  readField(TRACE_HEADER.samples, view, at, order) > 0 && credible(view, at, order);

/** PASSCAL traces have digits and letters for the station and a data form of 0 or 1. */
function passcalFormat(view: DataView, order: ByteOrder): number | undefined {
  const interval = readField(PASSCAL_HEADER.intervalUs, view, 0, order);
  if (interval <= 0 || interval > 1e7) return undefined;
  const form = readField(PASSCAL_HEADER.dataForm, view, 0, order);
  return form === 0 ? 3 : form === 1 ? 2 : undefined;
}

/** Floats in the wrong order, or bytes that are no floats, run through all exponents. */
function plausibleFloats(view: DataView, format: number, order: ByteOrder): boolean {
  if (format !== 5) return true;
  let strange = 0;
  let all = 0;
  for (let at = TRACE_HEADER_BYTES; at + 4 <= view.byteLength && all < 200; at += 4, all++) {
    const size = Math.abs(view.getFloat32(at, order === 'little'));
    if (size !== 0 && !(size > 1e-25 && size < 1e25)) strange++;
  }
  // Lengths of the samples seen include headers of short traces.
  return strange <= 0.5 * all;
}

/** Whether the last trace header states the same sample count as the first. */
async function endsAlike(source: ByteSource, layout: TraceLayout): Promise<boolean> {
  const step = TRACE_HEADER_BYTES + layout.samples * layout.sampleBytes;
  const bytes = await bytesAt(source, source.size - step, TRACE_HEADER_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return statedSamples(view, 0, layout.order, 1) === layout.samples;
}
