/**
 * AdamW (Loshchilov and Hutter 2019) on one flat array, in plain numbers: the same on every backend, and its whole state is
 * two arrays and a count.
 */

export interface AdamState {
  /** Steps taken. */
  readonly steps: number;
  /** Running means of the gradient and of its square; changed in place. */
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Share of a weight that is lost per step and unit of rate. */
  readonly decay: number;
}

export const ADAM: AdamSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 1e-4 };

export const startAdam = (size: number, steps = 0): AdamState => ({
  steps,
  mean: new Float32Array(size),
  square: new Float32Array(size),
});

/** Changes `weights` and the arrays of `state`; returns the state after the step. */
export function stepAdam(
  weights: Float32Array,
  gradient: Float32Array,
  { steps, mean, square }: AdamState,
  rate: number,
  { beta1, beta2, epsilon, decay }: AdamSettings = ADAM,
): AdamState {
  const taken = steps + 1;
  const meanScale = 1 / (1 - beta1 ** taken);
  const squareScale = 1 / (1 - beta2 ** taken);
  for (let i = 0; i < weights.length; i++) {
    const slope = gradient[i];
    mean[i] += (1 - beta1) * (slope - mean[i]);
    square[i] += (1 - beta2) * (slope * slope - square[i]);
    weights[i] -= rate * ((mean[i] * meanScale) / (Math.sqrt(square[i] * squareScale) + epsilon) + decay * weights[i]);
  }
  return { steps: taken, mean, square };
}

/** Shortens the gradient to `most` where it is longer, in place; returns the length it had. */
export function clipNorm(gradient: Float32Array, most: number): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += gradient[i] * gradient[i];
  const norm = Math.sqrt(sum);
  if (norm > most) for (let i = 0; i < gradient.length; i++) gradient[i] *= most / norm;
  return norm;
}

/** Learning rate: a linear warm-up, then half a cosine down to `floor` of the top. @param step from 0 */
export function rateAt(step: number, { rate, warmUp, steps, floor = 0.01 }: Schedule): number {
  const cosine = 0.5 * (1 + Math.cos((Math.PI * step) / steps));
  return rate * Math.min(1, (step + 1) / warmUp) * (floor + (1 - floor) * cosine);
}

export interface Schedule {
  readonly rate: number;
  readonly warmUp: number;
  readonly steps: number;
  readonly floor?: number;
}
