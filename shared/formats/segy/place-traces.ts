/**
 * Where the traces of a SEG-Y file begin and how long they are. Headers contradict each other, so each combination of what
 * they say is held against the size of the file and against the second trace header; the best one is taken.
 */
import { type Problem, RecordError } from '../../errors.ts';
import type { ByteOrder } from '../../gather.ts';
import { type ByteSource, bytesAt } from '../../source.ts';
import { readField } from '../fields.ts';
import { decodeText, readableShare } from '../text-header.ts';
import { type FileHeader, isRevision2 } from './file-header.ts';
import { FILE_HEADER_BYTES, TEXT_BYTES, TRACE_HEADER, TRACE_HEADER_BYTES } from './headers.ts';
import { statedSamples } from './trace-layout.ts';

export interface Placement {
  readonly first: number;
  readonly end: number;
  /** Extended textual headers before `first`. */
  readonly texts: number;
  readonly blocks: number;
  readonly samples: number;
  readonly fixed: boolean;
}

/** No file has more extended text than this; an EndText stanza further on is not looked for. */
const MOST_TEXTS = 1000;

export async function placeTraces(
  source: ByteSource,
  header: FileHeader,
  width: number,
  problems: Problem[],
): Promise<Placement> {
  const { base, order, binary } = header;
  const texts = await textCandidates(source, header);
  const begin = base + FILE_HEADER_BYTES;
  const firsts = texts.map((count) => ({ texts: count, first: begin + count * TEXT_BYTES }));
  const revision2 = isRevision2(header);
  if (revision2 && binary.firstTrace >= begin && binary.firstTrace < source.size)
    firsts.unshift({ texts: texts[0], first: binary.firstTrace });
  const blocks = revision2 && binary.additionalHeaders > 0 ? [1 + binary.additionalHeaders, 1] : [1];
  const inFile = revision2 && binary.extendedSamples > 0 ? [binary.extendedSamples, binary.samples] : [binary.samples];

  let best: (Placement & { score: number }) | undefined;
  let longest = 0;
  for (const { texts: count, first } of firsts)
    for (const headers of blocks) {
      const head = await bytesAt(source, first, headers * TRACE_HEADER_BYTES);
      if (head.length < headers * TRACE_HEADER_BYTES) continue;
      const inTrace = statedSamples(viewOf(head), 0, order, headers);
      const flagged = binary.fixedLength === 1;
      const counts = flagged ? [...inFile, inTrace] : [inTrace, ...inFile];
      for (const samples of new Set(counts.filter((value) => value > 0))) {
        const step = headers * TRACE_HEADER_BYTES + samples * width;
        longest = Math.max(longest, samples);
        if (first + step > source.size) continue;
        const end = await endOfTraces(source, header, first, step);
        const fits = (end - first) % step === 0;
        const continues = await likeHeader(source, first, first + step, order);
        const score = (fits ? 2 : 0) + continues;
        const fixed = flagged || inTrace === 0 || (fits && inTrace !== samples);
        if (!best || score > best.score) best = { first, end, texts: count, blocks: headers, samples, fixed, score };
      }
    }
  if (!best) throw noTrace(source, firsts[0].first, longest || binary.samples, width);
  if (best.texts !== texts[0] && best.first !== binary.firstTrace)
    problems.push({
      code: 'text-header-count',
      message: `expected ${texts[0]} extended text headers (bytes 3505–3506), found traces that begin after ${best.texts}`,
    });
  const { score, ...placement } = best;
  return placement.fixed ? placement : { ...placement, fixed: await allAlike(source, placement, width, order) };
}

