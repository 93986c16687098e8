/** What a trace costs in a runtime, by processor time, so that other programs on the machine do not count. */
import type { Runtime } from '#shared/model/runtime.ts';
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';

/** As the picker's panels have. */
const TRACES = 256;
const RUNS = 12;

/** Microseconds a trace of one window, the least of several runs; turn by turn, so that all meet the same machine. */
export async function microsecondsATrace(runtimes: readonly Runtime[]): Promise<readonly number[]> {
  const features = Float32Array.from({ length: TRACES * SAMPLES * CHANNELS.length }, (_, i) => Math.sin(i * i));
  const least = runtimes.map(() => Number.POSITIVE_INFINITY);
  for (let run = 0; run <= RUNS; run++)
    for (const [r, runtime] of runtimes.entries()) {
      const before = process.cpuUsage();
      await runtime.run(features, 1, TRACES);
      const { user, system } = process.cpuUsage(before);
      if (run > 0) least[r] = Math.min(least[r], (user + system) / TRACES); // the first run warms up
    }
  return least;
}
