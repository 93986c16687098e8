/** The triangular factor of an inverse, by which errors are passed on from one unknown to those after it. */

/**
 * Upper U with Uᵀ U = (H + added)⁻¹. H is symmetric and given by its upper half. [row, column]
 * @param damping added to the diagonal, as a share of its mean
 */
export function inverseFactor(sums: Float64Array, size: number, damping: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += sums[i * size + i];
  const added = Math.max((damping * trace) / size, 1e-12);
  // H + added = R Rᵀ with R upper, from the last row up (Cholesky); then U = R⁻¹ is upper, too.
  const upper = new Float64Array(size * size);
  for (let j = size - 1; j >= 0; j--) {
    let diagonal = sums[j * size + j] + added;
    for (let k = j + 1; k < size; k++) diagonal -= upper[j * size + k] ** 2;
    const root = Math.sqrt(Math.max(diagonal, added * 1e-6));
    upper[j * size + j] = root;
    for (let i = 0; i < j; i++) {
      let sum = sums[i * size + j];
      const [a, b] = [i * size, j * size];
      for (let k = j + 1; k < size; k++) sum -= upper[a + k] * upper[b + k];
      upper[a + j] = sum / root;
    }
  }
  return invertedUpper(upper, size);
}

/** Column by column: U X = 1. */
function invertedUpper(upper: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let i = size - 1; i >= 0; i--) {
    const row = i * size;
    const own = 1 / upper[row + i];
    inverse[row + i] = own;
    for (let k = i + 1; k < size; k++) {
      const factor = -own * upper[row + k];
      const other = k * size;
      for (let j = k; j < size; j++) inverse[row + j] += factor * inverse[other + j];
    }
  }
  return inverse;
}
