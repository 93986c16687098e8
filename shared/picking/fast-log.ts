/** Natural logarithm of many positive float32 at once, to about 1e-3: from the exponent bits and a cubic in the mantissa. */

/** @param bits of `x`, which must be positive and normal; of `into`, `from … to` are written */
export function logOf(bits: Int32Array, from: number, to: number, into: Float64Array): void {
  for (let i = from; i < to; i++) {
    const u = bits[i];
    const m = (u & 0x7fffff) * 1.1920928955078125e-7;
    into[i] = ((u >> 23) - 127 + m * (1.4249 + m * (-0.5877 + m * 0.1628))) * Math.LN2;
  }
}
