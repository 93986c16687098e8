/**
 * The walk over the traces of one SEG-D record, header by header. Where headers contradict each other, the walk believes
 * the reading after which another trace header, another record or the end of the file follows.
 */
import { type Problem, RecordError } from '../../errors.ts';
import { readField } from '../fields.ts';
import { readBcd } from './bcd.ts';
import { BLOCK, TRACE_HEADER, TRACE_HEADER_BINARY, TRACE_HEADER_BYTES } from './headers.ts';
import { type ChannelSet, looksLikeRecord, type RecordHead } from './record.ts';
import { type SampleCode, sampleCode } from './sample-codes.ts';
import { headerBytes, readTraceHeader, statedSamples, type TraceHeader } from './trace-header.ts';
import type { Window } from './window.ts';

export interface TraceHead extends Omit<TraceHeader, 'number'> {
  /** Byte of the first sample. */
  readonly dataAt: number;
  readonly samples: number;
  readonly set: ChannelSet;
  readonly number: number;
}

export interface Walk {
  /** undefined after the last trace. */
  next(): Promise<TraceHead | undefined>;
  /** First byte after the traces, once `next` returned undefined. */
  readonly end: number;
  readonly problems: readonly Problem[];
}

/** Bytes searched for the next trace header when the one expected is not there. */
const SEARCH_BYTES = 64 * 1024 * 1024;
/** Bytes searched for the first trace header when it is not where the counts of header blocks put it. */
const SEARCH_HEADER_BYTES = 1024 * 1024;
/** Bytes after a trace that are taken as padding; one or two samples' worth are samples that the header does not count. */
const MOST_PADDING = 512;

/** What tells a trace header of this record from other bytes, taken from the trace before. */
interface Sign {
  readonly file: number;
  readonly extendedFile: number;
  /** Scan type and channel set, as recorded. */
  readonly place: number;
  readonly number: number | undefined;
  readonly extensions: number;
}

/** How the traces of a channel set are laid out, learnt from its first trace. */
interface Layout {
  /** What byte 10 of the trace header says. */
  readonly recorded: number;
  readonly extensions: number;
  /** What extension 1 says. */
  readonly stated: number | undefined;
  readonly samples: number;
  /** Bytes of padding. */
  readonly gap: number;
}

