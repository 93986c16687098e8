/**
 * What the autoencoder is given and what it is asked for. Plain: the window itself. Masked: traces and blocks are hidden and
 * asked for (He et al. 2022, for seismic traces Harsuko and Alkhalifah 2022). Denoise: noise is added and the window without
 * it asked for (Vincent et al. 2008). Batch k depends on the plan and on k alone.
 */
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import type { BatchMaker } from '../prefetch.ts';
import { type Dice, diceOf } from '../synthetic/dice.ts';
import { make as makeRaw, type RawBatch, type RawPlan } from './batches.ts';
import { COMPANDED } from './companding.ts';
import { hide } from './hiding.ts';
import { addNoise } from './noise.ts';
import { windowSize } from './windows.ts';

export const VARIANTS = ['plain', 'masked', 'denoise'] as const;
export type Variant = (typeof VARIANTS)[number];

export interface AutoencoderPlan extends RawPlan {
  readonly variant: Variant;
}

export interface AutoencoderBatch extends RawBatch {
  /** Companded amplitudes that are asked for. [window, trace, sample] */
  readonly wanted: Float32Array;
  /** What an error counts there; undefined: one everywhere. [window, trace, sample] */
  readonly weight?: Float32Array | undefined;
}

/** What was shown counts so much against what was hidden: enough for windows that hang together. */
export const SHOWN = 0.1;
const WORD: Readonly<Record<RawPlan['purpose'], number>> = { learning: 7, validation: 8 };

export function make({ variant, ...plan }: AutoencoderPlan, k: number): AutoencoderBatch {
  return ask(makeRaw(plan, k), variant, diceOf(plan.seed, WORD[plan.purpose], k));
}

/** For `supplyBatches`. */
export const AUTOENCODER_BATCHES: BatchMaker<AutoencoderPlan, AutoencoderBatch> = { module: import.meta.url, make };

/** @param batch its features are changed in place where something is hidden or added */
export function ask(batch: RawBatch, variant: Variant, dice: Dice): AutoencoderBatch {
  const { shape, features } = batch;
  if (variant === 'plain') return { ...batch, wanted: compandedOf(features) };
  const [windows, traces] = shape;
  const size = windowSize(traces);
  const part = (w: number) => features.subarray(w * size, (w + 1) * size);
  if (variant === 'denoise') {
    const wanted = new Float32Array(windows * traces * SAMPLES);
    for (let w = 0; w < windows; w++)
      addNoise(part(w), dice, wanted.subarray(w * traces * SAMPLES, (w + 1) * traces * SAMPLES));
    return { ...batch, wanted };
  }
  const wanted = compandedOf(features);
  const weight = new Float32Array(wanted.length).fill(SHOWN);
  for (let w = 0; w < windows; w++)
    hide(part(w), dice, weight.subarray(w * traces * SAMPLES, (w + 1) * traces * SAMPLES));
  return { ...batch, wanted, weight };
}

/** Of the channels the one that is rebuilt. [trace, sample] of any number of windows */
export function compandedOf(features: Float32Array): Float32Array {
  const values = new Float32Array(features.length / CHANNELS.length);
  for (let i = 0; i < values.length; i++) values[i] = features[i * CHANNELS.length + COMPANDED];
  return values;
}
