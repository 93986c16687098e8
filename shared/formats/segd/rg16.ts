/**
 * Fairfield RG 1.6: continuous records of nodes, a SEG-D dialect (receiver gather format 1.6-1). Traces follow each other
 * until the end of the file, each with its own start; those of one start make a shot, one channel a component.
 */
import { type Problem, RecordError } from '../../errors.ts';
import type { Position, Recording, Shot, ShotOptions } from '../../gather.ts';
import { type ByteSource, exactly } from '../../source.ts';
import { type Milliseconds, ms } from '../../units.ts';
import { type FieldTable, readField, readFields } from '../fields.ts';
import type { FormatReader } from '../format.ts';
import { readBcdFields } from './bcd.ts';
import { gather, type ShotKey } from './gathering.ts';
import {
  BLOCK,
  EXTENSION_1,
  FAIRFIELD,
  GENERAL_1,
  GENERAL_1_BINARY,
  MAKERS,
  TRACE_HEADER,
  TRACE_HEADER_BINARY,
  TRACE_HEADER_BYTES,
} from './headers.ts';
import { position } from './record.ts';
import { type SampleCode, sampleCode } from './sample-codes.ts';
import { dateOfUnix } from './time.ts';
import { openWindow, readSamples, SKIP_BYTES, type Window } from './window.ts';

/** General header 2 of RG 1.6: the count of external blocks has three bytes, the revision stands where SEG-D's does. */
const GENERAL_2_RG16 = {
  channelSets: { at: 4, as: 'u16' },
  extendedBlocks: { at: 6, as: 'u16' },
  externalBlocks: { at: 8, as: 'u24' },
  revision: { at: 11, as: 'u16' },
} as const satisfies FieldTable;

/** Trace header extension 3. */
const START = { at: 1, as: 'i64' } as const; // µs since 1970

/** Trace header extension 5, 0.1 m. */
const PLACE = {
  plannedX: { at: 10, as: 'i32' },
  plannedY: { at: 14, as: 'i32' },
  x: { at: 18, as: 'i32' },
  y: { at: 22, as: 'i32' },
  z: { at: 26, as: 'i32' },
} as const satisfies FieldTable;

const FORMAT_CODE = 8058;
const REVISION = 0x0106;

export const rg16: FormatReader = {
  format: 'rg16',
  recognises(head) {
    if (head.length < 2 * BLOCK) return false;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const { formatCode, maker } = readBcdFields(GENERAL_1, view, 0);
    return (
      formatCode === FORMAT_CODE &&
      maker === FAIRFIELD &&
      readField(GENERAL_2_RG16.revision, view, BLOCK, 'big') === REVISION
    );
  },
  async open(source, { sampleInterval, sampleFormat }): Promise<Recording> {
    const bytes = await exactly(source, 0, 2 * BLOCK, 'RG 1.6 general headers');
    const view = new DataView(bytes.buffer);
    const general = readBcdFields(GENERAL_1, view, 0);
    const { moreBlocks, baseInterval } = readFields(GENERAL_1_BINARY, view, 0, 'big');
    const second = readFields(GENERAL_2_RG16, view, BLOCK, 'big');
    const blocks =
      1 +
      Math.max(1, moreBlocks >> 4) +
      (general.channelSets ?? second.channelSets) +
      (general.extendedBlocks ?? second.extendedBlocks) +
      (general.externalBlocks ?? second.externalBlocks);
    const code = sampleCode(sampleFormat ?? FORMAT_CODE);
    if (!code)
      throw new RecordError('unsupported', source.name, `expected a SEG-D sample format, found ${sampleFormat}`);
    return {
      name: source.name,
      format: 'rg16',
      revision: '1.6',
      byteOrder: code.order,
      sampleFormat: sampleFormat ?? FORMAT_CODE,
      text: [],
      problems: [
        {
          code: 'continuous-record',
          message: 'continuous record of a node: times count from the start of each trace, not from a shot',
        },
      ],
      shots: (options) =>
        readShots(
          source,
          blocks * BLOCK,
          code,
          sampleInterval ?? (baseInterval > 0 ? ms(baseInterval / 16) : undefined),
          options,
        ),
    };
  },
};

interface NodeTrace {
  readonly index: number;
  readonly dataAt: number;
  readonly samples: number;
  readonly start: number;
  readonly component: number;
  readonly receiver: Position | undefined;
}

/** Traces indexed at once: components of one start may lie a whole deployment apart, millions of traces must not be held. */
const MOST_INDEXED = 1 << 19;

