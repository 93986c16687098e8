/**
 * Memory for one step of the work, kept for the next one: fresh pages cost more time than what is computed in them. What stood there
 * is still there, so a step writes all that it reads; and none hands it on to what waits.
 */

/** More is not kept: 4 MB. */
const MOST = 1 << 20;

/** @param make so many values @returns so many of those that are kept */
export function kept<T extends Float32Array | Int32Array>(make: (length: number) => T): (length: number) => T {
  let memory = make(0);
  return (length) => {
    if (length > MOST) return make(length);
    if (memory.length < length) memory = make(length);
    return memory.subarray(0, length) as T;
  };
}
