/** Causal second-order filters (R. Bristow-Johnson, Audio EQ Cookbook): minimum phase, so nothing moves ahead of its cause. */

export interface Filter {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

export type FilterKind = 'low' | 'high' | 'band';

/** @param corner in cycles a sample; brought between 0 and 0.45 */
export function filter(kind: FilterKind, corner: number, q = Math.SQRT1_2): Filter {
  const w = 2 * Math.PI * Math.min(0.45, Math.max(1e-6, corner));
  const [cos, alpha] = [Math.cos(w), Math.sin(w) / (2 * q)];
  const a0 = 1 + alpha;
  const b = {
    low: [(1 - cos) / 2, 1 - cos, (1 - cos) / 2],
    high: [(1 + cos) / 2, -(1 + cos), (1 + cos) / 2],
    band: [alpha, 0, -alpha],
  }[kind];
  return { b0: b[0] / a0, b1: b[1] / a0, b2: b[2] / a0, a1: (-2 * cos) / a0, a2: (1 - alpha) / a0 };
}

/** In place, from rest. */
export function applyFilter(x: Float32Array | Float64Array, { b0, b1, b2, a1, a2 }: Filter): void {
  let s1 = 0;
  let s2 = 0;
  for (let k = 0; k < x.length; k++) {
    const v = x[k];
    const y = b0 * v + s1;
    s1 = b1 * v - a1 * y + s2;
    s2 = b2 * v - a2 * y;
    x[k] = y;
  }
}
