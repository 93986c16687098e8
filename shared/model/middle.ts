/** The middle value of a trace by selection (Hoare 1961): linear in its length, where sorting is not. */

/** The (n/2)th of the finite values of `x`, the upper of two middle ones; 0 when there are none. Leaves `x` as it is. */
export function middleOf(x: Float32Array): number {
  const values = new Float32Array(x.length);
  let count = 0;
  for (let i = 0; i < x.length; i++) {
    const v = x[i];
    if (v - v === 0) values[count++] = v;
  }
  if (count === 0) return 0;
  const middle = count >> 1;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const held = values[i];
        values[i++] = values[j];
        values[j--] = held;
      }
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else break; // between the halves all equal the pivot
  }
  return values[middle];
}
