/** A run of traces, as stored, becomes a shot on one time axis; or several, where one axis would mostly hold padding. */
import type { Problem } from '../../errors.ts';
import type { FirstSample, OpenOptions, Position, Shot, Trace } from '../../gather.ts';
import type { ByteSource } from '../../source.ts';
import { type Metres, ms, samples } from '../../units.ts';
import { withinReach } from '../reach.ts';
import { type Geometry, shotGeometry } from './geometry.ts';
import type { Run } from './shots.ts';
import { delayFrom, factsInterval, samplesApart, type TraceFacts, traceKind } from './trace-facts.ts';
import type { TraceLayout } from './trace-layout.ts';

export interface MakeOptions {
  readonly source: ByteSource;
  readonly layout: TraceLayout;
  readonly options: OpenOptions;
  readonly recorder: string | undefined;
  readonly amplitudes: boolean;
}

export function* makeShots(run: Run, made: MakeOptions): Generator<Shot> {
  const geometry = shotGeometry(run.facts);
  let at = 0;
  let from = 0;
  for (const end of axisBreaks(run.facts)) {
    let used = 0;
    for (let i = from; i < end; i++) used += run.facts[i].count;
    const last = end === run.facts.length;
    yield withinReach(makeShot(run, from, end, at, used, geometry, last ? run.problems : [], made));
    from = end;
    at += used;
  }
}

/** Ends of the groups of traces that share an axis; padding at most doubles the samples of a group. */
function axisBreaks(facts: readonly TraceFacts[]): number[] {
  const whole = extent(facts, 0, facts.length);
  if (whole.width * facts.length <= 2 * whole.recorded) return [facts.length];
  const ends: number[] = [];
  let from = 0;
  let [start, end, recorded] = [0, 0, 0];
  for (let i = 0; i <= facts.length; i++) {
    if (i === facts.length) {
      ends.push(i);
      break;
    }
    const first = samplesApart(facts[0], facts[i]);
    const last = first + facts[i].count;
    const [low, high] = i === from ? [first, last] : [Math.min(start, first), Math.max(end, last)];
    if (i > from && (high - low) * (i + 1 - from) > 2 * (recorded + facts[i].count)) {
      ends.push(i);
      from = i;
      [start, end, recorded] = [first, last, facts[i].count];
    } else {
      [start, end] = [low, high];
      recorded += facts[i].count;
    }
  }
  return ends;
}

function extent(facts: readonly TraceFacts[], from: number, to: number) {
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  let recorded = 0;
  for (let i = from; i < to; i++) {
    const first = samplesApart(facts[from], facts[i]);
    start = Math.min(start, first);
    end = Math.max(end, first + facts[i].count);
    recorded += facts[i].count;
  }
  return { start, width: end - start, recorded };
}

function makeShot(
  run: Run,
  from: number,
  to: number,
  at: number,
  used: number,
  geometry: Geometry,
  tail: readonly Problem[],
  { layout, options, recorder, amplitudes }: MakeOptions,
): Shot {
  const facts = run.facts.slice(from, to);
  const { start, width } = extent(facts, 0, facts.length);
  const uniform = facts.every((trace) => trace.count === width);
  const traces = facts.map((trace, i) =>
    makeTrace(
      trace,
      run.indices[from + i],
      samplesApart(facts[0], trace) - start,
      geometry.receivers?.[from + i],
      geometry.offsets?.[from + i],
    ),
  );
  const stored = amplitudes ? run.samples.subarray(at, at + used) : run.samples;
  const first = facts.find((trace) => samplesApart(facts[0], trace) === start) ?? facts[0];
  const interval = options.sampleInterval ?? factsInterval(first);
  const { source } = geometry;
  return {
    ffid: first.ffid,
    ...(first.sourcePoint !== 0 && { sourcePoint: first.sourcePoint }),
    amplitudes:
      !amplitudes || (uniform && used === run.samples.length)
        ? stored
        : uniform
          ? stored.slice()
          : padded(stored, traces, width),
    samples: samples(width),
    sampleInterval: interval,
    firstSample: firstSample(first, options),
    traces,
    ...(source && { source }),
    ...(recorder && { recorder }),
    ...(run.recordedAt && { recordedAt: run.recordedAt }),
    problems: [...shotProblems(run, first, geometry, layout), ...tail],
  };
}

/** Built up rather than spread: this runs for every trace of the file. */
function makeTrace(
  facts: TraceFacts,
  index: number,
  start: number,
  receiver: Position | undefined,
  offset: Metres | undefined,
): Trace {
  const trace: { -readonly [K in keyof Trace]: Trace[K] } = {
    index,
    channel: facts.channel,
    kind: traceKind(facts.identification),
    start: samples(start),
    count: samples(facts.count),
  };
  if (receiver) trace.receiver = receiver;
  if (offset !== undefined) trace.offset = offset;
  if (facts.descale !== 1) trace.descale = { factor: facts.descale, unit: facts.descaleUnit };
  return trace;
}

function padded(stored: Float32Array, traces: readonly Trace[], width: number): Float32Array {
  const rows = new Float32Array(traces.length * width); // [trace, sample]
  let at = 0;
  traces.forEach((trace, i) => {
    rows.set(stored.subarray(at, at + trace.count), i * width + trace.start);
    at += trace.count;
  });
  return rows;
}

function firstSample(first: TraceFacts, { timeZero }: OpenOptions): FirstSample {
  if (timeZero !== undefined)
    return { time: ms(0 - timeZero), from: `given: shot ${timeZero} ms after the first sample` };
  return { time: ms(first.delay), from: delayFrom(first) };
}

function shotProblems(run: Run, first: TraceFacts, geometry: Geometry, layout: TraceLayout): Problem[] {
  const problems = [...geometry.problems];
  if (first.intervalUs === undefined)
    problems.push({
      code: 'no-sample-interval',
      message: `expected a sample interval of 10–32767 µs in bytes 117–118${layout.variant === 'segy' ? ' or 3217–3218' : ''}, found none`,
    });
  if (run.part !== undefined)
    problems.push({
      code: 'shot-in-parts',
      message: `FFID ${first.ffid} is larger than a shot may be: part ${run.part}, ${run.facts.length} traces from trace ${run.indices[0]} on`,
    });
  return problems;
}
