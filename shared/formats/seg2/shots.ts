/**
 * A SEG-2 record as shots: traces put on one time axis, amplitudes decoded, strings understood. Traces of different
 * sample interval, or so far apart in time that a common axis would be mostly padding, come as separate shots.
 */
import type { Problem } from '../../errors.ts';
import {
  type FirstSample,
  MAX_SHOT_SAMPLES,
  type OpenOptions,
  type Position,
  type Shot,
  type Trace,
  type TraceKind,
} from '../../gather.ts';
import { type Milliseconds, metres, ms, samples } from '../../units.ts';
import { withinReach } from '../reach.ts';
import { decodeSamples, type SampleKind } from '../samples.ts';
import { dataBytes, HOST_ORDER, type SampleCode } from './blocks.ts';
import type { Bytes } from './bytes.ts';
import { type Delay, firstSample, inMilliseconds, recorderOf } from './delay.ts';
import { decodePacked } from './packed.ts';
import type { Seg2Record, TraceBlock } from './record.ts';
import { number, numbers, recordedAt, type Strings, unitOf, wholeNumber } from './strings.ts';

export interface ShotContext {
  /** `Trace.index` of the record's first trace. */
  readonly firstIndex: number;
  /** Shot number to use where the record gives none. */
  readonly ffid: number | undefined;
  readonly amplitudes: boolean;
  readonly options: OpenOptions;
}

/** A trace with what decides its place on the axis. */
interface Timed {
  readonly block: TraceBlock;
  readonly interval: Milliseconds | undefined;
  readonly first: Delay;
}

export async function* shotsOf(bytes: Bytes, record: Seg2Record, context: ShotContext): AsyncGenerator<Shot> {
  const timed = record.traces.map((block): Timed => {
    const interval = context.options.sampleInterval ?? sampleInterval(record.strings, block.strings);
    return { block, interval, first: firstSample(record.strings, block.strings) };
  });
  let first = true; // problems of the record are told once
  for (const axis of onOneAxis(timed)) {
    const parts = inParts(axis);
    for (const rows of parts) {
      const problems = [
        ...(first ? record.problems : []),
        ...(parts.length > 1
          ? [{ code: 'shot-in-parts', message: `the shot comes in ${parts.length} parts to bound memory` }]
          : []),
      ];
      first = false;
      yield withinReach(await shotOf(bytes, record, axis, rows, problems, context));
    }
  }
}

/** Seconds; more is a damaged string. */
const MAX_INTERVAL = 1000;

function sampleInterval(file: Strings, trace: Strings): Milliseconds | undefined {
  const seconds = number(trace.get('SAMPLE_INTERVAL') ?? file.get('SAMPLE_INTERVAL'));
  return seconds !== undefined && seconds > 0 && seconds < MAX_INTERVAL ? ms(inMilliseconds(seconds)) : undefined;
}

/** Groups that share an interval, and whose common axis is at most twice as long as what was recorded. */
function onOneAxis(traces: readonly Timed[]): Axis[] {
  const sameInterval = Map.groupBy(traces, ({ interval, first }) => interval ?? `unknown, from ${first.time}`);
  return [...sameInterval.values()].flatMap((group) => {
    const axis = axisOf(group);
    if (fits(axis)) return [axis];
    return [...Map.groupBy(group, ({ first }) => first.time).values()].flatMap((same) => {
      const sameStart = axisOf(same);
      if (fits(sameStart)) return [sameStart];
      return [...Map.groupBy(same, ({ block }) => block.samples).values()].map(axisOf);
    });
  });
}

const fits = ({ rows, length }: Axis): boolean =>
  length * rows.length <= 2 * rows.reduce((sum, { block }) => sum + block.samples, 0);

/** A time axis and the traces on it. */
interface Axis {
  readonly interval: Milliseconds | undefined;
  readonly first: Delay;
  readonly length: number;
  /** False when a trace begins between two samples of the axis. */
  readonly exact: boolean;
  readonly rows: readonly Row[];
}

