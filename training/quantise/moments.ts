/** Second moments of what a convolution looks at: H = Σ x xᵀ over places, x the numbers under the kernel. */

export interface ConvolutionInput {
  /** [window, channel, trace, time] */
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Places taken of each input; as many as the largest kernel has numbers, some times over, suffice in all. */
const PLACES = 400;

export interface Moments {
  add(input: ConvolutionInput): void;
  /** [number, number], in the order of a kernel: channel, high, wide. */
  readonly sums: Float64Array;
}

/** @param kernel [output, input, high, wide]; same-size convolution */
export function momentsOf([, channels, high, wide]: readonly number[]): Moments {
  const size = channels * high * wide;
  const sums = new Float64Array(size * size);
  const x = new Float64Array(size);
  const used = new Int32Array(size); // rectified values are often zero: those are passed over
  return {
    sums,
    add({ values, shape: [windows, , traces, time] }): void {
      const places = windows * traces * time;
      const step = Math.max(1, Math.floor(places / PLACES)) | 1; // odd: not always the same time
      for (let place = 0; place < places; place += step) {
        const k = place % time;
        const t = Math.floor(place / time) % traces;
        const n = Math.floor(place / time / traces);
        let count = 0;
        for (let c = 0, at = 0; c < channels; c++)
          for (let dt = 0; dt < high; dt++)
            for (let dk = 0; dk < wide; dk++, at++) {
              const [row, column] = [t + dt - (high >> 1), k + dk - (wide >> 1)];
              const inside = row >= 0 && row < traces && column >= 0 && column < time;
              x[at] = inside ? values[((n * channels + c) * traces + row) * time + column] : 0;
              if (x[at] !== 0) used[count++] = at;
            }
        for (let a = 0; a < count; a++) {
          const from = used[a] * size;
          const xa = x[used[a]];
          for (let b = a; b < count; b++) sums[from + used[b]] += xa * x[used[b]];
        }
      }
    },
  };
}
