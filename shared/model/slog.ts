/**
 * sign(v) ln(1 + |v|/e) / ln(1 + 1/e): linear below e, logarithmic above, ±1 at ±1. The logarithm is that of the nearest entry of a
 * table and a polynomial from there: as exact as float32 can hold, in a third of the time of `Math.log`.
 */

/** Below these |v| it is linear. */
const WIDE = 0.03;
const NARROW = 0.001;
const PER_WIDE = 1 / Math.log(1 + 1 / WIDE);
const PER_NARROW = 1 / Math.log(1 + 1 / NARROW);

/** @param v within ±1 */
export const slogWide = (v: number): number => companded(v, 1 / WIDE, PER_WIDE);
export const slogNarrow = (v: number): number => companded(v, 1 / NARROW, PER_NARROW);

function companded(v: number, gain: number, scale: number): number {
  const size = scale * log(1 + Math.abs(v) * gain);
  return v < 0 ? -size : size;
}

/** Entries an octave, two to this, from 1 to 1024. */
const ENTRIES = 7;
const OCTAVES = 10;
/** By turns the reciprocal of an entry and its logarithm. */
const table = new Float64Array(2 * ((OCTAVES << ENTRIES) + 1));
for (let i = 0; i <= OCTAVES << ENTRIES; i++) {
  const octave = i >> ENTRIES;
  const entry = 2 ** octave * (1 + (i - (octave << ENTRIES)) / (1 << ENTRIES));
  table[2 * i] = 1 / entry;
  table[2 * i + 1] = Math.log(entry);
}

/** Bits of a float32 behind those that say the entry, and the entry of 1 when counted by its bits. */
const BEHIND = 23 - ENTRIES;
const ONE = 127 << ENTRIES;
const value = new Float32Array(1);
const bits = new Int32Array(value.buffer);

/** Of 1 to 1024. */
function log(a: number): number {
  value[0] = a;
  const at = 2 * (((bits[0] + (1 << (BEHIND - 1))) >> BEHIND) - ONE);
  const r = a * table[at] - 1; // within 1/256
  const q = r * r;
  return table[at + 1] + (r + q * (-1 / 2 + r * (1 / 3) + q * (-1 / 4 + r * (1 / 5))));
}
