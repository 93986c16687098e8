/**
 * Random numbers that repeat: everything random in synthetic shots and augmentations takes one of these, made from a seed. A shot
 * takes a million of them, and a training a hundred thousand shots: more than a generator of 32 bits of state has to give.
 */

export interface Dice {
  /** Whole numbers 0 … 2³² − 1. */
  bits(): number;
  uniform(from?: number, to?: number): number;
  /** Whole numbers, both ends included. */
  integer(from: number, to: number): number;
  /** As often between 1 and 10 as between 10 and 100. */
  logUniform(from: number, to: number): number;
  normal(deviation?: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** A word of a table, as often as its share says; shares need not add up to one. */
  share<K extends string>(shares: Readonly<Partial<Record<K, number>>>): K;
}

/** Sequences of different seeds have nothing in common; a list of numbers is one seed. */
export function diceOf(...seed: readonly number[]): Dice {
  const bits = sfc32(seed);
  const unit = () => bits() / 2 ** 32;
  const uniform = (from = 0, to = 1) => from + (to - from) * unit();
  return {
    bits,
    uniform,
    integer: (from, to) => from + Math.floor(unit() * (to - from + 1)),
    logUniform: (from, to) => from * (to / from) ** unit(),
    // Box–Muller
    normal: (deviation = 1) => deviation * Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    chance: (probability) => unit() < probability,
    pick: (choices) => choices[Math.floor(unit() * choices.length)],
    share: (shares) => {
      const entries = Object.entries(shares) as [keyof typeof shares, number][];
      let left = unit() * entries.reduce((sum, [, share]) => sum + share, 0);
      const found = entries.find(([, share]) => (left -= share) < 0) ?? entries.findLast(([, share]) => share > 0);
      if (!found) throw new RangeError('expected at least one share above 0, found none');
      return found[0];
    },
  };
}

/** sfc32 (C. Doty-Humphrey, PractRand): 128 bits of state, quick, passes the usual tests. */
function sfc32(seed: readonly number[]): () => number {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (const word of seed) {
    a ^= word | 0;
    b ^= Math.floor(word / 2 ** 32) | 0;
    for (let i = 0; i < 12; i++) next();
  }
  return next;
}

/** Standard normal to about 3.4 deviations: four bytes of one draw added up, five times as quick as an exact one. */
export function fillNormal(dice: Dice, into: Float32Array): void {
  for (let k = 0; k < into.length; k++) {
    const word = dice.bits();
    const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
    into[k] = (sum - 510) / 147.8;
  }
}

/** A smooth random line through `length` places: deviation 1, neighbours alike over about `reach` places. */
export function smoothLine(dice: Dice, length: number, reach: number): Float64Array {
  const knots = Math.max(2, Math.ceil(length / Math.max(1, reach)) + 3);
  const heights = Float64Array.from({ length: knots + 1 }, () => dice.normal());
  const shift = dice.uniform();
  return Float64Array.from({ length }, (_, i) => {
    const at = (i / Math.max(1, length - 1)) * (knots - 2) + shift;
    const knot = Math.floor(at);
    const w = (1 - Math.cos(Math.PI * (at - knot))) / 2;
    return 1.15 * ((1 - w) * heights[knot] + w * heights[knot + 1]);
  });
}
