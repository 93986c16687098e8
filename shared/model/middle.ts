/**
 * The middle value of a trace in time linear in its length, whatever its samples: they are counted by their leading bits, then those
 * that share them with the middle one by the bits that follow (radix selection), without a branch on any sample.
 */

/** Sign, exponent and the first bit behind it of a float32 … */
const LEADING = 22;
/** … then ten bits each. */
const FOLLOWING = [12, 2] as const;
const STEPS = 1024;
/** Steps of samples that are not finite, of either sign. */
const BEYOND = [510, 511, 1022, 1023] as const;
/** So few are sorted. */
const FEW = 32;

// Used within one call only; kept, since a trace is done with sooner than memory is had.
const counts = new Int32Array(STEPS);
const odd = new Int32Array(STEPS);
let words = new Int32Array(STEPS);

/** The (n/2)th of the finite values of `x`, the upper of two middle ones; 0 when there are none. Leaves `x` as it is. */
export function middleOf(x: Float32Array): number {
  const stored = new Int32Array(x.buffer, x.byteOffset, x.length);
  if (words.length <= x.length) words = new Int32Array(2 * x.length);
  let n = count(stored, x.length, LEADING);
  for (const step of BEYOND) n -= counts[step];
  if (n === 0) return 0;

  let rank = n >> 1;
  let k = STEPS - 3; // what is negative and finite falls as its bits rise
  while (k >= STEPS / 2 && rank >= counts[k]) rank -= counts[k--];
  const isNegative = k >= STEPS / 2;
  if (!isNegative) for (k = 0; rank >= counts[k]; k++) rank -= counts[k];
  n = keep(stored, x.length, LEADING, k);
  if (isNegative) rank = n - 1 - rank;
  for (const shift of FOLLOWING) {
    if (n <= FEW) break;
    count(words, n, shift);
    for (k = 0; rank >= counts[k]; k++) rank -= counts[k];
    n = keep(words, n, shift, k);
  }
  words.subarray(0, n).sort();
  return new Float32Array(words.buffer, 4 * rank, 1)[0];
}

const stepOf = (word: number, shift: number): number => (word >>> shift) & (STEPS - 1);

/** Neighbours are often alike: counted by turns in two tables, none waits for the one before. */
function count(from: Int32Array, n: number, shift: number): number {
  counts.fill(0);
  odd.fill(0);
  for (let i = 0; i + 1 < n; i += 2) {
    counts[stepOf(from[i], shift)]++;
    odd[stepOf(from[i + 1], shift)]++;
  }
  if (n & 1) counts[stepOf(from[n - 1], shift)]++;
  for (let k = 0; k < STEPS; k++) counts[k] += odd[k];
  return n;
}

/** Copies those of a step into `words`, which may be where they come from. */
function keep(from: Int32Array, n: number, shift: number, step: number): number {
  const into = words;
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const word = from[i];
    into[kept] = word;
    kept += ((stepOf(word, shift) ^ step) - 1) >>> 31; // 1 where they are the same
  }
  return kept;
}
