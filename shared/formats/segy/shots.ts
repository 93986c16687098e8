/**
 * Traces in file order become shots, one pass, one buffer: headers and samples are taken from a moving window, samples decoded
 * straight into the shot's amplitudes. Memory stays bounded by `MAX_SHOT_SAMPLES` whatever the file's size.
 */
import { type Problem, RecordError } from '../../errors.ts';
import { MAX_SHOT_SAMPLES, type OpenOptions, type Shot, type ShotOptions } from '../../gather.ts';
import { type ByteSource, bytesAt } from '../../source.ts';
import { allZeros, blank, followers, PassedOver } from './damage.ts';
import { TRACE_HEADER_BYTES } from './headers.ts';
import { makeShots } from './make-shot.ts';
import { decodeFormat } from './sample-formats.ts';
import { firstShotTraces, type ShotKey, sameShot } from './shot-key.ts';
import { readFacts, recordedAt, samplesApart, type TraceFacts } from './trace-facts.ts';
import { fixedTraces, statedSamples, type TraceLayout, traceBytes } from './trace-layout.ts';
import { Window } from './window.ts';

/** Buffer of the window: small enough to stay in the processor's cache between reading and decoding. */
const SYNC_WINDOW = 1 << 18;
/** Larger where each read is a round trip. */
const ASYNC_WINDOW = 8 << 20;
/** Headers only: traces longer than this are skipped over rather than read through. */
const SEEK_BEYOND = 16 << 10;
/** Larger files are not searched for traces that were never written: each would have to be read whole. */
const MOST_SEARCHED = 1 << 30;
/** Traces of one shot, or part of one: bounds what headers alone can take. */
const MAX_SHOT_TRACES = 1 << 18;

export interface TraceFile {
  readonly source: ByteSource;
  readonly layout: TraceLayout;
  readonly key: ShotKey;
  readonly options: OpenOptions;
  readonly recorder: string | undefined;
  /** Told of each trace that is read: its place among the traces and its first byte. */
  readonly onTrace?: (index: number, at: number) => void;
}

/** Consecutive traces of one shot, as they were stored: samples one trace after the other, whatever their lengths. */
export interface Run {
  readonly facts: TraceFacts[];
  /** Places of the traces in the file. */
  readonly indices: number[];
  readonly part: number | undefined;
  readonly recordedAt: string | undefined;
  readonly problems: Problem[];
  samples: Float32Array;
  used: number;
  /** Ends of the time axis all traces need, in samples after the first sample of the first trace. */
  low: number;
  high: number;
}

export async function* readShots(
  { source, layout, key, options, recorder, onTrace }: TraceFile,
  { amplitudes = true, part: only }: ShotOptions = {},
): AsyncGenerator<Shot, void, undefined> {
  const window = new Window(source, source.readSync ? SYNC_WINDOW : ASYNC_WINDOW);
  const headerBytes = layout.blocks * TRACE_HEADER_BYTES;
  const seeks = !amplitudes && layout.samples * layout.sampleBytes > SEEK_BEYOND;
  const finish = (run: Run) => makeShots(run, { source, layout, options, recorder, amplitudes });
  let run: Run | undefined;
  // Samples to make room for; where headers are a round trip away, room grows instead.
  let expected =
    amplitudes && layout.fixed && source.readSync
      ? Math.min(await firstShotTraces(source, layout, key), Math.floor(MAX_SHOT_SAMPLES / layout.samples)) *
        layout.samples
      : 0;
  const { order } = key;
  const step = traceBytes(layout, layout.samples);
  const ahead = seeks ? headerBytes : order ? step : undefined;
  const firstHeader = async () => new DataView((await bytesAt(source, layout.first, headerBytes)).buffer);
  const passed = new PassedOver();
  const leavesOut = await leavesOutUnwritten(source, layout);
  let follow: ReturnType<typeof followers> | undefined;
  const end = only?.end ?? layout.end;
  let at = only?.at ?? layout.first;
  let next = at;
  let tail: Problem | undefined;

  for (let n = 0, index = only?.trace ?? 0; order ? n <= order.length : at < end; n++, index++, at = next) {
    if (order) {
      index = order[n] ?? n;
      at = layout.first + index * step;
      if (at >= layout.end) break;
    }
    if (at + headerBytes > layout.end) {
      tail = lost(layout, at, index, headerBytes);
      break;
    }
    if (!window.holds(at, headerBytes)) {
      const loading = window.load(at, ahead);
      if (loading) await loading;
      if (!window.holds(at, headerBytes)) throw shrunk(source, at);
    }
    const place = window.place(at);
    if (leavesOut && blank(window.bytes, place)) {
      next = at + step;
      if (await allZeros(source, at, Math.min(next, layout.end))) {
        passed.unwritten(index);
        continue;
      }
    }
    if (!layout.fixed) {
      follow ??= followers(source, layout, await firstHeader());
      if (follow.strange(window.view, place)) {
        const found = await follow.find(at);
        passed.gap(at, (found ?? layout.end) - at);
        next = found ?? layout.end;
        index--;
        continue;
      }
      if (statedSamples(window.view, place, layout.order, layout.blocks) === 0 && (await follow.empty(at))) {
        passed.empty(index);
        next = at + headerBytes;
        continue;
      }
    }
    const count = countOf(layout, window.view, place, at);
    next = at + traceBytes(layout, count);
    if (next > layout.end) {
      tail = lost(layout, at, index, next - at);
      break;
    }
    if (count > MAX_SHOT_SAMPLES)
      throw new RecordError(
        'too-large',
        source.name,
        `expected at most ${MAX_SHOT_SAMPLES} samples in a trace, found ${count} in trace ${index}`,
      );
    const facts = readFacts(layout, window.view, place, count);
    const joins = run ? fate(run, facts, key) : 'next';
    if (!run || joins !== 'same') {
      const part: number | undefined = joins === 'full' ? (run?.part ?? 1) + 1 : undefined;
      if (run) {
        if (joins === 'full') run = { ...run, part: run.part ?? 1 };
        expected = run.used;
        yield* finish(run);
        // Lets go of its amplitudes before room is made for the next.
        run = undefined;
      }
      run = {
        facts: [],
        indices: [],
        part,
        recordedAt: recordedAt(layout, window.view, place),
        problems: [],
        samples: amplitudes ? new Float32Array(firstGuess(layout, at, count, expected)) : new Float32Array(0),
        used: 0,
        low: 0,
        high: count,
      };
    }
    const start = samplesApart(run.facts[0] ?? facts, facts);
    run.low = Math.min(run.low, start);
    run.high = Math.max(run.high, start + count);
    run.facts.push(facts);
    run.indices.push(index);
    onTrace?.(index, at);
    if (amplitudes) {
      if (run.used + count > run.samples.length) run.samples = grown(run.samples, run.used, run.used + count);
      let done = 0;
      while (done < count) {
        const from = at + headerBytes + done * layout.sampleBytes;
        if (!window.holds(from, layout.sampleBytes)) {
          const loading = window.load(from);
          if (loading) await loading;
          if (!window.holds(from, layout.sampleBytes)) throw shrunk(source, from);
        }
        const here = Math.min(count - done, Math.floor(window.held(from) / layout.sampleBytes));
        decodeFormat(
          layout.format,
          layout.sampleOrder,
          window.bytes,
          window.place(from),
          here,
          run.samples,
          run.used + done,
        );
        done += here;
      }
    }
    run.used += count;
  }
  if (!run) throw new RecordError('truncated', source.name, tail?.message ?? 'expected at least one trace, found none');
  run.problems.push(...passed.problems(), ...(tail ? [tail] : []));
  yield* finish(run);
}

