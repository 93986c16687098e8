/**
 * A file of traces in parts of whole shots. Where all traces are alike, a part ends at the first change of the shot's key behind
 * its size, found by doubling and halving: a few headers a part, whatever the size of the file. Else headers are read one by one.
 */
import type { Part, Recording } from '../../gather.ts';
import { bytesAt } from '../../source.ts';
import { blank } from './damage.ts';
import { TRACE_HEADER_BYTES } from './headers.ts';
import { type Key, keyOf, sameKey } from './shot-key.ts';
import { leavesOutUnwritten, readShots, type TraceFile } from './shots.ts';
import { fixedTraces, traceBytes } from './trace-layout.ts';

/** Parts that are looked for at the same time: each is a chain of round trips. */
const AT_ONCE = 16;

export const partsOf = (file: TraceFile): Pick<Recording, 'parts'> => {
  if (file.key.apart) return {};
  return { parts: (bytes) => (file.layout.fixed ? byKey(file, bytes) : byHeaders(file, bytes)) };
};

async function* byKey(file: TraceFile, bytes: number): AsyncGenerator<Part, void, undefined> {
  const { layout } = file;
  const step = traceBytes(layout, layout.samples);
  const traces = fixedTraces(layout);
  const every = Math.max(1, Math.ceil(bytes / step));
  const blanksJoin = await leavesOutUnwritten(file.source, layout);
  const placeOf = (trace: number) => layout.first + trace * step;
  let from = 0;
  for (let group = every; from < traces; group += AT_ONCE * every) {
    const wanted = Array.from({ length: AT_ONCE }, (_, i) => group + i * every).filter((trace) => trace < traces);
    const ends = await Promise.all(wanted.map((trace) => nextShot(file, trace, traces, placeOf, blanksJoin)));
    if (wanted.length < AT_ONCE) ends.push(traces);
    for (const end of ends) {
      // A shot longer than a part gives the same end several times.
      if (end <= from) continue;
      yield { trace: from, at: placeOf(from), end: end === traces ? layout.end : placeOf(end) };
      from = end;
    }
  }
}

/** The first trace from `trace` on that begins a shot; `traces` where none does. */
async function nextShot(
  { source, layout, key }: TraceFile,
  trace: number,
  traces: number,
  placeOf: (trace: number) => number,
  blanksJoin: boolean,
): Promise<number> {
  const headerOf = async (n: number) => {
    const bytes = await bytesAt(source, placeOf(n), TRACE_HEADER_BYTES);
    return bytes.length < TRACE_HEADER_BYTES ? undefined : { key: keyOf(layout, bytes), blank: blank(bytes, 0) };
  };
  for (let before = trace - 1; before < traces; ) {
    const first = await headerOf(before);
    if (!first) return traces;
    const outside = await firstUnlike(before, traces, async (n) => {
      const other = await headerOf(n);
      return other !== undefined && sameHeader(first, other);
    });
    if (outside >= traces) return traces;
    const other = await headerOf(outside);
    // Traces that were never written belong to no shot: the one before them may go on behind them.
    if (other && !(blanksJoin && (first.blank || other.blank))) return outside;
    before = outside;
  }
  return traces;

  function sameHeader(a: { key: Key; blank: boolean }, b: { key: Key; blank: boolean }): boolean {
    return sameKey(key, a.key, b.key) && (!blanksJoin || a.blank === b.blank);
  }
}

/** A trace behind `from` for which `same` does not hold, while it holds for the one before it; `traces` where there is none. */
async function firstUnlike(from: number, traces: number, same: (trace: number) => Promise<boolean>): Promise<number> {
  let inside = from;
  let reach = 1;
  let outside = from + reach;
  while (outside < traces && (await same(outside))) {
    inside = outside;
    reach *= 2;
    outside = from + reach;
  }
  outside = Math.min(outside, traces);
  while (outside - inside > 1) {
    const middle = (inside + outside) >> 1;
    if (await same(middle)) inside = middle;
    else outside = middle;
  }
  return outside;
}

async function* byHeaders(file: TraceFile, bytes: number): AsyncGenerator<Part, void, undefined> {
  let begun: { trace: number; at: number } | undefined;
  let next: { trace: number; at: number } | undefined;
  let between = true;
  let inParts = false;
  const shots = readShots(
    {
      ...file,
      onTrace(trace, at) {
        if (between) next = { trace, at };
        between = false;
      },
    },
    { amplitudes: false },
  );
  // A shot is delivered before a trace of the following one is told of: `next` is where it begins itself.
  for await (const shot of shots) {
    const continues = inParts;
    inParts = shot.problems.some(({ code }) => code === 'shot-in-parts');
    between = true;
    if (!next || (continues && inParts)) continue;
    begun ??= next;
    if (next.at - begun.at < bytes) continue;
    yield { ...begun, end: next.at };
    begun = next;
  }
  if (begun) yield { ...begun, end: file.layout.end };
}
