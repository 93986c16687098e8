/** Positions and offsets of the traces of one shot: hints in headers, accepted where they can be meant and left out where not. */
import type { Problem } from '../../errors.ts';
import type { Position } from '../../gather.ts';
import { type Metres, metres } from '../../units.ts';
import type { TraceFacts } from './trace-facts.ts';

export interface Geometry {
  readonly source?: Position;
  /** One a trace. */
  readonly receivers?: readonly Position[];
  /** One a trace. */
  readonly offsets?: readonly Metres[];
  readonly problems: readonly Problem[];
}

export function shotGeometry(facts: readonly TraceFacts[]): Geometry {
  const problems: Problem[] = [];
  const { coordinateUnit } = facts[0];
  const lengths = coordinateUnit !== 2 && coordinateUnit !== 3 && coordinateUnit !== 4;
  if (!lengths)
    problems.push({
      code: 'coordinates-not-metres',
      message: `expected coordinates in metres or feet, found unit ${coordinateUnit} (${UNIT_NAMES[coordinateUnit]}) in bytes 89–90: positions are left out`,
    });
  const hasReceivers = lengths && facts.some((trace) => trace.receiverX !== 0 || trace.receiverY !== 0);
  const receivers = hasReceivers
    ? facts.map((trace) => position(trace.receiverX, trace.receiverY, trace.receiverZ))
    : undefined;
  const at = position(facts[0].sourceX, facts[0].sourceY, facts[0].sourceZ);
  const hasSource = lengths && (at.x !== 0 || at.y !== 0 || (receivers !== undefined && nearOrigin(receivers)));
  const distances = receivers && hasSource ? receivers.map((receiver) => distance(at, receiver)) : undefined;
  const inHeader = facts.some((trace) => trace.offset !== 0) ? facts.map((trace) => trace.offset) : undefined;
  const factor = inHeader && distances ? scaleOf(inHeader, distances) : 1;
  if (factor !== 1)
    problems.push({
      code: 'offset-scale',
      message: `offsets in bytes 37–40 are ${1 / factor} times the distances between the coordinates: divided by that`,
    });
  const offsets = inHeader?.map((offset, i) => refined(offset * factor, distances?.[i])) ?? distances;
  return {
    ...(hasSource && { source: at }),
    ...(receivers && { receivers }),
    ...(offsets && { offsets: offsets.map(metres) }),
    problems,
  };
}

const UNIT_NAMES: Readonly<Record<number, string>> = {
  2: 'seconds of arc',
  3: 'degrees',
  4: 'degrees, minutes, seconds',
};

const position = (x: number, y: number, z: number): Position => ({ x: metres(x), y: metres(y), z: metres(z) });
const distance = (a: Position, b: Position) => Math.hypot(a.x - b.x, a.y - b.y);

/** A source at 0, 0 is meant when the receivers are local: not further from the origin than twice their own extent. */
function nearOrigin(receivers: readonly Position[]): boolean {
  let extent = 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (const receiver of receivers) {
    extent = Math.max(extent, distance(receivers[0], receiver));
    nearest = Math.min(nearest, Math.hypot(receiver.x, receiver.y));
  }
  return nearest <= 2 * extent;
}

/** Headers round offsets to whole units: where the coordinates agree with that, they know the rest. */
const refined = (offset: number, by: number | undefined): number =>
  by !== undefined && Math.abs(Math.abs(offset) - by) <= 0.5 ? Math.sign(offset || 1) * by : offset;

/** Traces looked at for a scale. */
const ENOUGH = 200;

/** Power of ten by which nearly all offsets differ from the distances (decimetres, centimetres); 1 when there is none. */
function scaleOf(offsets: readonly number[], distances: readonly number[]): number {
  const ratios: number[] = [];
  const stride = Math.ceil(offsets.length / ENOUGH);
  for (let i = 0; i < offsets.length; i += stride)
    if (offsets[i] !== 0 && distances[i] > 0) ratios.push(Math.abs(offsets[i]) / distances[i]);
  for (const times of [10, 100, 1000])
    if (
      ratios.length >= 3 &&
      ratios.filter((ratio) => Math.abs(ratio / times - 1) < 0.05).length >= 0.9 * ratios.length
    )
      return 1 / times;
  return 1;
}