/** Whether traces that were never written are looked for: not in large files, nor where headers without anything are usual. */
export const leavesOutUnwritten = async (source: ByteSource, layout: TraceLayout): Promise<boolean> =>
  layout.end <= MOST_SEARCHED && !blank(await bytesAt(source, layout.first, TRACE_HEADER_BYTES), 0);

/** Samples of the trace whose header lies at `place`: its own count, unless only the file's fits what is left. */
function countOf(layout: TraceLayout, view: DataView, place: number, at: number): number {
  if (layout.fixed) return layout.samples;
  const stated = statedSamples(view, place, layout.order, layout.blocks);
  if (stated === 0) return layout.samples;
  const tooLong = at + traceBytes(layout, stated) > layout.end;
  return tooLong && at + traceBytes(layout, layout.samples) <= layout.end ? layout.samples : stated;
}

/** Whether a trace continues the run, opens the next shot, or would make this one too large. */
function fate(run: Run, next: TraceFacts, key: ShotKey): 'same' | 'next' | 'full' {
  const first = run.facts[0];
  if (!sameShot(key, first, next) || first.intervalUs !== next.intervalUs) return 'next';
  const apart = samplesApart(first, next);
  // Rows share an axis only when they are whole samples apart.
  if (!(Math.abs(apart * (next.intervalUs ?? 0) - (next.delay - first.delay) * 1000) <= 1e-3 * (next.intervalUs ?? 0)))
    return 'next';
  const width = Math.max(run.high, apart + next.count) - Math.min(run.low, apart);
  const recorded = run.used + next.count;
  const padded = width * (run.facts.length + 1);
  // More padding than that is divided anyway, see make-shot.ts.
  const held = padded <= 2 * recorded ? padded : recorded;
  return held > MAX_SHOT_SAMPLES || run.facts.length >= MAX_SHOT_TRACES ? 'full' : 'same';
}

/** Room for a shot like the one before, or for what is left of a short file; never for more than a shot may hold. */
function firstGuess(layout: TraceLayout, at: number, count: number, expected: number): number {
  const left = fixedTraces(layout) - Math.floor((at - layout.first) / traceBytes(layout, layout.samples));
  const rest = Math.max(count, left * layout.samples);
  const guess = expected > 0 ? Math.max(expected, count) : Math.min(rest, 1 << 22);
  return Math.max(count, Math.min(guess, rest, MAX_SHOT_SAMPLES));
}

function grown(samples: Float32Array, used: number, needed: number): Float32Array {
  const larger = new Float32Array(Math.max(needed, Math.min(MAX_SHOT_SAMPLES, 2 * samples.length)));
  larger.set(samples.subarray(0, used));
  return larger;
}

const lost = (layout: TraceLayout, at: number, index: number, length: number): Problem => ({
  code: 'truncated-tail',
  message: `expected ${length} bytes of trace ${index} at byte ${at}, found ${layout.end - at} before the end: not read, all traces before it are`,
});

const shrunk = (source: ByteSource, at: number) =>
  new RecordError(
    'unreadable',
    source.name,
    `expected bytes at ${at} of ${source.size}, found none: the file became shorter`,
  );
