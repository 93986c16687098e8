/** From the bytes of a SEG-Y file to where its traces lie and how they are encoded, all contradictions settled and noted. */
import { type Problem, RecordError } from '../../errors.ts';
import type { OpenOptions } from '../../gather.ts';
import { type ByteSource, bytesAt } from '../../source.ts';
import { FOOT } from '../../units.ts';
import { HEAD_BYTES } from '../format.ts';
import { type FileHeader, isRevision2, readFileHeader } from './file-header.ts';
import { FILE_HEADER_BYTES, TEXT_BYTES, TRACE_HEADER_BYTES } from './headers.ts';
import { pairSwapped } from './pair-swap.ts';
import { placeTraces } from './place-traces.ts';
import { evidentEncoding } from './sample-evidence.ts';
import { SAMPLE_FORMATS, sampleBytes } from './sample-formats.ts';
import {
  fixedTraces,
  statedSamples,
  type TraceLayout,
  traceBytes,
  usableExtendedInterval,
  usableInterval,
} from './trace-layout.ts';

export interface SegyTraces {
  /** In the order in which the layout holds: pairs swapped back where they were exchanged. */
  readonly source: ByteSource;
  readonly header: FileHeader;
  readonly layout: TraceLayout;
  /** Textual headers after the first. */
  readonly texts: number;
  readonly problems: readonly Problem[];
}

/** @throws RecordError */
export async function openTraces(given: ByteSource, options: OpenOptions): Promise<SegyTraces> {
  const header = readFileHeader(await bytesAt(given, 0, HEAD_BYTES), given.size);
  if (!header)
    throw new RecordError(
      'truncated',
      given.name,
      `expected ${FILE_HEADER_BYTES} bytes of SEG-Y file header, found ${given.size}`,
    );
  const source = header.pairSwapped ? pairSwapped(given, header.base + TEXT_BYTES) : given;
  const problems: Problem[] = [];
  return { source, header, ...(await layoutOf(source, header, options, problems)), problems };
}

async function layoutOf(
  source: ByteSource,
  header: FileHeader,
  options: OpenOptions,
  problems: Problem[],
): Promise<{ layout: TraceLayout; texts: number }> {
  const { binary, order } = header;
  const declared = options.sampleFormat ?? binary.format;
  if (!(declared in SAMPLE_FORMATS))
    throw new RecordError(
      'malformed',
      source.name,
      `expected a SEG-Y sample format code of 1–12, 15 or 16 in bytes 3225–3226, found ${declared}`,
    );
  const width = sampleBytes(declared);
  const { texts, ...place } = await placeTraces(source, header, width, problems);
  const extended = isRevision2(header) && usableExtendedInterval(binary.extendedIntervalUs);
  const feet = binary.lengthUnit === 2;
  if (feet)
    problems.push({ code: 'units-feet', message: 'lengths are in feet (bytes 3255–3256), given here in metres' });
  const layout: TraceLayout = {
    variant: 'segy',
    order,
    sampleOrder: order,
    format: declared,
    sampleBytes: width,
    ...place,
    intervalUs: extended
      ? binary.extendedIntervalUs
      : usableInterval(binary.intervalUs)
        ? binary.intervalUs
        : undefined,
    intervalOfFile: binary.fixedLength === 1 && (extended || usableInterval(binary.intervalUs)),
    revised: header.revision.major >= 1,
    metresPerUnit: feet ? FOOT : 1,
  };
  const found = evidentEncoding({ format: declared, order }, await someSamples(source, layout));
  if (found.order !== order)
    problems.push({
      code: 'sample-byte-order',
      message: `headers are ${order}-endian, samples are readable only as ${found.order}-endian: taken so`,
    });
  const taken = { ...layout, sampleOrder: found.order };
  if (found.format === declared || options.sampleFormat !== undefined) return { layout: taken, texts };
  // One trace is too little to overrule the header.
  const certain = fixedTraces(layout) > 1;
  problems.push({
    code: 'sample-format',
    message: `bytes 3225–3226 announce format ${declared} (${FLOAT_NAMES[declared]}), samples look like format ${found.format} (${FLOAT_NAMES[found.format]}): read as ${certain ? found.format : declared}`,
  });
  return { layout: certain ? { ...taken, format: found.format } : taken, texts };
}

const FLOAT_NAMES: Readonly<Record<number, string>> = { 1: 'IBM float', 5: 'IEEE float' };

/** Raw samples from a few traces, from their middle where amplitudes are. */
async function someSamples(source: ByteSource, layout: TraceLayout): Promise<Uint8Array[]> {
  const step = traceBytes(layout, layout.samples);
  const traces = fixedTraces(layout);
  const chosen = layout.fixed
    ? [...new Set([0.1, 0.3, 0.5, 0.7, 0.9].map((part) => layout.first + Math.floor(part * traces) * step))]
    : await firstTraces(source, layout, 5);
  const count = Math.min(layout.samples, 1024);
  const skip = layout.fixed ? Math.floor((layout.samples - count) / 2) : 0;
  return Promise.all(
    chosen.map((at) =>
      bytesAt(source, at + layout.blocks * TRACE_HEADER_BYTES + skip * layout.sampleBytes, count * layout.sampleBytes),
    ),
  );
}

/** Bytes of the first few trace headers where traces differ in length. */
async function firstTraces(source: ByteSource, layout: TraceLayout, most: number): Promise<number[]> {
  const found: number[] = [];
  let at = layout.first;
  while (found.length < most) {
    const head = await bytesAt(source, at, layout.blocks * TRACE_HEADER_BYTES);
    if (head.length < layout.blocks * TRACE_HEADER_BYTES) break;
    found.push(at);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    at += traceBytes(layout, statedSamples(view, 0, layout.order, layout.blocks) || layout.samples);
  }
  return found;
}
