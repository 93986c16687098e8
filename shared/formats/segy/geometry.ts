/** Positions and offsets of the traces of one shot: hints in headers, accepted where they can be meant and left out where not. */
import type { Problem } from '../../errors.ts';
import type { Position } from '../../gather.ts';
import { type Metres, metres } from '../../units.ts';
import { type TraceFacts, traceKind } from './trace-facts.ts';

export interface Geometry {
  readonly source?: Position;
  /** One a trace; missing where the header leaves it open. */
  readonly receivers?: readonly (Position | undefined)[];
  /** One a trace; missing where the header leaves it open. */
  readonly offsets?: readonly (Metres | undefined)[];
  readonly problems: readonly Problem[];
}

export function shotGeometry(facts: readonly TraceFacts[]): Geometry {
  const times = missedScalar(facts);
  if (times === 1) return geometryOf(facts);
  const { problems, ...geometry } = geometryOf(facts.map((trace) => divided(trace, times)));
  const found: Problem = {
    code: 'coordinate-scale',
    message: `expected distances between the coordinates as in bytes 37–40, found ${times} times as much: coordinates divided by that`,
  };
  return { ...geometry, problems: [found, ...problems] };
}

function geometryOf(facts: readonly TraceFacts[]): Geometry {
  const problems: Problem[] = [];
  const { coordinateUnit } = facts[0];
  const lengths = UNIT_NAMES[coordinateUnit] === undefined;
  if (!lengths && facts.some((trace) => trace.sourceX !== 0 || trace.receiverX !== 0))
    problems.push({
      code: 'coordinates-not-metres',
      message: `expected coordinates in metres or feet, found unit ${coordinateUnit} (${UNIT_NAMES[coordinateUnit]}) in bytes 89–90: positions are left out`,
    });
  const placed = lengths ? facts.filter((trace) => trace.receiverX !== 0 || trace.receiverY !== 0) : [];
  const local = placed.length > 0 && nearOrigin(placed);
  // Zeros are a place when the others are near it, and are no place for a trace without a receiver.
  const receivers =
    placed.length === 0
      ? undefined
      : facts.map((trace) =>
          trace.receiverX !== 0 || trace.receiverY !== 0 || (local && traceKind(trace.identification) !== 'auxiliary')
            ? position(trace.receiverX, trace.receiverY, trace.receiverZ)
            : undefined,
        );
  const fired = facts.find((trace) => trace.sourceX !== 0 || trace.sourceY !== 0) ?? facts[0];
  const source =
    lengths && (fired.sourceX !== 0 || fired.sourceY !== 0 || local)
      ? position(fired.sourceX, fired.sourceY, fired.sourceZ)
      : undefined;
  const distances = source && receivers?.map((receiver) => receiver && distance(source, receiver));
  const offsets = facts.some((trace) => trace.offset !== 0) ? headerOffsets(facts, distances, problems) : distances;
  return {
    ...(source && { source }),
    ...(receivers && { receivers }),
    ...(offsets && { offsets: offsets as readonly (Metres | undefined)[] }),
    problems,
  };
}

type Distances = readonly (number | undefined)[];

/** Bytes 37–40, brought to the scale and the precision of the coordinates where there are any. */
function headerOffsets(facts: readonly TraceFacts[], distances: Distances | undefined, problems: Problem[]): Distances {
  const factor = distances ? scaleOf(facts, distances) : 1;
  if (factor !== 1)
    problems.push({
      code: 'offset-scale',
      message: `offsets in bytes 37–40 are ${Math.round(1 / factor)} times the distances between the coordinates: divided by that`,
    });
  return facts.map(({ offset, identification }, i) =>
    offset === 0 && traceKind(identification) === 'auxiliary' ? undefined : refined(offset * factor, distances?.[i]),
  );
}

const UNIT_NAMES: Readonly<Record<number, string>> = {
  2: 'seconds of arc',
  3: 'degrees',
  4: 'degrees, minutes, seconds',
};

const position = (x: number, y: number, z: number): Position => ({ x: metres(x), y: metres(y), z: metres(z) });
const distance = (a: Position, b: Position) => Math.hypot(a.x - b.x, a.y - b.y);

/** Zeros are meant as a place when the receivers are local: not further from the origin than twice their own extent. */
function nearOrigin(receivers: readonly TraceFacts[]): boolean {
  const [first] = receivers;
  let extent = 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (const { receiverX, receiverY } of receivers) {
    extent = Math.max(extent, Math.hypot(receiverX - first.receiverX, receiverY - first.receiverY));
    nearest = Math.min(nearest, Math.hypot(receiverX, receiverY));
  }
  return nearest <= 2 * extent;
}

/** Headers round offsets to whole units: where the coordinates agree with that, they know the rest. */
const refined = (offset: number, by: number | undefined): number =>
  by !== undefined && Math.abs(Math.abs(offset) - by) <= 0.5 ? Math.sign(offset || 1) * by : offset;

/** Traces looked at for a scale. */
const ENOUGH = 200;

/** Offsets below are too rounded to be compared, m. */
const ROUNDED = 10;

/** What coordinates are to be divided by when they are in centimetres or the like and bytes 71–72 do not say so. */
function missedScalar(facts: readonly TraceFacts[]): number {
  const ratios = sampled(facts).flatMap(({ offset, sourceX, sourceY, receiverX, receiverY }) =>
    Math.abs(offset) >= ROUNDED && (receiverX !== 0 || receiverY !== 0)
      ? [Math.hypot(receiverX - sourceX, receiverY - sourceY) / Math.abs(offset)]
      : [],
  );
  return powerOfTen(ratios);
}

const divided = (trace: TraceFacts, by: number): TraceFacts => ({
  ...trace,
  sourceX: trace.sourceX / by,
  sourceY: trace.sourceY / by,
  receiverX: trace.receiverX / by,
  receiverY: trace.receiverY / by,
});

/** What offsets are to be multiplied by when nearly all are tens, hundreds or thousands of times the distances (decimetres …). */
function scaleOf(facts: readonly TraceFacts[], distances: Distances): number {
  const ratios = sampled(facts.map((_, i) => i)).flatMap((i) => {
    const by = distances[i];
    return facts[i].offset !== 0 && by !== undefined && by > 0 ? [Math.abs(facts[i].offset) / by] : [];
  });
  return 1 / powerOfTen(ratios);
}

function sampled<T>(items: readonly T[]): readonly T[] {
  const stride = Math.ceil(items.length / ENOUGH);
  return stride <= 1 ? items : items.filter((_, i) => i % stride === 0);
}

/** The factor that nearly all ratios have; 1 where they have none of these. */
function powerOfTen(ratios: readonly number[]): number {
  const have = (times: number) => ratios.filter((ratio) => Math.abs(ratio / times - 1) < 0.05).length;
  return ratios.length < 3 ? 1 : ([10, 100, 1000].find((times) => have(times) >= 0.9 * ratios.length) ?? 1);
}
