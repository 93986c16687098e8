/**
 * How fast each tensor learns after a transfer: frozen by name, freed level by level from the answers down, slower the deeper
 * (gradual unfreezing and discriminative rates of ULMFiT, Howard and Ruder 2018). Only what moved is held back; all of it is
 * plain data and the step's number, so a run that is resumed does the same.
 */
import { sizeOf } from '../network/layers.ts';
import type { Parameters } from '../network/parameters.ts';
import { type AdamState, stepAdam } from '../train/adamw.ts';

export interface Pace {
  /** Beginnings of names that stay as they came. */
  readonly freeze: readonly string[];
  /** Steps until the next level learns; all at once without it. */
  readonly unfreezeEvery?: number;
  /** What the rate is multiplied with per level below the answers. @default 1 */
  readonly rateDecay?: number;
}

export interface HeldBack extends Pace {
  /** Names of the tensors that moved. */
  readonly moved: readonly string[];
}

/** Levels below the answers: 0 for the answers, then `up0` … down to the deepest, and up the other side to `down0`. */
export function depthOf(name: string, levels: number): number {
  const [, side, level] = /^(up|down)(\d+)\./.exec(name) ?? [];
  if (side === 'up') return 1 + Number(level);
  return side === 'down' ? 2 * levels - 1 - Number(level) : 0;
}

/** Number of levels of the network the names belong to. */
const levelsOf = ({ specs }: Parameters): number =>
  1 + Math.max(0, ...specs.map(({ name }) => Number(/^down(\d+)\./.exec(name)?.[1] ?? 0)));

/** The step from which a tensor learns. */
function freedAt(name: string, levels: number, { moved, freeze, unfreezeEvery = 0 }: HeldBack): number {
  if (!moved.includes(name)) return 0;
  if (freeze.some((prefix) => name.startsWith(prefix))) return Number.POSITIVE_INFINITY;
  return unfreezeEvery * depthOf(name, levels);
}

/** Tensors that keep their values in this step, statistics of normalisations among them. */
export function heldIn(step: number, parameters: Parameters, pace: HeldBack | undefined): ReadonlySet<string> {
  if (!pace) return new Set();
  const levels = levelsOf(parameters);
  return new Set(parameters.specs.map(({ name }) => name).filter((name) => freedAt(name, levels, pace) > step));
}

/** `stepAdam` with a rate and a beginning for each tensor: the optimiser of one that is freed late starts then. */
export function stepAtPace(
  parameters: Parameters,
  gradient: Float32Array,
  adam: AdamState,
  rate: number,
  pace: HeldBack | undefined,
): AdamState {
  if (!pace) return stepAdam(parameters.learnt, gradient, adam, rate);
  const levels = levelsOf(parameters);
  let at = 0;
  for (const { name, shape, learnt } of parameters.specs) {
    if (!learnt) continue;
    const part = <T extends Float32Array>(values: T) => values.subarray(at, at + sizeOf(shape));
    const freed = freedAt(name, levels, pace);
    if (adam.steps >= freed)
      stepAdam(
        part(parameters.learnt),
        part(gradient),
        { steps: adam.steps - freed, mean: part(adam.mean), square: part(adam.square) },
        rate * (pace.moved.includes(name) ? (pace.rateDecay ?? 1) ** depthOf(name, levels) : 1),
      );
    at += sizeOf(shape);
  }
  return { ...adam, steps: adam.steps + 1 };
}
