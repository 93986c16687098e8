/** The k-th smallest of a list without sorting the rest: FIND (Hoare 1961), by insertion where the list is short. */

/** Reorders the first `length` values so that those before place `k` are no larger and those behind it no smaller; gives the one at `k`. */
export function select(values: Float64Array, k: number, length: number = values.length): number {
  for (let i = 0; i < length; i++) if (Number.isNaN(values[i])) return values.subarray(0, length).sort()[k];
  let low = 0;
  let high = length - 1;
  while (high - low > SHORT) {
    const pivot = middleOf(values[low], values[(low + high) >> 1], values[high]);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const value = values[i];
      values[i++] = values[j];
      values[j--] = value;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return values[k];
  }
  for (let i = low + 1; i <= high; i++) {
    const value = values[i];
    let at = i;
    for (; at > low && values[at - 1] > value; at--) values[at] = values[at - 1];
    values[at] = value;
  }
  return values[k];
}

/** Up to so many, sorting by insertion is the faster way. */
const SHORT = 16;

const middleOf = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

/** The middle value; of an even number, the mean of the middle two. Reorders the first `length` values. */
export function middleValue(values: Float64Array, length: number = values.length): number {
  const half = length >> 1;
  const upper = select(values, half, length);
  if (length & 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < half; i++) if (values[i] > lower) lower = values[i];
  return (lower + upper) / 2;
}
