/** Spectral normalisation: what a kernel is divided by is its largest singular value, and u follows it while kernels change. */
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../training/backend/tf.ts';
import { startBackend } from '../../training/backend.ts';
import {
  copyParameters,
  emptyParameters,
  type Parameters,
  startParameters,
} from '../../training/network/parameters.ts';
import { pickerLayout } from '../../training/picker.ts';
import { discriminatorSpecs } from '../../training/pretrain/gan/networks.ts';
import { GAN } from '../../training/pretrain/gan/settings.ts';
import { iterate, normalised, normalisedArrays, sigmas } from '../../training/pretrain/gan/spectral.ts';
import { diceOf } from '../../training/synthetic/dice.ts';

beforeAll(() => startBackend('wasm'));

const size = { ...GAN, unet: { ...GAN.unet, widths: [6, 8, 10, 12] } };
const specs = discriminatorSpecs(size);

/** The largest singular value by many iterations on Wᵀ W, from all-ones: nothing of the code under test. */
function largestSingularValue(kernel: Float32Array, columns: number): number {
  const rows = kernel.length / columns;
  let v = new Float64Array(columns).fill(1);
  let sigma = 0;
  for (let i = 0; i < 500; i++) {
    const image = Float64Array.from({ length: rows }, (_, r) => {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += kernel[r * columns + c] * v[c];
      return sum;
    });
    const back = Float64Array.from({ length: columns }, (_, c) => {
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += kernel[r * columns + c] * image[r];
      return sum;
    });
    const length = Math.hypot(...back);
    sigma = Math.sqrt(length / Math.hypot(...v));
    v = back.map((value) => value / length);
  }
  return sigma;
}

const kernels = specs.filter(({ name }) => name.endsWith('.kernel'));
const columnsOf = (shape: readonly number[]) => shape[shape.length - 1];
const normalisedSigmas = (parameters: Parameters) => {
  const arrays = normalisedArrays(parameters);
  return kernels.map(({ name, shape }) => largestSingularValue(arrays.get(name)!, columnsOf(shape)));
};

describe('spectral normalisation', () => {
  it('is of every layer of the discriminator', () => {
    const vectors = specs.filter(({ name }) => name.endsWith('.u'));
    expect(kernels.length).toBe(10);
    expect(vectors.map(({ name }) => name.slice(0, -2))).toEqual(kernels.map(({ name }) => name.slice(0, -7)));
    expect(vectors.every(({ learnt }) => !learnt)).toBe(true);
  });

  it('makes the largest singular value 1', () => {
    const parameters = startParameters(specs, 3);
    expect(sigmas(parameters).size).toBe(kernels.length);
    iterate(parameters, 200);
    for (const sigma of normalisedSigmas(parameters)) expect(sigma).toBeCloseTo(1, 3);
  });

  it('stays near 1 with one iteration a step, while the kernels move', () => {
    const parameters = startParameters(specs, 4);
    iterate(parameters, 30);
    const dice = diceOf(5);
    const drift = emptyParameters(specs);
    copyParameters(parameters, drift);
    for (let i = 0; i < drift.learnt.length; i++) drift.learnt[i] = dice.normal(4e-4);
    for (let step = 0; step < 100; step++) {
      for (let i = 0; i < parameters.learnt.length; i++) parameters.learnt[i] += drift.learnt[i] + dice.normal(4e-4);
      iterate(parameters);
    }
    for (const sigma of normalisedSigmas(parameters)) {
      expect(sigma).toBeGreaterThan(0.999); // ‖W u‖ is never above σ
      expect(sigma).toBeLessThan(1.03);
    }
  });

  it('is part of the gradient', async () => {
    const kernel = [0.5, -0.3, 0.2, 0.9, -0.7, 0.4];
    const u = Float32Array.of(0.6, 0.8);
    const loss = (k: readonly number[]) => {
      // the sum of squares of the first column of K / ‖K u‖
      const image = [0, 2, 4].map((r) => k[r] * u[0] + k[r + 1] * u[1]);
      const power = image.reduce((sum, value) => sum + value * value, 0);
      return (k[0] ** 2 + k[2] ** 2 + k[4] ** 2) / power;
    };
    const gradient = tf.grad((k) => normalised(k, u).slice([0, 0], [3, 1]).square().sum())(tf.tensor2d(kernel, [3, 2]));
    const slopes = await gradient.data();
    kernel.forEach((_, i) => {
      const moved = (by: number) => loss(kernel.map((k, j) => (i === j ? k + by : k)));
      expect(slopes[i]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 3);
    });
  });

  it('leaves kernels of the names and shapes of the way down of the picker', () => {
    const { parameters } = pickerLayout(size.unet);
    const way = parameters.filter(({ name }) => /^down.*kernel$/.test(name));
    expect(way).toHaveLength(8);
    for (const { name, shape } of way) expect(specs.find((spec) => spec.name === name)?.shape).toEqual(shape);
  });
});
