/**
 * Kernels as 8-bit integers, symmetric about zero, a scale for each output channel (Krishnamoorthi 2018, section 3.1). Where
 * it is known what a kernel looks at, the error of each rounded weight is made good by the weights that are not rounded yet
 * (Frantar, Ashkboos, Hoefler, Alistarh 2023, "GPTQ", equations 2 and 3), so that its output changes less.
 */
import type { OnnxConstant } from '../export/onnx.ts';
import { inverseFactor } from './cholesky.ts';

export interface Int8Kernel {
  /** As the kernel: [output, input, high, wide]. */
  readonly shape: readonly number[];
  readonly values: Int8Array;
  /** [output] */
  readonly scales: Float32Array;
}

const MOST = 127;
/** Shares of the largest weight that are tried as the end of the range; the one with the least squared error is taken. */
const TRIED = [1, 0.97, 0.94, 0.91, 0.88, 0.85, 0.82, 0.79];
/** Added to the diagonal of the moments, as a share of its mean: what was hardly seen is not relied on. */
const DAMPING = 0.01;

/** @param moments of what the kernel looks at, see `momentsOf`; without them each weight goes to the nearest integer */
export function int8Kernel({ shape, values }: OnnxConstant, moments?: Float64Array): Int8Kernel {
  const kernel = values as Float32Array;
  const outputs = shape[0];
  const size = kernel.length / outputs;
  const factor = moments && inverseFactor(moments, size, DAMPING);
  const quantised = new Int8Array(kernel.length);
  const scales = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const own = Float64Array.from(kernel.subarray(o * size, (o + 1) * size));
    const scale = scaleOf(own);
    scales[o] = scale;
    for (let i = 0; i < size; i++) {
      const q = whole(own[i], scale);
      quantised[o * size + i] = q;
      if (!factor) continue;
      const missed = (own[i] - q * scale) / factor[i * size + i];
      for (let j = i + 1; j < size; j++) own[j] -= missed * factor[i * size + j];
    }
  }
  return { shape, values: quantised, scales };
}

function scaleOf(weights: Float64Array): number {
  const top = weights.reduce((most, w) => Math.max(most, Math.abs(w)), 1e-12);
  const candidates = TRIED.map((share) => Math.fround((top * share) / MOST));
  const errors = candidates.map((scale) => weights.reduce((sum, w) => sum + (w - scale * whole(w, scale)) ** 2, 0));
  return candidates[errors.indexOf(Math.min(...errors))];
}

const whole = (w: number, scale: number) => Math.max(-MOST, Math.min(MOST, Math.round(w / scale)));

/** The kernel as the integers have it. */
export const floatKernel = ({ shape, values, scales }: Int8Kernel): Float32Array =>
  Float32Array.from(values, (q, i) => q * scales[Math.floor(i / (values.length / shape[0]))]);
