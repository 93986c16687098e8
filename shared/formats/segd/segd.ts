/**
 * SEG-D, demultiplexed, revisions 0 to 3.1: one or more records, each general headers, channel sets and traces, until the
 * end of the file. Standard: SEG-D rev 2.1 (2006) and rev 3.1 (2015).
 */
import { isRecordError, type Problem, RecordError } from '../../errors.ts';
import type { FirstSample, OpenOptions, Recording, Shot, ShotOptions } from '../../gather.ts';
import type { ByteSource } from '../../source.ts';
import { type Milliseconds, ms } from '../../units.ts';
import type { FormatReader } from '../format.ts';
import { type GatheredTrace, gather, type ShotFrame, type ShotKey } from './gathering.ts';
import { BLOCK, TRACE_EDIT } from './headers.ts';
import { type ChannelSet, looksLikeRecord, type RecordHead, readRecordHead } from './record.ts';
import { type SampleCode, sampleCode } from './sample-codes.ts';
import { looksLikeTapeImage, TAPE_HEADER_BYTES, tapeImage } from './tape-image.ts';
import { dateOfGps } from './time.ts';
import { type TraceHead, type Walk, walkTraces } from './traces.ts';
import { openWindow, readSamples, SKIP_BYTES, type Window } from './window.ts';

/** Storage unit label (tape label): 128 bytes, "SD" and the revision in bytes 5–9. */
export const LABEL_BYTES = 128;

export const segd: FormatReader = {
  format: 'segd',
  recognises(head) {
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    return recordAfterLabels(view, looksLikeTapeImage(view) ? TAPE_HEADER_BYTES : 0) !== undefined;
  },
  async open(source, options) {
    const head = new Uint8Array(1024);
    const view = new DataView(head.buffer, 0, await source.read(0, head.subarray(0, Math.min(1024, source.size))));
    const tape = looksLikeTapeImage(view) ? await tapeImage(source) : source;
    return openSegd(tape, options);
  },
};

async function openSegd(source: ByteSource, options: OpenOptions): Promise<Recording> {
  const head = new Uint8Array(Math.min(1024, source.size));
  const got = await source.read(0, head);
  const at = recordAfterLabels(new DataView(head.buffer, 0, got), 0);
  if (at === undefined)
    throw new RecordError(
      got === 0 ? 'empty' : got < BLOCK ? 'truncated' : 'malformed',
      source.name,
      `expected a SEG-D general header, found ${got < BLOCK ? `${got} bytes` : 'other bytes'}`,
    );
  const record = await readRecordHead(source, at, options.sampleFormat);
  const code = sampleCode(record.code) as SampleCode;
  return {
    name: source.name,
    format: 'segd',
    revision: `${record.major}.${record.minor}`,
    byteOrder: code.order,
    sampleFormat: record.code,
    text: record.text,
    problems: record.problems,
    shots: (shotOptions) => readShots(source, record, options, shotOptions),
  };
}

/** Where the first record begins; labels may come before it, padded to whole blocks. */
function recordAfterLabels(view: DataView, from: number): number | undefined {
  if (looksLikeRecord(view, from)) return from;
  if (!isLabel(view, from)) return undefined;
  for (let at = from + LABEL_BYTES; at + BLOCK <= view.byteLength; at += 4) if (looksLikeRecord(view, at)) return at;
  return undefined;
}

function isLabel(view: DataView, at: number): boolean {
  return (
    at + LABEL_BYTES <= view.byteLength &&
    view.getUint8(at + 4) === 0x53 /* S */ &&
    view.getUint8(at + 5) === 0x44 /* D */
  );
}

interface OpenRecord {
  readonly head: RecordHead;
  readonly walk: Walk;
  readonly first: TraceHead;
}

/** @throws RecordError when the record has not one whole trace */
async function openRecord(bytes: Window, head: RecordHead): Promise<OpenRecord> {
  const walk = walkTraces(bytes, head);
  const first = await walk.next();
  if (first) return { head, walk, first };
  throw new RecordError(
    'truncated',
    bytes.name,
    `expected a whole trace in the record at byte ${head.at}, found none; the file ends after ${bytes.size} bytes`,
  );
}

