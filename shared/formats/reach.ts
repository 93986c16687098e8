/**
 * Whether a wave from the source can be on the traces at all. Coordinates of source and receivers often have different
 * origins, scales or units: distances of hundreds of kilometres on a record of a second are no geometry.
 */
import type { Problem } from '../errors.ts';
import type { Position, Shot, Trace } from '../gather.ts';
import type { Metres } from '../units.ts';
import { metres } from '../units.ts';

/** Metres a millisecond: twice the speed of the fastest wave in the upper mantle. */
const FASTEST = 16;
/** Distances below are not doubted, however short the record. */
const NEAR = 20_000;
/** Length of a record whose interval is unknown, ms: longer than usual. */
const LONG = 60_000;

/** The shot without the positions and offsets that half of its traces or more cannot have. */
export function withinReach(shot: Shot): Shot {
  const { source } = shot;
  const end =
    shot.sampleInterval === undefined ? LONG : shot.firstSample.time + shot.samples * (shot.sampleInterval as number);
  const reach = Math.max(NEAR, FASTEST * end);
  const places = source ? median(shot.traces, ({ receiver }) => receiver && distance(source, receiver)) : 0;
  const offsets = median(shot.traces, ({ offset }) => offset && Math.abs(offset));
  const [placed, offset] = [places <= reach, offsets <= reach];
  if (placed && offset) return shot;
  // A source at the origin of the map was not filled in: that says nothing against the receivers.
  const noSource = !placed && source?.x === 0 && source.y === 0;
  const traces = shot.traces.map((trace): Trace => {
    const { receiver, offset: stated, ...rest } = trace;
    const kept = offset ? stated : placed && source && receiver ? metres(distance(source, receiver)) : undefined;
    return {
      ...rest,
      ...(receiver && (placed || noSource) && { receiver }),
      ...(kept !== undefined && { offset: kept }),
    };
  });
  const { source: _, ...rest } = shot;
  return { ...rest, ...(placed && source && { source }), traces, problems: [...shot.problems, problem(reach)] };

  function problem(most: number): Problem {
    const found = `found about ${Number((placed ? offsets : places).toPrecision(1))} m for half of the traces`;
    const cause = placed
      ? 'offsets of another scale, left out'
      : noSource
        ? 'no position of the source, offsets left out'
        : `source and receivers counted from other origins or in other units, positions${offset ? '' : ' and offsets'} left out`;
    return {
      code: placed ? 'offsets-out-of-reach' : 'positions-out-of-reach',
      message: `expected traces within ${Math.round(most)} m of the source, the most a wave covers within the record, ${found}: ${cause}`,
    };
  }
}

const distance = (a: Position, b: Position): Metres => metres(Math.hypot(a.x - b.x, a.y - b.y));

/** Middle value of what `of` gives for the traces; 0 where it gives none. */
function median(traces: readonly Trace[], of: (trace: Trace) => number | undefined): number {
  const values: number[] = [];
  const stride = Math.ceil(traces.length / ENOUGH);
  for (let i = 0; i < traces.length; i += stride) {
    const value = of(traces[i]);
    if (value !== undefined) values.push(value);
  }
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Traces looked at. */
const ENOUGH = 200;
