/** One step of the picker: gradient of a batch, AdamW, statistics, and the mean of the weights that is used in the end. */
import type { Parameters } from '../network/parameters.ts';
import { type Batch, gradientsOf, type LossValues } from '../picker/gradients.ts';
import type { PickerConfig } from '../picker.ts';
import { type HeldBack, heldIn, stepAtPace } from '../transfer/pace.ts';
import { type AdamState, clipNorm, rateAt, type Schedule } from './adamw.ts';
import { follow } from './average.ts';

/** The gradient is shortened to this. */
const LONGEST_GRADIENT = 1;
/** How fast the remembered statistics follow those of the batches. */
const MOMENTUM = 0.05;

export interface Learner {
  /** Steps taken. */
  readonly step: number;
  /** Means over the last steps, see `average.ts`; changed in place, as are the others. */
  readonly parameters: Parameters;
  /** What the optimiser steps on. */
  readonly learning: Parameters;
  readonly adam: AdamState;
}

export interface Lesson {
  readonly picker: PickerConfig;
  readonly schedule: Schedule;
  /** After a transfer: what is held back. */
  readonly pace?: HeldBack | undefined;
}

export interface Learnt {
  readonly step: number;
  readonly adam: AdamState;
  readonly losses: LossValues;
  readonly rate: number;
  readonly gradientNorm: number;
}

/** @throws Error when the loss is no number any more: then nothing has changed */
export async function learn(
  batch: Batch,
  { step, parameters, learning, adam }: Learner,
  { picker, schedule, pace }: Lesson,
): Promise<Learnt> {
  const held = heldIn(step, learning, pace);
  const { losses, gradient, statistics } = await gradientsOf(batch, learning, picker, held);
  if (!Number.isFinite(losses.total))
    throw new Error(`the loss of step ${step + 1} is ${losses.total}; a lower --rate may help`);
  const gradientNorm = clipNorm(gradient, LONGEST_GRADIENT);
  const rate = rateAt(step, schedule);
  const stepped = stepAtPace(learning, gradient, adam, rate, pace);
  remember(learning, statistics);
  follow(parameters, learning, step + 1);
  return { step: step + 1, adam: stepped, losses, rate, gradientNorm };
}

function remember({ statistics }: Parameters, met: Float32Array): void {
  for (let i = 0; i < met.length; i++) statistics[i] += MOMENTUM * (met[i] - statistics[i]);
}