async function* readShots(
  source: ByteSource,
  tracesAt: number,
  code: SampleCode,
  interval: Milliseconds | undefined,
  { amplitudes = true }: ShotOptions = {},
): AsyncGenerator<Shot, void, undefined> {
  const bytes = openWindow(source);
  const walk = walkNodeTraces(bytes, tracesAt, code);
  for (let index = 0; ; ) {
    const { traces, problems } = await walk(index);
    if (traces.length === 0) {
      if (index > 0) return;
      const [problem] = problems;
      throw new RecordError('truncated', source.name, problem?.message ?? 'expected a whole trace, found none');
    }
    index += traces.length;
    let left = problems;
    bytes.ahead = 0; // traces of one shot may lie far apart
    for (const together of byStart(traces)) {
      const frame = (_: ShotKey) => ({
        ffid: undefined,
        recorder: MAKERS[FAIRFIELD],
        ...dated(together[0].start),
        problems: [],
      });
      const shots = gather(source.name, frame, amplitudes);
      for (const { samples, dataAt, component, receiver, index: place } of together) {
        const key = { samples, interval, firstSample: { time: ms(0), from: 'start of the continuous record' } };
        const trace = { index: place, channel: component, kind: 'seismic' as const, ...(receiver && { receiver }) };
        const { amplitudes: row, at, full } = shots.add(key, trace, together.length);
        yield* full;
        if (amplitudes) await readSamples(bytes, code, dataAt, samples, row, at);
      }
      yield* shots.finish(left);
      left = [];
    }
  }
}

const dated = (start: number) => {
  const recordedAt = dateOfUnix(start);
  return recordedAt === undefined ? {} : { recordedAt };
};

/** In the order of their first traces. */
function byStart(traces: readonly NodeTrace[]): Iterable<NodeTrace[]> {
  const groups = new Map<number, NodeTrace[]>();
  for (const trace of traces) {
    const group = groups.get(trace.start);
    if (group) group.push(trace);
    else groups.set(trace.start, [trace]);
  }
  return groups.values();
}

/** Indexes traces from where the last call ended; `before` is how many those were. Nothing left: no traces. */
function walkNodeTraces(bytes: Window, tracesAt: number, code: SampleCode) {
  const { view, size } = bytes;
  let at = tracesAt;
  return async (before: number): Promise<{ traces: NodeTrace[]; problems: Problem[] }> => {
    const traces: NodeTrace[] = [];
    bytes.ahead = bytes.capacity;
    const stop = (what: string, message: string) => {
      const where = at;
      at = size;
      return where < size || before + traces.length === 0 ? [{ code: what, message }] : [];
    };
    while (traces.length < MOST_INDEXED) {
      const number = before + traces.length + 1;
      const cut = `expected trace ${number} at byte ${at} to be whole, file ends after ${size} bytes; left out`;
      let offset = await bytes.load(at, TRACE_HEADER_BYTES);
      if (offset < 0) return { traces, problems: stop('trace-cut', cut) };
      const { scanType, channelSet } = readBcdFields(TRACE_HEADER, view, offset);
      const { extensions } = readFields(TRACE_HEADER_BINARY, view, offset, 'big');
      if (!scanType || channelSet === undefined || extensions === 0) {
        if (await zerosFrom(bytes, at))
          return { traces, problems: before + traces.length > 0 ? [] : stop('empty', cut) };
        return { traces, problems: stop('unknown-bytes', `expected trace ${number} at byte ${at}, found other bytes`) };
      }
      const headerBytes = TRACE_HEADER_BYTES + BLOCK * extensions;
      offset = await bytes.load(at, headerBytes);
      if (offset < 0) return { traces, problems: stop('trace-cut', cut) };
      const samples = readField(EXTENSION_1.samples, view, offset + TRACE_HEADER_BYTES, 'big');
      const after = at + headerBytes + code.bytes(samples);
      if (samples === 0)
        return { traces, problems: stop('malformed', `expected samples in trace ${number} at byte ${at}, found 0`) };
      if (after > size) return { traces, problems: stop('trace-cut', cut) };
      const block = (n: number) => (extensions >= n ? offset + TRACE_HEADER_BYTES + BLOCK * (n - 1) : undefined);
      const third = block(3);
      const fifth = block(5);
      traces.push({
        index: number - 1,
        dataAt: at + headerBytes,
        samples,
        start: third === undefined ? 0 : readField(START, view, third, 'big'),
        component: readField(EXTENSION_1.sensor, view, offset + TRACE_HEADER_BYTES, 'big'),
        receiver: fifth === undefined ? undefined : placeOf(view, fifth),
      });
      at = after;
      bytes.ahead = code.bytes(samples) > SKIP_BYTES ? headerBytes : bytes.capacity;
    }
    return { traces, problems: [] };
  };
}

/** The surveyed place, else the planned one. */
function placeOf(view: DataView, at: number): Position | undefined {
  const { plannedX, plannedY, x, y, z } = readFields(PLACE, view, at, 'big');
  return position(x / 10, y / 10, z / 10) ?? position(plannedX / 10, plannedY / 10, z / 10);
}

async function zerosFrom(bytes: Window, at: number): Promise<boolean> {
  const length = Math.min(bytes.capacity, bytes.size - at);
  const offset = await bytes.load(at, length);
  return offset >= 0 && bytes.bytes.subarray(offset, offset + length).every((byte) => byte === 0);
}
