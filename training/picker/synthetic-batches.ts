/** Batches of synthetic windows: batch k of a seed is the same on every machine, whatever was asked for before. */
import { diceOf } from '../synthetic/dice.ts';
import { syntheticGather } from '../synthetic/gather.ts';
import type { Recipe } from '../synthetic/recipe.ts';
import type { Batch } from './gradients.ts';
import { emptyBatch, fillWindow } from './windows.ts';

export interface BatchSize {
  readonly windows: number;
  readonly traces: number;
  /** Cut from one shot: making it costs more than cutting it. */
  readonly windowsPerShot: number;
}

/** Shots of one purpose are never those of the other. */
export type Purpose = 'learning' | 'validation';
const WORD: Readonly<Record<Purpose, number>> = { learning: 1, validation: 2 };

export function syntheticBatch(
  seed: number,
  purpose: Purpose,
  k: number,
  { windows, traces, windowsPerShot }: BatchSize,
  recipe: Partial<Recipe> = {},
): Batch {
  const batch = emptyBatch(windows, traces);
  const dice = diceOf(seed, WORD[purpose], k);
  let filled = 0;
  while (filled < windows) {
    const gather = syntheticGather(dice.integer(0, 2 ** 31 - 1), recipe);
    const { seed: file, period } = gather.about;
    const labelled = { site: 'synthetic', file: `${file}`, period, ...gather };
    for (let i = 0; i < windowsPerShot && filled < windows; i++) {
      if (!fillWindow(batch, filled, labelled, dice)) break;
      filled++;
    }
  }
  return batch;
}
