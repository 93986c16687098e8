/**
 * Walks through the space a generator makes shots from: along great circles from point to point (Shoemake 1985) and back to
 * the first. Gaussian numbers in many dimensions lie close to a shell; a straight line between two of them leaves it.
 */
import { diceOf } from '../synthetic/dice.ts';

export type Point = Float32Array;

/** On the shell where Gaussian points of so many dimensions lie. */
export function randomPoint(dimensions: number, ...seed: readonly number[]): Point {
  const dice = diceOf(...seed);
  const point = Float32Array.from({ length: dimensions }, () => dice.normal());
  const scale = Math.sqrt(dimensions) / lengthOf(point);
  return point.map((value) => value * scale);
}

export function lengthOf(point: Point): number {
  return Math.sqrt(dot(point, point));
}

function dot(a: Point, b: Point): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Between nearly equal or opposite directions there is no one great circle to follow. */
const PARALLEL = 1e-6;

/** The point at `share` of the way along the arc; lengths that differ change evenly. */
export function between(a: Point, b: Point, share: number): Point {
  const [from, to] = [lengthOf(a), lengthOf(b)];
  const angle = from > 0 && to > 0 ? Math.acos(Math.max(-1, Math.min(1, dot(a, b) / (from * to)))) : 0;
  const sine = Math.sin(angle);
  if (sine < PARALLEL) return a.map((value, i) => value + share * (b[i] - value));
  const length = from + share * (to - from);
  const [ofA, ofB] = [
    (length * Math.sin((1 - share) * angle)) / sine / from,
    (length * Math.sin(share * angle)) / sine / to,
  ];
  return a.map((value, i) => ofA * value + ofB * b[i]);
}

/** A closed walk: one after the last frame is the first again, and every point is a frame. */
export function loop(points: readonly Point[], frames: number): readonly Point[] {
  return Array.from({ length: frames }, (_, f) => placeOn(points, f / frames));
}

/** @param share of the way round */
export function placeOn(points: readonly Point[], share: number): Point {
  const at = (share % 1) * points.length;
  const leg = Math.floor(at);
  return between(points[leg], points[(leg + 1) % points.length], at - leg);
}
