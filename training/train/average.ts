/**
 * The mean of the weights over the last part of a run (Polyak and Juditsky 1992, exponential as in Tarvainen and Valpola
 * 2017): less noise than the weights of any one step, and what is validated, kept as best and exported.
 */
import type { Parameters } from '../network/parameters.ts';

/** Share of the past that is kept a step, late in a long run. */
const DECAY = 0.999;

/** Early on the past is short: the mean is then over the last tenth of the steps, and never holds the random start. */
export const decayAt = (step: number): number => Math.min(DECAY, (1 + step) / (10 + step));

/** Moves `average` towards `now`, in place; statistics of normalisations likewise. @param step taken so far, from 1 */
export function follow(average: Parameters, now: Parameters, step: number): void {
  const share = 1 - decayAt(step);
  for (const part of ['learnt', 'statistics'] as const) {
    const [mean, value] = [average[part], now[part]];
    for (let i = 0; i < mean.length; i++) mean[i] += share * (value[i] - mean[i]);
  }
}