async function* readShots(
  source: ByteSource,
  firstHead: RecordHead,
  options: OpenOptions,
  { amplitudes = true }: ShotOptions = {},
): AsyncGenerator<Shot, void, undefined> {
  const bytes = openWindow(source);
  let record: OpenRecord | undefined = await openRecord(bytes, firstHead);
  for (let index = 0; record; ) {
    const { head, walk, first }: OpenRecord = record;
    const code = sampleCode(head.code) as SampleCode;
    const timing = timeline(head, options);
    const channelOf = channelNumbers();
    const shots = gather(source.name, (key) => frameOf(head, key), amplitudes);
    for (let trace: TraceHead | undefined = first; trace; trace = await walk.next()) {
      const { key, expected } = timing(trace, Math.ceil((source.size - trace.dataAt) / code.bytes(trace.samples)));
      const { amplitudes: row, at, full } = shots.add(key, describe(trace, index++, channelOf(trace)), expected);
      yield* full;
      if (amplitudes) await readSamples(bytes, code, trace.dataAt, trace.samples, row, at);
      else bytes.ahead = code.bytes(trace.samples) > SKIP_BYTES ? 4 * BLOCK : bytes.capacity;
    }
    bytes.ahead = bytes.capacity;
    const after = await recordAfter(source, bytes, head, walk.end, options);
    const own = head === firstHead ? [] : head.problems;
    for (const shot of shots.finish([...own, ...walk.problems, ...after.problems])) yield withoutDegrees(shot);
    record = after.record;
  }
}

/** How far a trace's own time zero may lie from the record's to belong to the same shot. */
const SAME_SHOT_US = 60e6;

/**
 * When the samples of a trace were taken: what the file says, unless the user knows better. The start of a set is recorded
 * in steps of 2 ms up to revision 2.1, the timing word in 1/256 ms; it is taken from the first trace of each set.
 */
function timeline(head: RecordHead, { sampleInterval, timeZero }: OpenOptions) {
  const startOf = (set: ChannelSet, timing: Milliseconds | undefined): FirstSample => {
    const delay = head.sercel?.refractionDelay ?? 0;
    if (timing !== undefined && head.major < 3 && Math.abs(timing - set.start) < 2)
      return { time: timing, from: 'timing word of the trace header' };
    if (set.start === 0 && delay > 0) return { time: ms(delay), from: 'refraction delay of the extended header' };
    return { time: set.start, from: 'start time of the channel set' };
  };
  const alike = (set: ChannelSet) => `${set.interval} ${set.start} ${set.samples}`;
  const declared = new Map<string, number>();
  for (const set of head.sets) declared.set(alike(set), (declared.get(alike(set)) ?? 0) + set.channels);
  const sets = new Map<ChannelSet, { start: FirstSample; expected: number; interval: Milliseconds | undefined }>();

  return (trace: TraceHead, most: number): { key: ShotKey; expected: number } => {
    const { set } = trace;
    let known = sets.get(set);
    if (!known) {
      const start =
        timeZero === undefined ? startOf(set, trace.timing) : { time: ms(-timeZero), from: 'given by the user' };
      known = { start, expected: declared.get(alike(set)) ?? set.channels, interval: sampleInterval ?? set.interval };
      sets.set(set, known);
    }
    const { start, interval } = known;
    const lag = trace.timeZero !== undefined && head.timeZero ? trace.timeZero - head.timeZero : 0; // µs
    const elsewhere = Math.abs(lag) > SAME_SHOT_US;
    const late = !elsewhere && timeZero === undefined && Math.abs(lag) >= (interval ?? 1) * 1000;
    return {
      key: {
        samples: trace.samples,
        interval,
        firstSample: late
          ? { time: ms(start.time + lag / 1000), from: `${start.from}, time stamps of record and trace` }
          : start,
        ...(elsewhere && { apart: trace.timeZero }),
      },
      expected: Math.min(known.expected, most),
    };
  };
}

/** Recorded numbers, running on where a seismic set of the same scan type begins again at 1. */
function channelNumbers(): (trace: TraceHead) => number {
  const last = new Map<number, { set: ChannelSet; offset: number; highest: number }>();
  return ({ set, number }) => {
    if (set.kind !== 'seismic') return number;
    let state = last.get(set.scanType);
    if (!state) state = { set, offset: 0, highest: 0 };
    else if (state.set !== set) {
      const restarts = number + state.offset <= state.highest;
      state = { set, offset: restarts ? state.highest : state.offset, highest: state.highest };
    }
    const channel = number + state.offset;
    last.set(set.scanType, { ...state, highest: Math.max(state.highest, channel) });
    return channel;
  };
}

