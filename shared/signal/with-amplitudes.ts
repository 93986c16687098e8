/** The shape all amplitude transforms share: a new shot with new amplitudes, everything else the same value. */
import { row, type Shot } from '../gather.ts';

/** `fill` reads the recorded samples `x` of a trace and writes `y`, which is as long. Padding stays zero. */
export function mapRecorded<S extends Shot>(
  shot: S,
  fill: (x: Float32Array, y: Float32Array, trace: number) => void,
): S {
  const amplitudes = new Float32Array(shot.amplitudes.length); // [trace, sample]
  shot.traces.forEach((trace, i) => {
    const x = recorded(shot, i);
    const from = i * shot.samples + trace.start;
    if (x.length) fill(x, amplitudes.subarray(from, from + x.length), i);
  });
  return { ...shot, amplitudes };
}

/** Row `trace` without padding, a view; empty when only headers were read. */
export function recorded(shot: Shot, trace: number): Float32Array {
  const { start, count } = shot.traces[trace];
  return row(shot, trace).subarray(start, start + count);
}
