/** The numbers of a network in two flat arrays, learnt ones and statistics, with a view on each by name. */
import { diceOf } from '../synthetic/dice.ts';
import { type ParameterSpec, sizeOf } from './layers.ts';

export interface Parameters {
  readonly specs: readonly ParameterSpec[];
  /** All learnt values, in the order of the specs: what the optimiser steps on. */
  readonly learnt: Float32Array;
  readonly statistics: Float32Array;
  /** Views into the two. */
  readonly byName: ReadonlyMap<string, Float32Array>;
}

export function emptyParameters(specs: readonly ParameterSpec[]): Parameters {
  const total = (learnt: boolean) =>
    specs.reduce((sum, spec) => sum + (spec.learnt === learnt ? sizeOf(spec.shape) : 0), 0);
  const learnt = new Float32Array(total(true));
  const statistics = new Float32Array(total(false));
  const byName = new Map<string, Float32Array>();
  const used = { learnt: 0, statistics: 0 };
  for (const spec of specs) {
    const [store, key] = spec.learnt ? ([learnt, 'learnt'] as const) : ([statistics, 'statistics'] as const);
    const at = used[key];
    used[key] += sizeOf(spec.shape);
    byName.set(spec.name, store.subarray(at, used[key]));
  }
  return { specs, learnt, statistics, byName };
}

/** The same seed gives the same start on every machine. */
export function startParameters(specs: readonly ParameterSpec[], seed: number): Parameters {
  const parameters = emptyParameters(specs);
  const dice = diceOf(seed);
  for (const { name, start } of specs) {
    const values = parameters.byName.get(name)!;
    if ('value' in start) values.fill(start.value);
    else {
      const spread = Math.sqrt(2 / start.normalOver);
      for (let i = 0; i < values.length; i++) values[i] = dice.normal(spread);
    }
  }
  return parameters;
}

/** Both of one layout. */
export function copyParameters(from: Parameters, to: Parameters): void {
  to.learnt.set(from.learnt);
  to.statistics.set(from.statistics);
}
