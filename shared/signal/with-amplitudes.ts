/** The shape all amplitude transforms share: a new shot with new amplitudes, everything else the same value. */
import type { Shot } from '../gather.ts';

/** `fill` writes every sample that is to differ from zero; [trace, sample]. */
export function withAmplitudes<S extends Shot>(shot: S, fill: (out: Float32Array) => void): S {
  const amplitudes = new Float32Array(shot.amplitudes.length);
  fill(amplitudes);
  return { ...shot, amplitudes };
}

/** Replaces each trace by `map(row)`; the result is copied, so `map` may return a reused buffer. */
export function mapRows<S extends Shot>(shot: S, map: (row: Float32Array, trace: number) => ArrayLike<number>): S {
  const n = shot.samples;
  return withAmplitudes(shot, (out) => {
    for (let i = 0; i < shot.traces.length; i++) out.set(map(shot.amplitudes.subarray(i * n, (i + 1) * n), i), i * n);
  });
}
