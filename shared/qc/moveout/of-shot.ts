/** The picks of a shot by distance and side of the source, as the moveout model takes them; fitted once a shot. */
import type { Position, TimedShot } from '../../gather.ts';
import type { ShotFacts } from '../facts.ts';
import { fitMoveout, type MoveoutModel, type MoveoutPoint, type Side } from '../moveout.ts';
import { remembered } from '../remembered.ts';

export interface ShotMoveout {
  /** [row] */
  readonly sides: readonly Side[];
  /** undefined: no geometry, or too few picks. Its residuals are those of `rows`. */
  readonly model: MoveoutModel | undefined;
  /** Rows of the points that the model was fitted to. */
  readonly rows: readonly number[];
  /** Time minus model. [row] */
  readonly residuals: readonly (MoveoutModel['residuals'][number] | undefined)[];
}

export const moveoutOf: (facts: ShotFacts) => ShotMoveout = remembered((facts) => {
  const sides = sidesOf(facts.shot);
  const rows = facts.live.filter((i) => facts.distances[i] !== undefined && facts.times[i] !== undefined);
  const model = fitMoveout(pointsAt(facts, rows, sides));
  const residuals: (MoveoutModel['residuals'][number] | undefined)[] = facts.picks.map(() => undefined);
  rows.forEach((row, k) => {
    residuals[row] = model?.residuals[k];
  });
  return { sides, model, rows, residuals };
});

function pointsAt({ picks, distances }: ShotFacts, rows: readonly number[], sides: readonly Side[]): MoveoutPoint[] {
  return rows.flatMap((i): MoveoutPoint[] => {
    const pick = picks[i];
    const distance = distances[i];
    if (pick.kind === 'skipped' || distance === undefined) return [];
    return [{ distance, side: sides[i], time: pick.time, weight: Math.max(LEAST_WEIGHT, pick.confidence) }];
  });
}

/** Picks that a picker is in doubt about still count a little, or a doubtful shot would have no moveout. */
const LEAST_WEIGHT = 0.05;
/** Receivers spread wider than this across their line, as a share of its length, are an area: one side. */
const AREA = 0.3;

/** Which side of the source each trace lies on; the same for all where receivers cover an area. [row] */
export function sidesOf({ traces, source }: TimedShot): readonly Side[] {
  const receivers = traces.flatMap(({ receiver }) => receiver ?? []);
  if (source === undefined || receivers.length < traces.length / 2)
    return traces.map(({ offset }) => (offset !== undefined && offset < 0 ? -1 : 1));
  const { along, length, width } = lineThrough(receivers);
  if (width > AREA * length) return traces.map(() => 1);
  return traces.map(({ receiver }) =>
    receiver && (receiver.x - source.x) * along.x + (receiver.y - source.y) * along.y < 0 ? -1 : 1,
  );
}

interface ReceiverLine {
  /** Unit vector towards rising x, or rising y of a line along it. */
  readonly along: { readonly x: number; readonly y: number };
  /** Standard deviations along and across. */
  readonly length: number;
  readonly width: number;
}

/** Principal axes of the positions (Pearson 1901). */
export function lineThrough(places: readonly Position[]): ReceiverLine {
  const n = Math.max(1, places.length);
  const mean = { x: 0, y: 0 };
  for (const { x, y } of places) {
    mean.x += x / n;
    mean.y += y / n;
  }
  let [xx, xy, yy] = [0, 0, 0];
  for (const place of places) {
    const [x, y] = [place.x - mean.x, place.y - mean.y];
    xx += (x * x) / n;
    xy += (x * y) / n;
    yy += (y * y) / n;
  }
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const half = Math.hypot((xx - yy) / 2, xy);
  const flip = Math.cos(angle) < -1e-9 || (Math.abs(Math.cos(angle)) <= 1e-9 && Math.sin(angle) < 0) ? -1 : 1;
  return {
    along: { x: flip * Math.cos(angle), y: flip * Math.sin(angle) },
    length: Math.sqrt((xx + yy) / 2 + half),
    width: Math.sqrt(Math.max(0, (xx + yy) / 2 - half)),
  };
}
