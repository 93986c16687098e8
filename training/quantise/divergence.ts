/** How far scores are from other scores: Kullback–Leibler divergence of the place of the first break, mean over traces. */
import type { Runtime, WindowScores } from '#shared/model/runtime.ts';
import { SAMPLES } from '#shared/model/window.ts';
import type { Windows } from './observe.ts';

export async function scoresOn(windows: readonly Windows[], runtime: Runtime): Promise<readonly WindowScores[]> {
  const scores: WindowScores[] = [];
  for (const { features, shape } of windows) scores.push(await runtime.run(features, shape[0], shape[1]));
  return scores;
}

/** Nepers a trace. */
export function divergence(before: readonly WindowScores[], after: readonly WindowScores[]): number {
  let [sum, traces] = [0, 0];
  before.forEach(({ onset }, w) => {
    for (let from = 0; from < onset.length; from += SAMPLES, traces++) {
      const [a, b] = [onset, after[w].onset].map((logits) => logits.subarray(from, from + SAMPLES));
      const [allA, allB] = [logSum(a), logSum(b)];
      for (let k = 0; k < SAMPLES; k++) {
        const log = a[k] - allA;
        sum += Math.exp(log) * (log - (b[k] - allB));
      }
    }
  });
  return sum / Math.max(1, traces);
}

function logSum(logits: Float32Array): number {
  const top = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return top + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - top), 0));
}
