/** Hides part of a window: some traces as a whole, then blocks of neighbouring traces and samples until enough is gone. */
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import type { Dice } from '../synthetic/dice.ts';

/** At least this share of a window is hidden. */
export const HIDDEN = 0.4;
/** Of the traces, as a whole. */
const TRACES = 0.15;
/** Size of a block, in traces and samples. */
const BLOCK = { traces: [2, 8], samples: [12, 48] } as const;

/**
 * Hidden places are 0 in all channels, which a recording never is (silence is −1 in the last one), so it can be told what is asked for.
 * @param features of one window, changed. [trace, sample, channel]
 * @param weight set to 1 where something was hidden. [trace, sample]
 */
export function hide(features: Float32Array, dice: Dice, weight: Float32Array): void {
  const traces = weight.length / SAMPLES;
  let left = Math.ceil(HIDDEN * weight.length);
  const cover = (trace: number, from: number, to: number) => {
    for (let k = from; k < to; k++) {
      const at = trace * SAMPLES + k;
      if (weight[at] === 1) continue;
      weight[at] = 1;
      features.fill(0, at * CHANNELS.length, (at + 1) * CHANNELS.length);
      left--;
    }
  };
  for (let t = 0; t < traces; t++) if (dice.chance(TRACES)) cover(t, 0, SAMPLES);
  while (left > 0) {
    const [high, wide] = [dice.integer(...BLOCK.samples), dice.integer(...BLOCK.traces)];
    const [top, first] = [dice.integer(1 - high, SAMPLES - 1), dice.integer(1 - wide, traces - 1)];
    for (let t = Math.max(0, first); t < Math.min(traces, first + wide); t++)
      cover(t, Math.max(0, top), Math.min(SAMPLES, top + high));
  }
}