function describe({ set, edit, skew, receiver }: TraceHead, index: number, channel: number): GatheredTrace {
  const problem: Problem | undefined =
    edit in TRACE_EDIT
      ? {
          code: edit === 3 ? 'flagged-traces' : 'dead-traces',
          message: `${TRACE_EDIT[edit]} (trace edit ${edit}), channels`,
        }
      : skew > 0
        ? { code: 'sample-skew', message: `sampled ${skew}/256 of the base interval late, not corrected, channels` }
        : undefined;
  return {
    index,
    channel,
    kind: set.kind === 'seismic' && (edit === 1 || edit === 2) ? 'dead' : set.kind,
    ...(receiver && { receiver }),
    ...(set.descale && { descale: set.descale }),
    ...(problem && { problem }),
  };
}

function frameOf(head: RecordHead, { apart }: ShotKey): ShotFrame {
  const recordedAt = (apart === undefined ? undefined : dateOfGps(apart)) ?? head.recordedAt;
  return {
    ffid: head.ffid,
    ...(head.sourcePoint !== undefined && { sourcePoint: head.sourcePoint }),
    ...(head.source && { source: head.source }),
    ...(head.recorder && { recorder: head.recorder }),
    ...(recordedAt !== undefined && { recordedAt }),
    problems:
      apart === undefined
        ? []
        : [
            {
              code: 'continuous-record',
              message: 'the trace begins more than a minute away from the record: times count from its own start',
            },
          ],
  };
}

/** Coordinates that are all within ±180 and ±90 are taken for degrees, of which no distance can be made. */
function withoutDegrees(shot: Shot): Shot {
  const places = [shot.source, ...shot.traces.map((trace) => trace.receiver)].filter((place) => place !== undefined);
  if (places.length === 0 || places.some(({ x, y }) => Math.max(Math.abs(x), Math.abs(y)) > 180)) return shot;
  const { source: _, ...rest } = shot;
  return {
    ...rest,
    traces: shot.traces.map(({ receiver: __, ...trace }) => trace),
    problems: [
      ...shot.problems,
      { code: 'positions-in-degrees', message: 'expected positions in metres, found values within ±180; left out' },
    ],
  };
}

/** Bytes searched for another record behind the end of one. */
const SEARCH_BYTES = 64 * 1024 * 1024;
/** Places that look like a record but are none, before the search is given up. */
const MOST_FALSE_RECORDS = 16;

/** The next record that has a whole trace, and what is wrong with the bytes on the way to it. */
async function recordAfter(
  source: ByteSource,
  bytes: Window,
  head: RecordHead,
  end: number,
  options: OpenOptions,
): Promise<{ record?: OpenRecord; problems: Problem[] }> {
  const problems: Problem[] = [];
  let padding = true;
  for (let at = end, wrong = 0; wrong < MOST_FALSE_RECORDS; at++) {
    const found = await findRecord(bytes, at, end + head.trailerBytes, end + SEARCH_BYTES);
    padding &&= found.padding;
    if (found.at === undefined) break;
    at = found.at;
    try {
      const record = await openRecord(bytes, await readRecordHead(source, at, options.sampleFormat));
      if (!padding) problems.push(strange(end + head.trailerBytes, at));
      return { record, problems };
    } catch (error) {
      if (!isRecordError(error)) throw error;
      wrong++;
      if (wrong === 1) problems.push({ code: 'damaged-record', message: error.message.slice(source.name.length + 2) });
    }
  }
  if (!padding && problems.length === 0) problems.push(strange(end + head.trailerBytes, bytes.size));
  return { problems };
}

const strange = (from: number, to: number): Problem => ({
  code: 'unknown-bytes',
  message: `expected a record or the end of the file at byte ${from}, found ${to - from} bytes of something else`,
});

/** The next place that looks like a record; `padding` while only zeros, the trailer and labels lie before it. */
async function findRecord(bytes: Window, from: number, trailerEnd: number, until: number) {
  let padding = true;
  for (let at = from; at + BLOCK <= Math.min(bytes.size, until); ) {
    if ((await bytes.load(at, BLOCK)) < 0) break;
    for (let offset: number; (offset = bytes.offset(at, BLOCK)) >= 0; at++) {
      if (looksLikeRecord(bytes.view, offset)) return { at, padding };
      if (bytes.bytes[offset] !== 0 && at >= trailerEnd) {
        if (padding && isLabelAt(bytes, at)) {
          at += LABEL_BYTES - 1;
          continue;
        }
        padding = false;
      }
    }
  }
  return { at: undefined, padding };
}

const isLabelAt = (bytes: Window, at: number): boolean => {
  const offset = bytes.offset(at, LABEL_BYTES);
  return offset >= 0 && isLabel(bytes.view, offset);
};
