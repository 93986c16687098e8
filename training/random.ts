/** Chance that can be repeated: the seed is a parameter of everything random. */

/** Uniform in 0–1. */
export type Random = () => number;

/** The same sequence for the same numbers (mulberry32, T. Ettinger, public domain); several are mixed into one seed. */
export function randomOf(...seeds: readonly number[]): Random {
  let state = seeds.reduce((mixed, seed) => scramble(mixed ^ Math.imul(seed | 0, 0x9e3779b1)), 0x243f6a88);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return (scramble(state) >>> 0) / 2 ** 32;
  };
}

function scramble(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return mixed ^ (mixed >>> 14);
}

/** Standard normal (Box–Muller). */
export const gaussian = (random: Random) => () =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export const uniform = (random: Random, low: number, high: number): number => low + (high - low) * random();

/** Uniform in the logarithm. */
export const logUniform = (random: Random, low: number, high: number): number => low * (high / low) ** random();

/** A whole number from `low` to `high`, both possible. */
export const wholeNumber = (random: Random, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));
