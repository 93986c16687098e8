/**
 * The batches of a run: synthetic windows, and windows of real shots among them when there are any. Batch k depends on the
 * plan and on k alone.
 */
import { USUAL } from '../data/augment.ts';
import type { LabelledShot } from '../data/labelled.ts';
import type { BatchMaker } from '../prefetch.ts';
import { type Dice, diceOf } from '../synthetic/dice.ts';
import type { Batch } from './gradients.ts';
import { type BatchSize, type Purpose, syntheticBatch } from './synthetic-batches.ts';
import { emptyBatch, fillWindow } from './windows.ts';

/** All that decides the batches of a run; plain data, so that it reaches a thread. */
export interface BatchPlan {
  readonly seed: number;
  readonly purpose: Purpose;
  readonly size: BatchSize;
  readonly field?: FieldPlan;
}

export interface FieldPlan {
  /** Of the windows of a batch. */
  readonly share: number;
  /** Shots by site; each site is drawn as often as any other, however many shots it has. */
  readonly sites: readonly (readonly LabelledShot[])[];
}

/** Keeps the draws of real windows apart from those of synthetic ones. */
const FIELD_WORD: Readonly<Record<Purpose, number>> = { learning: 3, validation: 4 };

export function make({ seed, purpose, size, field }: BatchPlan, k: number): Batch {
  if (!field) return syntheticBatch(seed, purpose, k, size);
  const dice = diceOf(seed, FIELD_WORD[purpose], k);
  const real = Math.floor(field.share * size.windows + dice.uniform()); // right on average where it is no whole number
  const batch = emptyBatch(size.windows, size.traces);
  if (real < size.windows) copyInto(batch, syntheticBatch(seed, purpose, k, { ...size, windows: size.windows - real }));
  for (let at = size.windows - real; at < size.windows; at++) fillFromField(batch, at, field.sites, dice);
  return batch;
}

/** For `supplyBatches`. */
export const PICKER_BATCHES: BatchMaker<BatchPlan, Batch> = { module: import.meta.url, make };

/** The first windows of `batch` become those of `part`. */
export function copyInto(batch: Batch, part: Batch): void {
  batch.features.set(part.features);
  for (const name of Object.keys(part.targets) as (keyof Batch['targets'])[])
    batch.targets[name].set(part.targets[name]);
}

/** Draws before a set of shots is given up; one with a single label may lose it to an augmentation. */
const TRIES = 200;

function fillFromField(batch: Batch, at: number, sites: FieldPlan['sites'], dice: Dice): void {
  for (let i = 0; i < TRIES; i++) {
    const shot = dice.pick(dice.pick(sites));
    if (fillWindow(batch, at, USUAL(shot, dice), dice)) return;
  }
  throw new Error(`expected labelled traces to cut a window around, found none in ${TRIES} shots`);
}

/** Windows of real shots as they are, as many of each site; the same for every run. */
export function fieldWindows(
  sites: readonly (readonly LabelledShot[])[],
  { windows, traces }: BatchSize,
  perSite: number,
  seed: number,
): readonly Batch[] {
  const batches: Batch[] = [];
  const dice = diceOf(seed, FIELD_WORD.validation);
  let filled = windows;
  for (const shots of sites)
    for (let i = 0; i < perSite; i++) {
      if (filled === windows) {
        batches.push(emptyBatch(windows, traces));
        filled = 0;
      }
      if (fillWindow(batches.at(-1)!, filled, shots[i % shots.length], dice)) filled++;
    }
  return batches;
}
