/** A trace in bins of several samples: the mean of each, smoothed; what both stages of the classical picker look at. */

/** Means of `bins.length` bins of `width` samples from sample `from` on; bins beyond the trace repeat the nearest. */
export function binMeans(x: Float32Array, from: number, width: number, bins: Float32Array): void {
  const n = bins.length;
  const low = Math.max(0, Math.ceil(-from / width));
  const high = Math.min(n, Math.floor((x.length - from) / width));
  if (high <= low) {
    bins.fill(0);
    return;
  }
  const scale = 1 / width;
  let k = from + low * width;
  if (width === 1) bins.set(x.subarray(k, k + high - low), low);
  else if (width === 2) for (let b = low; b < high; b++, k += 2) bins[b] = (x[k] + x[k + 1]) * scale;
  else if (width === 3) for (let b = low; b < high; b++, k += 3) bins[b] = (x[k] + x[k + 1] + x[k + 2]) * scale;
  else
    for (let b = low; b < high; b++) {
      let sum = x[k] + x[k + 1] + x[k + 2] + x[k + 3];
      const end = k + width;
      for (k += 4; k < end; k++) sum += x[k];
      bins[b] = sum * scale;
    }
  bins.fill(bins[low], 0, low);
  bins.fill(bins[high - 1], high);
}

/** `[1 2 1] / 4` in place, `times` times over. */
export function smooth(bins: Float32Array, times: number): void {
  const last = bins.length - 1;
  for (let t = 0; t < times; t++) {
    let left = bins[0];
    for (let b = 0; b < last; b++) {
      const here = bins[b];
      bins[b] = 0.25 * (left + 2 * here + bins[b + 1]);
      left = here;
    }
    bins[last] = 0.25 * (left + 3 * bins[last]);
  }
}
