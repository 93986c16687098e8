/**
 * Memory for one step of the work, kept for the next one: fresh pages cost more time than what is computed in them. What stood there
 * is still there, so a step writes all that it reads; and none hands it on to what waits.
 */

/** More is not kept: 4 MB. */
const MOST = 1 << 20;

export function keptFloats(): (length: number) => Float32Array {
  let kept = new Float32Array(0);
  return (length) => {
    if (length > MOST) return new Float32Array(length);
    if (kept.length < length) kept = new Float32Array(length);
    return kept.subarray(0, length);
  };
}

export function keptInts(): (length: number) => Int32Array {
  let kept = new Int32Array(0);
  return (length) => {
    if (length > MOST) return new Int32Array(length);
    if (kept.length < length) kept = new Int32Array(length);
    return kept.subarray(0, length);
  };
}
