/** Samples that are not finite: a filter sees the value before them in their place, and they come out as they went in. */

/** `x` itself when every sample is finite; else a copy whose gaps hold the value before them (at the start, the first one). */
export function bridged(x: Float32Array): Float32Array {
  const sound = (v: number) => v - v === 0;
  if (x.every(sound)) return x;
  const y = x.slice();
  let held = x.find(sound) ?? 0;
  for (let k = 0; k < y.length; k++) {
    if (sound(y[k])) held = y[k];
    else y[k] = held;
  }
  return y;
}

/** Puts the samples of `x` that are not finite back into `y`. */
export function reopened(x: Float32Array, y: Float32Array): void {
  for (let k = 0; k < x.length; k++) if (x[k] - x[k] !== 0) y[k] = x[k];
}