interface Row {
  readonly block: TraceBlock;
  /** Sample of the axis on which the trace begins. */
  readonly start: number;
}

function axisOf(group: readonly Timed[]): Axis {
  const { first, interval } = group.reduce((a, b) => (b.first.time < a.first.time ? b : a));
  const start = (trace: Timed) => (interval === undefined ? 0 : (trace.first.time - first.time) / interval);
  const rows = group.map((trace) => ({ block: trace.block, start: Math.round(start(trace)) }));
  return {
    interval,
    first,
    length: rows.reduce((max, row) => Math.max(max, row.start + row.block.samples), 0),
    exact: group.every((trace, i) => Math.abs(start(trace) - rows[i].start) < 0.01),
    rows,
  };
}

function inParts({ rows, length }: Axis): readonly (readonly Row[])[] {
  const size = Math.max(1, Math.floor(MAX_SHOT_SAMPLES / length));
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size));
}

async function shotOf(
  bytes: Bytes,
  record: Seg2Record,
  axis: Axis,
  rows: readonly Row[],
  problems: readonly Problem[],
  { firstIndex, ffid, amplitudes, options }: ShotContext,
): Promise<Shot> {
  const lead = rows[0].block.strings;
  const either = (keyword: string) => lead.get(keyword) ?? record.strings.get(keyword);
  const geometry = geometryOf(
    rows.map(({ block }) => block.strings),
    either('SOURCE_LOCATION'),
    either('UNITS'),
  );
  const recorder = recorderOf(record.strings, lead);
  const date = recordedAt(record.strings) ?? recordedAt(lead);
  const sourcePoint = wholeNumber(either('SOURCE_STATION_NUMBER'));
  return {
    ffid: wholeNumber(either('SHOT_SEQUENCE_NUMBER')) ?? ffid,
    ...(sourcePoint !== undefined && { sourcePoint }),
    amplitudes: amplitudes ? await readAmplitudes(bytes, record, rows, axis.length) : new Float32Array(0),
    samples: samples(axis.length),
    sampleInterval: axis.interval,
    firstSample: timeOf(axis.first, options),
    traces: rows.map((row, i) => traceOf(row, firstIndex, geometry.receivers[i], geometry.source)),
    ...(geometry.source && { source: geometry.source }),
    ...(recorder && { recorder }),
    ...(date && { recordedAt: date }),
    problems: [...problems, ...geometry.problems, ...doubts(axis, options)],
  };
}

const timeOf = (first: Delay, { timeZero }: OpenOptions): FirstSample =>
  timeZero === undefined
    ? { time: first.time, from: first.from }
    : { time: ms(0 - timeZero), from: `shot instant given as ${timeZero} ms after the first sample` };

function doubts({ first, exact, interval }: Axis, { timeZero, sampleInterval: given }: OpenOptions): Problem[] {
  const found: Problem[] = [];
  if (first.doubt && timeZero === undefined) found.push({ code: 'delay-sign', message: first.doubt });
  if (!exact)
    found.push({
      code: 'delay-rounded',
      message: 'the delays of the traces differ by fractions of a sample; they are placed on the nearest one',
    });
  if (given === undefined && interval !== undefined && (interval > 50 || interval < 0.001))
    found.push({
      code: 'sample-interval-suspect',
      message: `a sample interval of ${interval} ms is unusual for a shot; if the file means another, give --sample-interval MS`,
    });
  return found;
}

interface Geometry {
  readonly source?: Position;
  readonly receivers: readonly (Position | undefined)[];
  readonly problems: readonly Problem[];
}

