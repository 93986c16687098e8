/**
 * The walk over the traces of one SEG-D record, header by header. Where headers contradict each other, the walk believes
 * the reading after which another trace header, another record or the end of the file follows.
 */
import { type Problem, RecordError } from '../../errors.ts';
import type { Position } from '../../gather.ts';
import { type Milliseconds, ms } from '../../units.ts';
import { readField, readFields } from '../fields.ts';
import { readBcd, readBcdFields } from './bcd.ts';
import {
  BLOCK,
  BLOCK_TYPE,
  EXTENSION_1,
  SERCEL,
  SERCEL_EXTENSION_2,
  TRACE_HEADER,
  TRACE_HEADER_BINARY,
  TRACE_HEADER_BYTES,
} from './headers.ts';
import { type ChannelSet, looksLikeRecord, position, type RecordHead, readPosition } from './record.ts';
import { type SampleCode, sampleCode } from './sample-codes.ts';
import type { Window } from './window.ts';

export interface TraceHead {
  /** Byte of the first sample. */
  readonly dataAt: number;
  readonly samples: number;
  readonly set: ChannelSet;
  /** Trace number in the channel set, as recorded. */
  readonly number: number;
  readonly edit: number;
  /** Time of the first sample by the timing word, where it is not zero. */
  readonly timing: Milliseconds | undefined;
  /** Sample skew, parts of 256 of the base interval. */
  readonly skew: number;
  readonly receiver?: Position;
  /** GPS microseconds of the trace's own time zero (revision 3). */
  readonly timeZero?: number;
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
/** Bytes after a trace that are taken as padding rather than as samples of it. */
const MOST_PADDING = 512;

/** How the traces of a channel set are laid out, learnt from its first trace. */
interface Layout {
  /** What byte 10 of the trace header says. */
  readonly recorded: number;
  readonly extensions: number;
  readonly stated: number | undefined;
  readonly samples: number;
  readonly gap: number;
}

export function walkTraces(bytes: Window, head: RecordHead): Walk {
  const code = sampleCode(head.code) as SampleCode;
  const { view, size } = bytes;
  const problems: Problem[] = [];
  const note = (what: string, message: string) => {
    if (!problems.some((problem) => problem.code === what)) problems.push({ code: what, message });
  };
  const declared = head.sets.reduce((sum, set) => sum + set.channels, 0);
  const byNumber = new Map(head.sets.map((set) => [set.scanType * 65536 + set.number, set]));
  const layouts = new Map<ChannelSet, Layout>();
  let at = -1;
  let count = 0;
  let end = 0;
  let done = false;
  let previous: { file: number; extendedFile: number; place: number; number: number; extensions: number } | undefined;

  const placeOf = (offset: number) => view.getUint16(offset + 2);
  const setOf = (offset: number): ChannelSet | undefined => {
    const scan = readBcd(TRACE_HEADER.scanType, view, offset);
    const number =
      readBcd(TRACE_HEADER.channelSet, view, offset) ??
      readField(TRACE_HEADER_BINARY.extendedChannelSet, view, offset, 'big');
    return scan === undefined ? undefined : byNumber.get(scan * 65536 + number);
  };
  /** The set whose turn it is by the descriptors' counts. */
  const setInTurn = (): ChannelSet | undefined => {
    let before = 0;
    for (const set of head.sets) if (count < (before += set.channels)) return set;
    return head.sets.at(-1);
  };

  /** A header of this record's next trace; the first has nothing to be compared with. */
  const isTrace = (offset: number): boolean => {
    if (looksLikeRecord(view, offset)) return false;
    const number = readBcd(TRACE_HEADER.traceNumber, view, offset);
    if (number === undefined && view.getUint16(offset + 4) !== 0xffff) return false;
    const known = setOf(offset) !== undefined;
    if (!previous) return known;
    const sameFile =
      view.getUint16(offset) === previous.file &&
      readField(TRACE_HEADER_BINARY.extendedFileNumber, view, offset, 'big') === previous.extendedFile;
    if (sameFile && known) return true;
    const sameLayout = view.getUint8(offset + 9) === previous.extensions && placeOf(offset) === previous.place;
    return sameLayout && (sameFile || (number !== undefined && number === previous.number + 1));
  };
  const traceAt = async (where: number): Promise<boolean> => {
    const offset = await bytes.load(where, TRACE_HEADER_BYTES);
    return offset >= 0 && isTrace(offset);
  };
  const recordAt = async (where: number): Promise<boolean> => {
    const offset = await bytes.load(where, BLOCK);
    return offset >= 0 && looksLikeRecord(view, offset);
  };
  /** What may stand after a trace. */
  const follows = async (where: number): Promise<boolean> =>
    where === size || (where < size && ((await traceAt(where)) || (await recordAt(where))));

  const find = async (from: number, reach: number, step = 1): Promise<number | undefined> => {
    const last = Math.min(size - TRACE_HEADER_BYTES, from + reach);
    const ahead = bytes.ahead;
    bytes.ahead = bytes.capacity;
    try {
      for (let where = from; where <= last; ) {
        if ((await bytes.load(where, TRACE_HEADER_BYTES)) < 0) return undefined;
        for (
          let offset: number;
          where <= last && (offset = bytes.offset(where, TRACE_HEADER_BYTES)) >= 0;
          where += step
        )
          if (isTrace(offset)) return where;
      }
      return undefined;
    } finally {
      bytes.ahead = ahead;
    }
  };

  const first = async (): Promise<number> => {
    for (const candidate of head.tracesAt) if (await traceAt(candidate)) return candidate;
    const found = await find(head.descriptorsEnd, SEARCH_HEADER_BYTES, BLOCK / 2);
    if (found !== undefined) {
      note(
        'header-size-disagrees',
        `expected the first trace at byte ${head.tracesAt.join(' or ')} by the header counts, found it at ${found}`,
      );
      return found;
    }
    const likeliest = head.tracesAt[0];
    if (likeliest + TRACE_HEADER_BYTES > size)
      throw new RecordError(
        'truncated',
        bytes.name,
        `expected the first trace at byte ${likeliest}, file ends after ${size}`,
      );
    if (head.sets.length === 0)
      throw new RecordError('empty', bytes.name, `expected traces, found no channel set with channels`);
    // Headers that do not name their set: believe the counts if something does follow the first trace.
    return likeliest;
  };

  /** Samples by extension 1; 0 where there is none. */
  const statedSamples = (offset: number, extensions: number): number => {
    if (extensions === 0) return 0;
    const at1 = offset + TRACE_HEADER_BYTES + BLOCK * extension1(offset, extensions);
    return readField(head.major === 3 ? EXTENSION_1.samplesRev3 : EXTENSION_1.samples, view, at1, 'big');
  };
  /** Which of the extensions is extension 1: the first, unless revision 3 says so of another. */
  const extension1 = (offset: number, extensions: number): number => {
    if (head.major === 3)
      for (let i = 0; i < extensions; i++)
        if (view.getUint8(offset + TRACE_HEADER_BYTES + BLOCK * i + BLOCK - 1) === BLOCK_TYPE.extension1) return i;
    return 0;
  };

  /** Loads a trace header with its extensions; −1 at the end of the file. */
  const loadHeader = (where: number, extensions: number) => bytes.load(where, TRACE_HEADER_BYTES + BLOCK * extensions);

  const learn = async (set: ChannelSet, recorded: number): Promise<Layout | undefined> => {
    const tries = [...new Set([recorded, set.extensions, ...(head.major === 0 ? [0] : [])])];
    let whole: Layout | undefined;
    for (const extensions of tries) {
      const offset = await loadHeader(at, extensions);
      if (offset < 0) continue;
      const stated = statedSamples(offset, extensions) || undefined;
      const others = [...layouts.values()].filter((other) => other.extensions === extensions);
      const likely = [stated, ...set.samples, head.sercel?.samples, ...others.map((other) => other.samples)];
      for (const samples of new Set(likely)) {
        if (!samples) continue;
        const after = at + TRACE_HEADER_BYTES + BLOCK * extensions + code.bytes(samples);
        if (after > size) continue;
        const layout = { recorded, extensions, stated, samples, gap: 0 };
        if (await follows(after)) return layout;
        whole ??= layout;
      }
    }
    const dataAt = at + TRACE_HEADER_BYTES + BLOCK * recorded;
    const wholeEnd = whole && at + TRACE_HEADER_BYTES + BLOCK * whole.extensions + code.bytes(whole.samples);
    const next = dataAt < size ? await findSuccessor(dataAt) : undefined;
    if (next !== undefined) {
      if (whole && wholeEnd !== undefined && next >= wholeEnd && next - wholeEnd <= MOST_PADDING) {
        note('padded-traces', `expected a trace header at byte ${wholeEnd}, found it ${next - wholeEnd} bytes later`);
        return { ...whole, gap: next - wholeEnd };
      }
      const samples = code.fit(next - dataAt);
      if (samples > 0) {
        const stated = await statedAt(recorded);
        return { recorded, extensions: recorded, stated, samples, gap: next - dataAt - code.bytes(samples) };
      }
    }
    if (whole) return whole;
    // A single trace whose length nothing states fills the file.
    const stated = await statedAt(recorded);
    const states = [stated, ...set.samples, head.sercel?.samples].some((samples) => samples);
    const samples = code.fit(size - head.trailerBytes - dataAt);
    return states || samples <= 0 ? undefined : { recorded, extensions: recorded, stated, samples, gap: 0 };
  };
  const statedAt = async (extensions: number): Promise<number | undefined> => {
    const offset = await loadHeader(at, extensions);
    return offset < 0 ? undefined : statedSamples(offset, extensions) || undefined;
  };
  /** The next header after the trace at `at`, judged by that trace. */
  const findSuccessor = async (from: number): Promise<number | undefined> => {
    const before = previous;
    const offset = await bytes.load(at, TRACE_HEADER_BYTES);
    previous = remember(offset);
    const found = await find(from, SEARCH_BYTES);
    previous = before;
    return found;
  };
  const remember = (offset: number) => ({
    file: view.getUint16(offset),
    extendedFile: readField(TRACE_HEADER_BINARY.extendedFileNumber, view, offset, 'big'),
    place: placeOf(offset),
    number: readBcd(TRACE_HEADER.traceNumber, view, offset) ?? -1,
    extensions: view.getUint8(offset + 9),
  });

  const finish = (where: number): undefined => {
    done = true;
    end = where;
    if (count < declared)
      note('fewer-traces', `expected ${declared} traces by the channel sets, found ${count} whole ones`);
    if (count > declared) note('more-traces', `expected ${declared} traces by the channel sets, found ${count}`);
    return undefined;
  };
  const cut = (): undefined => {
    note('trace-cut', `expected trace ${count + 1} at byte ${at} to be whole, file ends after ${size} bytes; left out`);
    return finish(size);
  };

  const next = async (): Promise<TraceHead | undefined> => {
    if (done) return undefined;
    if (at < 0) at = await first();
    else if (at >= size) return finish(size);
    else if (!(await traceAt(at))) {
      if (count >= declared || (await recordAt(at))) return finish(at);
      if (at + TRACE_HEADER_BYTES > size) return cut();
      const found = await find(at, SEARCH_BYTES);
      if (found === undefined) return finish(at);
      note('bytes-skipped', `expected trace ${count + 1} at byte ${at}, found it ${found - at} bytes later`);
      at = found;
    }
    let offset = await bytes.load(at, TRACE_HEADER_BYTES);
    if (offset < 0) return cut();
    const recorded = view.getUint8(offset + 9);
    const set = setOf(offset) ?? setInTurn();
    if (!set) return finish(at);
    let layout = layouts.get(set);
    offset = await loadHeader(at, layout?.extensions ?? 0);
    if (offset < 0) return cut();
    const same =
      layout &&
      recorded === layout.recorded &&
      (statedSamples(offset, layout.extensions) || undefined) === layout.stated;
    if (!same) {
      const learnt = await learn(set, recorded);
      if (!learnt) return cut();
      if (learnt.stated !== undefined && learnt.samples !== learnt.stated)
        note(
          'sample-count-disagrees',
          `expected ${learnt.stated} samples by the trace header, found ${learnt.samples} by what follows the trace`,
        );
      if (learnt.extensions !== recorded)
        note(
          'extension-count-disagrees',
          `expected ${recorded} trace header extensions by the trace header, found ${learnt.extensions}`,
        );
      layout = learnt;
      layouts.set(set, layout);
      offset = await loadHeader(at, layout.extensions);
    }
    if (!layout || offset < 0) return cut();
    const dataAt = at + TRACE_HEADER_BYTES + BLOCK * layout.extensions;
    const after = dataAt + code.bytes(layout.samples);
    if (after > size) return cut();
    const head1 = remember(offset);
    const trace = readTrace(offset, layout, set, dataAt);
    previous = head1;
    count++;
    at = after + layout.gap;
    return trace;
  };

  const readTrace = (offset: number, layout: Layout, set: ChannelSet, dataAt: number): TraceHead => {
    const binary = readFields(TRACE_HEADER_BINARY, view, offset, 'big');
    const decimal = readBcdFields(TRACE_HEADER, view, offset);
    const extensionsAt = offset + TRACE_HEADER_BYTES;
    const one = layout.extensions > 0 ? extensionsAt + BLOCK * extension1(offset, layout.extensions) : -1;
    let receiver: Position | undefined;
    let timeZero: number | undefined;
    let number = decimal.traceNumber;
    if (one >= 0 && number === undefined)
      number = readField(EXTENSION_1.extendedTraceNumber, view, one, 'big') || undefined;
    if (head.major === 3)
      for (let i = 0, block = extensionsAt; i < layout.extensions; i++, block += BLOCK) {
        const type = view.getUint8(block + BLOCK - 1);
        if (type === BLOCK_TYPE.position) receiver ??= readPosition(view, block);
        else if (type === BLOCK_TYPE.timestamp) timeZero ??= Number(view.getBigInt64(block));
      }
    else if (head.maker === SERCEL && layout.extensions >= 2) {
      const two = readFields(SERCEL_EXTENSION_2, view, extensionsAt + BLOCK, 'big');
      receiver = position(two.easting, two.northing, two.elevation);
      if (number === undefined && two.extendedTraceNumber > 0) number = two.extendedTraceNumber;
    }
    const timing = binary.timingWord === 0 || binary.timingWord === 0xffffff ? undefined : ms(binary.timingWord / 256);
    return {
      dataAt,
      samples: layout.samples,
      set,
      number:
        number ??
        (previous && setOf(offset) !== undefined && previous.place === placeOf(offset) ? previous.number + 1 : 1),
      edit: binary.edit,
      timing,
      skew: binary.skew,
      ...(receiver && { receiver }),
      ...(timeZero && { timeZero }),
    };
  };

  return {
    next,
    get end() {
      return end;
    },
    problems,
  };
}
