/**
 * The two halves of a U-Net (Ronneberger, Fischer, Brox 2015) over windows of traces × samples, time folded into channels
 * before the first and out of them after the second (space-to-depth, Shi et al. 2016). Every network here is made of them
 * and names their weights alike, so that what one has learnt another can begin with.
 */
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { type Extent, type Layers, type Shape, sizeOf } from './layers.ts';

export interface UnetConfig {
  /** Samples of a window folded into one step of time. */
  readonly fold: number;
  /** Channels of each level, from full resolution down. */
  readonly widths: readonly number[];
  /** Between levels: traces × time taken together. One shorter than `widths`. */
  readonly pools: readonly Extent[];
  readonly topKernel: Extent;
  readonly kernel: Extent;
}

/** Traces of a window come in multiples of this. */
export const traceMultiple = ({ pools }: UnetConfig): number => sizeOf(pools.map(([traces]) => traces));

/** @throws Error when the sizes do not fit together */
export function checkUnet({ fold, widths, pools }: UnetConfig): void {
  if (pools.length !== widths.length - 1)
    throw new Error(`expected ${widths.length - 1} pools between ${widths.length} levels, found ${pools.length}`);
  const steps = sizeOf(pools.map(([, time]) => time)) * fold;
  if (SAMPLES % steps) throw new Error(`expected fold and pools to divide ${SAMPLES} samples, found ${steps}`);
}

/** A window as the first half takes it. */
export const windowShape = (windows: number, traces: number): Shape => [windows, traces, SAMPLES, CHANNELS.length];

/** Place and channels of the deepest level, for windows of so many traces: [trace, time, channel]. */
export function deepestOf({ fold, widths, pools }: UnetConfig, traces: number): readonly [number, number, number] {
  const together = (axis: 0 | 1) => sizeOf(pools.map((pool) => pool[axis]));
  return [traces / together(0), SAMPLES / fold / together(1), widths[widths.length - 1]];
}

function block<T>(layers: Layers<T>, name: string, x: T, level: number, config: UnetConfig): T {
  const width = config.widths[level];
  const size = level === 0 ? config.topKernel : config.kernel;
  return layers.convNormRelu(`${name}.second`, layers.convNormRelu(`${name}.first`, x, width, size), width, size);
}

/**
 * From a window down to its deepest level.
 * @param window [window, trace, sample, channel]
 * @returns what each level saw, the deepest last. [window, trace, 32, 20] … [window, trace / 4, 4, 64]
 */
export function encode<T>(layers: Layers<T>, window: T, config: UnetConfig): readonly T[] {
  let x = layers.foldTime(window, config.fold); // [window, trace, 32, 16]
  return config.widths.map((_, level) => {
    if (level > 0) x = layers.maxPool(x, config.pools[level - 1]);
    x = block(layers, `down${level}`, x, level, config);
    return x;
  });
}

/**
 * From the deepest level up to full resolution, still folded: [window, trace, 32, 20].
 * @param kept what the levels above saw on the way down; without it, what comes out stands on the deepest level alone
 */
export function decode<T>(layers: Layers<T>, deepest: T, config: UnetConfig, kept?: readonly T[]): T {
  let x = deepest;
  for (let level = config.widths.length - 2; level >= 0; level--) {
    x = layers.repeat(x, config.pools[level]);
    if (kept) x = layers.concat(x, kept[level]);
    x = block(layers, `up${level}`, x, level, config);
  }
  return x;
}
