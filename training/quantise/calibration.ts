/** Windows to learn ranges from: those that the picker itself looks at on gathers it is given, and synthetic ones. */
import type { TimedShot } from '#shared/gather.ts';
import type { OpenedModel } from '#shared/model/open-model.ts';
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { neuralPicker } from '#shared/picking/neural.ts';
import { syntheticBatch } from '../picker/synthetic-batches.ts';
import type { Windows } from './observe.ts';

/** As a picker meets shots, one after the other; kept are as many as this, evenly taken. */
const MOST_REAL = 40;

/** What the picker shows its network of these shots. */
export async function windowsSeen(shots: readonly TimedShot[], model: OpenedModel): Promise<readonly Windows[]> {
  const seen: Windows[] = [];
  const { runtime } = model;
  const watched: OpenedModel = {
    ...model,
    runtime: {
      ...runtime,
      run(features, windows, traces) {
        seen.push({ features: features.slice(), shape: [windows, traces, SAMPLES, CHANNELS.length] });
        return runtime.run(features, windows, traces);
      },
    },
  };
  const picker = neuralPicker(watched);
  for (const shot of shots) await picker.pick(shot);
  return evenly(seen, MOST_REAL);
}

/** So many of a list, from all of it. */
export const evenly = <T>(list: readonly T[], most: number): readonly T[] =>
  list.length <= most ? list : Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]);

/** Traces of a synthetic window; four of them go through the network at once. */
const TRACES = 24;
const TOGETHER = 4;

export const syntheticWindows = (count: number, seed: number): readonly Windows[] =>
  Array.from({ length: Math.ceil(count / TOGETHER) }, (_, k) =>
    syntheticBatch(seed, 'learning', k, { windows: TOGETHER, traces: TRACES, windowsPerShot: 2 }),
  );