function noTrace(source: ByteSource, first: number, samples: number, width: number): RecordError {
  const left = source.size - first;
  if (left <= 0)
    return new RecordError(
      'empty',
      source.name,
      `expected SEG-Y traces from byte ${first} on, found the end of the file at byte ${source.size}`,
    );
  if (samples === 0 && left >= TRACE_HEADER_BYTES)
    return new RecordError(
      'malformed',
      source.name,
      'expected a SEG-Y sample count in bytes 3221–3222 or in the trace header (115–116), found 0 in both',
    );
  return new RecordError(
    'truncated',
    source.name,
    `expected a SEG-Y trace of ${TRACE_HEADER_BYTES + samples * width} bytes (${samples} samples) at byte ${first}, found ${left} bytes before the end of the file`,
  );
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Numbers of extended text headers to try, the declared one first. */
async function textCandidates(source: ByteSource, { base, binary }: FileHeader): Promise<number[]> {
  const declared = binary.extendedTexts;
  if (declared === 0) return [0];
  const begin = base + FILE_HEADER_BYTES;
  const room = Math.min(MOST_TEXTS, Math.floor((source.size - begin) / TEXT_BYTES));
  const readable = async () => {
    let count = 0;
    while (count < room && isText(await bytesAt(source, begin + count * TEXT_BYTES, TEXT_BYTES))) count++;
    return count;
  };
  // Blanks of a text read as a trace header of 8224 samples at 8224 µs, one like the other: text is text.
  const without = async () => (isText(await bytesAt(source, begin, TEXT_BYTES)) ? [] : [0]);
  if (declared > 0 && declared <= room) return [declared, ...(await without())];
  for (let count = 0; declared < 0 && count < room; count++)
    if (endsText(await bytesAt(source, begin + count * TEXT_BYTES, TEXT_BYTES))) return [count + 1];
  return [...new Set([await readable(), ...(await without())])];
}

/** Zeros count as blanks, but a text does not open with them as a trace header does. */
const isText = (bytes: Uint8Array): boolean =>
  (['ascii', 'ebcdic'] as const).some(
    (code) =>
      bytes.subarray(0, 8).every((byte) => byte !== 0) &&
      readableShare(bytes.subarray(0, 8), code) === 1 &&
      readableShare(bytes, code) > 0.95,
  );

/** The last stanza; blanks inside and ASCII after an EBCDIC header occur. */
const endsText = (bytes: Uint8Array): boolean =>
  /\(\(\s*SEG\s*:\s*EndText\s*\)\)/i.test(decodeText(bytes, 'ascii')) ||
  /\(\(\s*SEG\s*:\s*EndText\s*\)\)/i.test(decodeText(bytes, 'ebcdic'));

/** The end of the file, or where trailers begin (rev 2). */
async function endOfTraces(source: ByteSource, header: FileHeader, first: number, step: number): Promise<number> {
  const { size } = source;
  const { traces, trailers } = header.binary;
  if (!isRevision2(header) || (size - first) % step === 0) return size;
  const counted = first + traces * step;
  if (traces > 0 && counted <= size && (size - counted) % TEXT_BYTES === 0) return counted;
  const declared = size - trailers * TEXT_BYTES;
  if (trailers > 0 && declared > first && (declared - first) % step === 0) return declared;
  let end = size;
  if (trailers === -1)
    for (let count = 0; count < MOST_TEXTS && end - TEXT_BYTES > first; count++) {
      const opening = await bytesAt(source, end - TEXT_BYTES, 2);
      const stanza = (opening[0] === 0x28 && opening[1] === 0x28) || (opening[0] === 0x4d && opening[1] === 0x4d);
      if (!stanza) break;
      end -= TEXT_BYTES;
    }
  return end;
}

/** 1 when the header at `second` looks like it follows the one at `first`, -1 when it cannot, 0 when there is none or it says nothing. */
async function likeHeader(source: ByteSource, first: number, second: number, order: ByteOrder): Promise<number> {
  const [a, b] = await Promise.all([
    bytesAt(source, first, TRACE_HEADER_BYTES),
    bytesAt(source, second, TRACE_HEADER_BYTES),
  ]);
  if (b.length < TRACE_HEADER_BYTES) return 0;
  const read = (bytes: Uint8Array, field: keyof typeof TRACE_HEADER) =>
    readField(TRACE_HEADER[field], viewOf(bytes), 0, order);
  const stated = ['samples', 'intervalUs', 'identification', 'coordinateScalar'] as const;
  let same = 0;
  for (const field of stated) {
    if (read(a, field) !== read(b, field)) same -= field === 'intervalUs' ? 2 : 1;
    else if (read(a, field) !== 0) same++;
  }
  return Math.max(-1, Math.min(1, same));
}

/**
 * Whether trace headers throughout the file state the same sample count, so that traces can be addressed without a walk. The last whole
 * trace is looked at too: bytes lost anywhere before it show there.
 */
async function allAlike(source: ByteSource, place: Placement, width: number, order: ByteOrder): Promise<boolean> {
  const step = place.blocks * TRACE_HEADER_BYTES + place.samples * width;
  const traces = Math.floor((place.end - place.first) / step);
  const whole = (place.end - place.first) % step === 0;
  const probes = [
    ...new Set([1, 2, Math.floor(traces / 3), Math.floor(traces / 2), Math.floor((2 * traces) / 3), traces - 1]),
  ];
  const alike = await Promise.all(
    probes
      .filter((trace) => trace > 0 && trace < traces)
      .map(async (trace) => {
        const head = await bytesAt(source, place.first + trace * step, place.blocks * TRACE_HEADER_BYTES);
        const stated = statedSamples(viewOf(head), 0, order, place.blocks);
        return stated === place.samples || (whole && stated === 0);
      }),
  );
  return alike.every(Boolean);
}
