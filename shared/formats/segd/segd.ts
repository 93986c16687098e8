/**
 * SEG-D, demultiplexed, revisions 0 to 3.1: one or more records, each general headers, channel sets and traces, until the
 * end of the file. Standard: SEG-D rev 2.1 (2006) and rev 3.1 (2015).
 */
import { type Problem, RecordError } from '../../errors.ts';
import type { OpenOptions, Position, Recording, Shot, ShotOptions } from '../../gather.ts';
import { type ByteSource, bytesAt } from '../../source.ts';
import { metres } from '../../units.ts';
import { type FormatReader, HEAD_BYTES } from '../format.ts';
import { withinReach } from '../reach.ts';
import { type GatheredTrace, gather, type ShotFrame, type ShotKey } from './gathering.ts';
import { BLOCK, TRACE_EDIT } from './headers.ts';
import { type ChannelSet, type RecordHead, readRecordHead } from './record.ts';
import { firstRecord, type OpenRecord, openRecord, recordAfter } from './records.ts';
import { type SampleCode, sampleCode } from './sample-codes.ts';
import { shotTimes } from './shot-time.ts';
import { looksLikeTapeImage, TAPE_HEADER_BYTES, tapeImage } from './tape-image.ts';
import { dateOfGps } from './time.ts';
import type { TraceHead } from './traces.ts';
import { openWindow, readSamples, SKIP_BYTES } from './window.ts';

export const segd: FormatReader = {
  format: 'segd',
  recognises(head) {
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    return firstRecord(view, looksLikeTapeImage(view) ? TAPE_HEADER_BYTES : 0) !== undefined;
  },
  async open(source, options) {
    return openSegd(looksLikeTapeImage(await startOf(source)) ? await tapeImage(source) : source, options);
  },
};

async function startOf(source: ByteSource): Promise<DataView> {
  const bytes = await bytesAt(source, 0, HEAD_BYTES);
  return new DataView(bytes.buffer, 0, bytes.length);
}

async function openSegd(source: ByteSource, options: OpenOptions): Promise<Recording> {
  const start = await startOf(source);
  const at = firstRecord(start, 0);
  if (at === undefined)
    throw new RecordError(
      start.byteLength === 0 ? 'empty' : start.byteLength < BLOCK ? 'truncated' : 'malformed',
      source.name,
      `expected a SEG-D general header, found ${start.byteLength < BLOCK ? `${start.byteLength} bytes` : 'other bytes'}`,
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
    const timing = shotTimes(head, options);
    const channelOf = channelNumbers();
    const shots = gather(source.name, (key) => frameOf(head, key), amplitudes);
    for (let trace: TraceHead | undefined = first; trace; trace = await walk.next()) {
      const { key, expected } = timing(trace);
      const atMost = Math.ceil((source.size - trace.dataAt) / code.bytes(trace.samples));
      const described = describe(trace, index++, channelOf(trace));
      const { amplitudes: row, at, full } = shots.add(key, described, Math.min(expected, atMost));
      yield* full.map(placed);
      if (amplitudes) await readSamples(bytes, code, trace.dataAt, trace.samples, row, at);
      else bytes.ahead = code.bytes(trace.samples) > SKIP_BYTES ? 4 * BLOCK : bytes.capacity;
    }
    bytes.ahead = bytes.capacity;
    const after = await recordAfter(source, bytes, head, walk.end, options.sampleFormat);
    const own = head === firstHead ? [] : head.problems;
    for (const shot of shots.finish([...own, ...walk.problems, ...after.problems])) yield placed(shot);
    record = after.record;
  }
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
        ? {
            code: 'sample-skew',
            message: 'sampled late by a part of the interval (sample skew), not corrected, channels',
          }
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

const placed = (shot: Shot): Shot => withinReach(withOffsets(withoutDegrees(shot)));

/** Distances on the map; SEG-D records none. */
function withOffsets(shot: Shot): Shot {
  const { source, traces } = shot;
  if (!source) return shot;
  const offset = ({ x, y }: Position) => metres(Math.hypot(x - source.x, y - source.y));
  return {
    ...shot,
    traces: traces.map((trace) => (trace.receiver ? { ...trace, offset: offset(trace.receiver) } : trace)),
  };
}

/**
 * Coordinates no larger than degrees, in a spread of less than one, are taken for degrees, of which no distance in metres
 * can be made.
 */
function withoutDegrees(shot: Shot): Shot {
  const places = [shot.source, ...shot.traces.map((trace) => trace.receiver)].filter((place) => place !== undefined);
  const small = ({ x, y }: Position) =>
    Math.max(Math.abs(x), Math.abs(y)) <= 180 && Math.hypot(x - places[0].x, y - places[0].y) < 1;
  if (places.length === 0 || !places.every(small)) return shot;
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
