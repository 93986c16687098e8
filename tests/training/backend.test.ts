/** Backends agree: the gradients composed for WebAssembly are those of plain JavaScript, and threads do not hold a process. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Tensor4D, tf } from '../../training/backend/tf.ts';
import { startBackend } from '../../training/backend.ts';
import { startParameters } from '../../training/network/parameters.ts';
import { type BatchGradients, gradientsOf } from '../../training/picker/gradients.ts';
import { emptyBatch } from '../../training/picker/windows.ts';
import { type PickerConfig, pickerLayout } from '../../training/picker.ts';
import { diceOf } from '../../training/synthetic/dice.ts';

const isInstalled = (name: string) => {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
};

const BOTH = ['cpu', 'wasm'] as const;
type Name = (typeof BOTH)[number];

beforeAll(async () => {
  for (const name of BOTH) await startBackend(name);
});
afterAll(() => tf.disposeVariables());

const on = async <T>(name: Name, run: () => T): Promise<Awaited<T>> => {
  await tf.setBackend(name);
  return await run();
};

const largest = (a: ArrayLike<number>) => Array.from(a).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
const apart = (a: ArrayLike<number>, b: ArrayLike<number>) => largest(Array.from(a, (v, i) => v - b[i]));

describe('gradients of a convolution', () => {
  const CASES = [
    { kernel: [3, 5], pad: 'same' },
    { kernel: [3, 3], pad: 'same' },
    { kernel: [1, 1], pad: 'same' },
    { kernel: [3, 1], pad: 'same' },
    { kernel: [2, 4], pad: 'same' },
    { kernel: [3, 5], pad: 'valid' },
  ] as const;

  it.each(CASES)('$kernel, $pad: wasm as plain JavaScript', async ({ kernel, pad }) => {
    const dice = diceOf(11, ...kernel);
    const normal = (size: number) => Float32Array.from({ length: size }, () => dice.normal());
    const [x, filter] = [normal(3 * 6 * 11 * 5), normal(kernel[0] * kernel[1] * 5 * 7)];
    const weight = normal(3 * 6 * 11 * 7);
    const slopes = () => {
      const [dx, df] = tf.grads((image, weights) => {
        const y = tf.conv2d(image as Tensor4D, weights as Tensor4D, 1, pad);
        return y.mul(tf.tensor4d(weight.subarray(0, y.size), y.shape)).sum();
      })([tf.tensor4d(x, [3, 6, 11, 5]), tf.tensor4d(filter, [...kernel, 5, 7])]);
      return [dx.dataSync(), df.dataSync()];
    };
    const [plain, wasm] = [await on('cpu', slopes), await on('wasm', slopes)];
    expect(largest(plain[0])).toBeGreaterThan(1);
    expect(apart(plain[0], wasm[0])).toBeLessThan(1e-4);
    expect(apart(plain[1], wasm[1])).toBeLessThan(1e-4);
  });

  it('strides are refused rather than computed wrongly', async () => {
    await expect(
      on('wasm', () =>
        tf
          .grad((weights) => tf.conv2d(tf.ones([1, 4, 4, 1]) as Tensor4D, weights as Tensor4D, 2, 'same').sum())(
            tf.ones([3, 3, 1, 1]),
          )
          .dataSync(),
      ),
    ).rejects.toThrow(/expected strides of 1, found 2/);
  });
});

it('the picker: losses, gradients and statistics are the same on both', async () => {
  const config: PickerConfig = {
    fold: 4,
    widths: [4, 6, 8, 8],
    pools: [
      [2, 2],
      [2, 2],
      [1, 2],
    ],
    topKernel: [3, 5],
    kernel: [3, 3],
  };
  const dice = diceOf(5);
  const batch = emptyBatch(2, 8);
  for (let i = 0; i < batch.features.length; i++) batch.features[i] = dice.normal(0.5);
  const { position, seen, known } = batch.targets;
  for (let i = 0; i < position.length; i++) {
    position[i] = dice.uniform(0, 255);
    seen[i] = dice.chance(0.7) ? 1 : 0;
    known[i] = dice.chance(0.9) ? 1 : 0;
  }
  const parameters = startParameters(pickerLayout(config).parameters, 3);
  const result = {} as Record<Name, BatchGradients>;
  for (const name of BOTH) result[name] = await on(name, () => gradientsOf(batch, parameters, config));
  const { cpu, wasm } = result;
  for (const part of ['total', 'onset', 'none'] as const)
    expect(Math.abs(cpu.losses[part] - wasm.losses[part])).toBeLessThan(1e-5 * cpu.losses.total);
  expect(apart(cpu.gradient, wasm.gradient)).toBeLessThan(1e-3 * largest(cpu.gradient));
  expect(apart(cpu.statistics, wasm.statistics)).toBeLessThan(1e-4);
  expect(tf.memory().numTensors).toBeLessThan(100);
});

describe('choosing', () => {
  it.skipIf(isInstalled('@tensorflow/tfjs-node-gpu'))(
    'a backend that is not installed says how to get it (skipped where tfjs-node-gpu is installed)',
    async () => {
      await expect(startBackend('gpu')).rejects.toThrow(/backend gpu: .*npm run setup:gpu/);
    },
  );

  it('two threads of the wasm backend compute, and let the process end', () => {
    const script = `
      const { startBackend } = await import('./training/backend.ts');
      const { tf } = await import('./training/backend/tf.ts');
      const { getThreadsCount } = (await import('@tensorflow/tfjs-backend-wasm')).default;
      await startBackend('wasm', 2);
      const sum = tf.matMul(tf.ones([300, 300]), tf.ones([300, 300])).sum().dataSync()[0];
      console.log(getThreadsCount(), sum);`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect(said.trim()).toBe('2 27000000');
  });
});