export function walkTraces(bytes: Window, head: RecordHead): Walk {
  const { view, size } = bytes;
  const code = sampleCode(head.code) as SampleCode;
  const declared = head.sets.reduce((sum, set) => sum + set.channels, 0);
  const byNumber = new Map(head.sets.map((set) => [set.scanType * 65536 + set.number, set]));
  const layouts = new Map<ChannelSet, Layout>();
  const counts = new Map<ChannelSet, number>();
  const problems: Problem[] = [];
  let at = -1;
  let count = 0;
  let end: number | undefined;
  let before: Sign | undefined;

  const note = (what: string, message: string) => {
    if (!problems.some((problem) => problem.code === what)) problems.push({ code: what, message });
  };

  const placeOf = (offset: number) => view.getUint16(offset + TRACE_HEADER.scanType.at - 1);
  const signOf = (offset: number): Sign => ({
    file: view.getUint16(offset),
    extendedFile: readField(TRACE_HEADER_BINARY.extendedFileNumber, view, offset, 'big'),
    place: placeOf(offset),
    number: readBcd(TRACE_HEADER.traceNumber, view, offset),
    extensions: readField(TRACE_HEADER_BINARY.extensions, view, offset, 'big'),
  });

  const setOf = (offset: number): ChannelSet | undefined => {
    const scan = readBcd(TRACE_HEADER.scanType, view, offset);
    const number =
      readBcd(TRACE_HEADER.channelSet, view, offset) ??
      readField(TRACE_HEADER_BINARY.extendedChannelSet, view, offset, 'big');
    return scan === undefined ? undefined : byNumber.get(scan * 65536 + number);
  };

  /** The set whose turn it is by the descriptors' counts, for headers that do not name theirs. */
  const setInTurn = (): ChannelSet | undefined => {
    let last = 0;
    return head.sets.find((set) => count < (last += set.channels)) ?? head.sets.at(-1);
  };

  /** A header of this record's next trace; the first one has nothing to be compared with. */
  const isTrace = (offset: number): boolean => {
    // Most other bytes are told apart by these two words: the search for a lost header asks for each byte.
    if (before && view.getUint16(offset) !== before.file && placeOf(offset) !== before.place) return false;
    if (looksLikeRecord(view, offset)) return false;
    const sign = signOf(offset);
    const numbered = sign.number !== undefined || view.getUint16(offset + TRACE_HEADER.traceNumber.at - 1) === 0xffff;
    const known = setOf(offset) !== undefined;
    if (!before) return known && numbered;
    const sameFile = sign.file === before.file && sign.extendedFile === before.extendedFile;
    const sameExtensions = sign.extensions === before.extensions;
    if (sameFile && known && (numbered || sameExtensions)) return true;
    const isNext = before.number !== undefined && sign.number === before.number + 1;
    return sameExtensions && sign.place === before.place && numbered && (sameFile || isNext);
  };
  const traceAt = async (where: number): Promise<boolean> => {
    const offset = await bytes.load(where, TRACE_HEADER_BYTES);
    return offset >= 0 && isTrace(offset);
  };
  const recordAt = async (where: number): Promise<boolean> => {
    const offset = await bytes.load(where, BLOCK);
    return offset >= 0 && looksLikeRecord(view, offset);
  };
  const zerosAt = async (where: number): Promise<boolean> => {
    const offset = await bytes.load(where, BLOCK);
    return offset >= 0 && bytes.bytes.subarray(offset, offset + BLOCK).every((byte) => byte === 0);
  };
  /** What may stand after a trace. */
  const follows = async (where: number): Promise<boolean> => {
    if (where === size || (await traceAt(where)) || (await recordAt(where))) return true;
    const behind = where + head.trailerBytes;
    const last = count + 1 >= declared;
    return (
      (head.trailerBytes > 0 && (behind === size || (await recordAt(behind)))) || (last && (await zerosAt(behind)))
    );
  };

  const find = async (from: number, reach: number, step = 1): Promise<number | undefined> => {
    const last = Math.min(size - TRACE_HEADER_BYTES, from + reach);
    const { ahead } = bytes;
    bytes.ahead = bytes.capacity;
    let found: number | undefined;
    for (let where = from; where <= last && found === undefined; ) {
      if ((await bytes.load(where, TRACE_HEADER_BYTES)) < 0) break;
      for (let offset: number; where <= last; where += step) {
        offset = bytes.offset(where, TRACE_HEADER_BYTES);
        if (offset < 0) break;
        if (isTrace(offset)) {
          found = where;
          break;
        }
      }
    }
    bytes.ahead = ahead;
    return found;
  };

  const statedWith = async (extensions: number): Promise<number | undefined> => {
    const offset = await bytes.load(at, headerBytes(extensions));
    return offset < 0 ? undefined : statedSamples(head, view, offset, extensions);
  };

  /** The layout of the trace at `at` that something follows as it should; else one that at least fits the file. */
  const believe = async (set: ChannelSet, recorded: number): Promise<{ sure?: Layout; fits?: Layout }> => {
    let fits: Layout | undefined;
    for (const extensions of new Set([recorded, set.extensions, ...(head.major === 0 ? [0] : [])])) {
      const stated = await statedWith(extensions);
      const others = [...layouts.values()].filter((other) => other.extensions === extensions);
      const likely = [stated, ...set.samples, head.sercel?.samples, ...others.map((other) => other.samples)];
      for (const samples of new Set(likely)) {
        const after = at + headerBytes(extensions) + code.bytes(samples ?? 0);
        if (!samples || after > size) continue;
        const layout = { recorded, extensions, stated, samples, gap: 0 };
        // A header that is still being written is believed where a trace is still to come.
        const begun = size - after < TRACE_HEADER_BYTES && (samples === stated || count + 1 < declared);
        if (begun || (await follows(after))) return { sure: layout };
        fits ??= layout;
      }
    }
    return fits ? { fits } : {};
  };

  /** How the trace at `at` is laid out; undefined when the file ends before its last sample. */
  const learn = async (set: ChannelSet, recorded: number): Promise<Layout | undefined> => {
    const { sure, fits } = await believe(set, recorded);
    if (sure) return sure;
    if (fits && count + 1 >= declared) return fits;
    const dataAt = at + headerBytes(recorded);
    const stated = await statedWith(recorded);
    const successor = await find(dataAt, SEARCH_BYTES);
    if (successor !== undefined) {
      const gap = fits ? successor - (at + headerBytes(fits.extensions) + code.bytes(fits.samples)) : -1;
      const uncounted = gap === code.bytes(code.group) || gap === code.bytes(2 * code.group);
      if (fits && gap >= 0 && gap <= MOST_PADDING && !uncounted) return { ...fits, gap };
      const samples = code.fit(successor - dataAt);
      const rest = successor - dataAt - code.bytes(samples);
      if (samples > 0) return { recorded, extensions: recorded, stated, samples, gap: rest };
    }
    if (fits || stated || set.samples.length > 0 || head.sercel?.samples) return fits;
    // A single trace whose length nothing states fills the file.
    const samples = code.fit(size - head.trailerBytes - dataAt);
    return samples > 0 ? { recorded, extensions: recorded, stated, samples, gap: 0 } : undefined;
  };

  /** Whether the bytes at `where`, read as the first trace, are followed as a trace is. */
  const isFirst = async (where: number): Promise<boolean> => {
    at = where;
    const offset = await bytes.load(at, TRACE_HEADER_BYTES);
    if (offset < 0) return false;
    before = signOf(offset);
    const { sure } = await believe(setOf(offset) ?? head.sets[0], before.extensions);
    before = undefined;
    return sure !== undefined;
  };

  const findFirst = async (): Promise<number> => {
    if (head.sets.length === 0)
      throw new RecordError('empty', bytes.name, 'expected traces, found no channel set that has channels');
    for (const candidate of head.tracesAt) if (await traceAt(candidate)) return candidate;
    for (const candidate of head.tracesAt) if (await isFirst(candidate)) return candidate;
    const [likeliest] = head.tracesAt;
    const until = head.descriptorsEnd + SEARCH_HEADER_BYTES;
    for (let from = head.descriptorsEnd, found: number | undefined; from < until; from = found + BLOCK / 2) {
      found = await find(from, until - from, BLOCK / 2);
      if (found === undefined) break;
      if (!(await isFirst(found))) continue;
      note(
        'header-size-disagrees',
        `expected the first trace at byte ${head.tracesAt.join(' or ')} by the header counts, found it at ${found}`,
      );
      return found;
    }
    if (likeliest + TRACE_HEADER_BYTES > size)
      throw new RecordError(
        'truncated',
        bytes.name,
        `expected the first trace at byte ${likeliest}, file ends after ${size}`,
      );
    return likeliest;
  };

  const noteDifferences = ({ stated, samples, extensions, recorded, gap }: Layout) => {
    if (stated !== undefined && samples !== stated)
      note(
        'sample-count-disagrees',
        `expected ${stated} samples by the trace header, found ${samples} by what follows the trace`,
      );
    if (extensions !== recorded)
      note(
        'extension-count-disagrees',
        `expected ${recorded} extensions by the trace header, found ${extensions} by what follows the trace`,
      );
    if (gap > 0) note('padded-traces', `expected traces without a gap, found ${gap} bytes after trace ${count + 1}`);
  };

  const finish = (where: number): undefined => {
    end = where;
    if (count < declared)
      note('fewer-traces', `expected ${declared} traces by the channel sets, found ${count} whole ones`);
    if (count > declared) note('more-traces', `expected ${declared} traces by the channel sets, found ${count}`);
  };
  const cut = (): undefined => {
    note('trace-cut', `expected trace ${count + 1} at byte ${at} to be whole, file ends after ${size} bytes; left out`);
    return finish(size);
  };

  /** Moves `at` to the next trace header; false when the record has no more. */
  const advance = async (): Promise<boolean> => {
    if (at < 0) at = await findFirst();
    else if (!(await traceAt(at))) {
      if (count >= declared || at >= size || (await recordAt(at))) return false;
      const found = await find(at, SEARCH_BYTES);
      if (found === undefined) return at + TRACE_HEADER_BYTES > size;
      note('bytes-skipped', `expected trace ${count + 1} at byte ${at}, found it ${found - at} bytes later`);
      at = found;
    }
    return true;
  };

  return {
    async next() {
      if (end !== undefined) return undefined;
      if (!(await advance())) return finish(at);
      let offset = await bytes.load(at, TRACE_HEADER_BYTES);
      if (offset < 0) return cut();
      const set = setOf(offset) ?? (setInTurn() as ChannelSet);
      before = signOf(offset);
      const recorded = before.extensions;
      let layout = layouts.get(set);
      if (layout?.recorded === recorded) {
        offset = await bytes.load(at, headerBytes(layout.extensions));
        if (offset < 0) return cut();
        if (statedSamples(head, view, offset, layout.extensions) !== layout.stated) layout = undefined;
      } else layout = undefined;
      if (!layout) {
        layout = await learn(set, recorded);
        if (!layout) return cut();
        noteDifferences(layout);
        layouts.set(set, layout);
        offset = await bytes.load(at, headerBytes(layout.extensions));
      }
      const dataAt = at + headerBytes(layout.extensions);
      const after = dataAt + code.bytes(layout.samples);
      if (offset < 0 || after > size) return cut();
      const { number, ...header } = readTraceHeader(head, view, offset, layout.extensions);
      const inSet = (counts.get(set) ?? 0) + 1;
      counts.set(set, inSet);
      count++;
      at = after + layout.gap;
      return { ...header, number: number ?? inSet, dataAt, samples: layout.samples, set };
    },
    get end() {
      return end ?? at;
    },
    problems,
  };
}