/** Locations of one to three numbers, in the file's UNITS. Recorders that know no geometry write zeros everywhere. */
function geometryOf(traces: readonly Strings[], sourceText: string | undefined, units: string | undefined): Geometry {
  const scale = unitOf(units)?.metres ?? 1;
  const position = (text: string | undefined): Position | undefined => {
    const [x, y = 0, z = 0] = numbers(text);
    return x === undefined ? undefined : { x: metres(x * scale), y: metres(y * scale), z: metres(z * scale) };
  };
  const source = position(sourceText);
  const receivers = traces.map((strings) => position(strings.get('RECEIVER_LOCATION')));
  const nothing = receivers.every((receiver) => receiver === undefined || isOrigin(receiver));
  if (nothing && (source === undefined || isOrigin(source)))
    return { receivers: traces.map(() => undefined), problems: [] };
  return {
    ...(source && { source }),
    // Several receivers at one place, and that the origin, were never surveyed.
    receivers: nothing && traces.length > 1 ? traces.map(() => undefined) : receivers,
    problems: unitProblems(units),
  };
}

const isOrigin = ({ x, y, z }: Position) => x === 0 && y === 0 && z === 0;

function unitProblems(units: string | undefined): Problem[] {
  const unit = unitOf(units);
  if (unit === undefined) return [{ code: 'units-unknown', message: `positions in "${units}" are taken as metres` }];
  if (unit.metres === 1) return [];
  return [
    { code: `units-${unit.name}`, message: `positions in ${unit.name} are converted to metres (× ${unit.metres})` },
  ];
}

function traceOf(
  { block: { slot, strings, samples: count }, start }: Row,
  firstIndex: number,
  receiver: Position | undefined,
  source: Position | undefined,
): Trace {
  const factor = number(strings.get('DESCALING_FACTOR'));
  return {
    index: firstIndex + slot,
    channel: wholeNumber(strings.get('CHANNEL_NUMBER')) ?? slot + 1,
    kind: kindOf(strings.get('TRACE_TYPE')),
    ...(receiver && { receiver }),
    ...(receiver && source && { offset: offsetOf(receiver, source) }),
    start: samples(start),
    count: samples(count),
    ...(factor !== undefined &&
      factor !== 0 && { descale: { factor, unit: strings.get('SCALE_UNIT')?.trim() || 'mV' } }),
  };
}

/** Distance, with the sign of x where the spread is a line along x. */
function offsetOf(receiver: Position, source: Position) {
  const [dx, dy, dz] = [receiver.x - source.x, receiver.y - source.y, receiver.z - source.z];
  if (dy === 0 && dz === 0) return metres(dx);
  const distance = Math.hypot(dx, dy, dz);
  return metres(dy === 0 && dx < 0 ? -distance : distance);
}

function kindOf(type: string | undefined): TraceKind {
  if (type === undefined || /SEISMIC/i.test(type)) return 'seismic';
  if (/DEAD|DUMMY|MUTE/i.test(type)) return 'dead';
  return /AUX|BREAK|UPHOLE|SWEEP|PILOT|TIMING|TRIGGER|GUN|REFERENCE|OTHER/i.test(type) ? 'auxiliary' : 'seismic';
}

const KINDS: Readonly<Record<Exclude<SampleCode, 3>, SampleKind>> = { 1: 'i16', 2: 'i32', 4: 'f32', 5: 'f64' };

async function readAmplitudes(
  bytes: Bytes,
  { order }: Seg2Record,
  rows: readonly Row[],
  length: number,
): Promise<Float32Array> {
  const amplitudes = new Float32Array(rows.length * length); // [trace, sample]
  for (const [i, { block, start }] of rows.entries()) {
    const from = i * length + start;
    if (block.code === 4 && order === HOST_ORDER) {
      // Floats in the machine's own byte order need no decoding, wherever they lie in the file.
      await bytes.into(block.dataAt, new Uint8Array(amplitudes.buffer, 4 * from, 4 * block.samples));
      continue;
    }
    const data = await bytes.at(block.dataAt, dataBytes(block.code, block.samples));
    if (block.code === 3) decodePacked(data, order, 0, block.samples, amplitudes, from);
    else decodeSamples(KINDS[block.code], order, data, 0, block.samples, amplitudes, from);
  }
  return amplitudes;
}
