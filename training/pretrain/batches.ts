/** Batches of windows that nobody has labelled, of real gathers and of made ones. Batch k depends on the plan and on k alone. */

import type { TimedShot } from '#shared/gather.ts';
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { preparedShot } from '../data/prepared.ts';
import type { BatchMaker } from '../prefetch.ts';
import { type Dice, diceOf } from '../synthetic/dice.ts';
import { syntheticGather } from '../synthetic/gather.ts';
import { LEAST_TRACES, type RawGather } from './corpus.ts';
import { randomWindow, windowSize } from './windows.ts';

export interface RawBatch {
  /** [window, trace, sample, channel] */
  readonly shape: readonly [windows: number, traces: number, samples: number, channels: number];
  readonly features: Float32Array;
}

/** All that decides the batches of a run; plain data, so that it reaches a thread. */
export interface RawPlan {
  readonly seed: number;
  readonly purpose: Purpose;
  readonly windows: number;
  readonly traces: number;
  /** Share of windows with one time axis for all traces; the others lie along the guide. */
  readonly straight: number;
  /** Share of windows cut from made shots; all of them where there are no gathers. */
  readonly synthetic: number;
  readonly gathers: readonly RawGather[];
}

export type Purpose = 'learning' | 'validation';
const WORD: Readonly<Record<Purpose, number>> = { learning: 5, validation: 6 };
/** Cut from one made shot: making it costs more than cutting them. */
const WINDOWS_PER_SHOT = 3;

export function make({ seed, purpose, windows, traces, straight, synthetic, gathers }: RawPlan, k: number): RawBatch {
  const dice = diceOf(seed, WORD[purpose], k);
  const size = windowSize(traces);
  const features = new Float32Array(windows * size);
  const share = gathers.length === 0 ? 1 : synthetic;
  const made = Math.floor(share * windows + dice.uniform()); // right on average where it is no whole number
  const bySite = Map.groupBy(gathers, ({ site }) => site);
  const sites = [...bySite.values()];
  let shot: TimedShot | undefined;
  for (let w = 0; w < windows; w++) {
    if (w < made && w % WINDOWS_PER_SHOT === 0) shot = madeShot(dice);
    const taken = w < made ? shot! : dice.pick(dice.pick(sites)).shot; // a site is drawn as often as any other
    randomWindow(
      taken,
      dice.chance(straight) ? 'straight' : 'guided',
      dice,
      features.subarray(w * size, (w + 1) * size),
    );
  }
  return { shape: [windows, traces, SAMPLES, CHANNELS.length], features };
}

function madeShot(dice: Dice): TimedShot {
  for (;;) {
    const { shot } = syntheticGather(dice.integer(0, 2 ** 31 - 1));
    if (preparedShot(shot).live.at.length >= LEAST_TRACES) return shot;
  }
}

/** For `supplyBatches`. */
export const RAW_BATCHES: BatchMaker<RawPlan, RawBatch> = { module: import.meta.url, make };
