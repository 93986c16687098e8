/** What a runtime costs on an artefact, measured the same way in Node and in a browser. */
import type { OpenedModel } from '#shared/model/open-model.ts';
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';

export interface SpeedOf {
  /** Of a window. */
  readonly traces: number;
  readonly runs: number;
}

export interface Speed {
  /** Read, digest, session, ms. */
  readonly openMs: number;
  /** The first window after that, ms. */
  readonly firstMs: number;
  /** Each of the runs, ms a window. */
  readonly runMs: readonly number[];
}

export async function speedOf(open: () => Promise<OpenedModel>, { traces, runs }: SpeedOf): Promise<Speed> {
  const features = Float32Array.from({ length: traces * SAMPLES * CHANNELS.length }, (_, i) => Math.sin(i * i));
  const started = performance.now();
  const { runtime } = await open();
  const openMs = performance.now() - started;
  const timed = async () => {
    const from = performance.now();
    await runtime.run(features, 1, traces);
    return performance.now() - from;
  };
  const firstMs = await timed();
  const runMs: number[] = [];
  for (let i = 0; i < runs; i++) runMs.push(await timed());
  await runtime.close();
  return { openMs, firstMs, runMs };
}
