/** The training loop in miniature: it learns, it survives a kill along the same curve, it keeps its files. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRecordError } from '#shared/errors.ts';
import { startBackend } from '../../training/backend.ts';
import { type Parameters, startParameters } from '../../training/network/parameters.ts';
import { gradientsOf } from '../../training/picker/gradients.ts';
import { syntheticBatch } from '../../training/picker/synthetic-batches.ts';
import { pickerLayout } from '../../training/picker.ts';
import { diceOf } from '../../training/synthetic/dice.ts';
import { ADAM, clipNorm, rateAt, startAdam, stepAdam } from '../../training/train/adamw.ts';
import { follow } from '../../training/train/average.ts';
import { BEST, bestCheckpoint, LAST, type RunSettings, readCheckpoint } from '../../training/train/checkpoint.ts';
import { readSafetensors, writeSafetensors } from '../../training/train/safetensors.ts';
import { hitRate } from '../../training/train/validate.ts';
import { SETTINGS, type StepMetrics, train, type ValidationMetrics } from '../../training/train.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-train-'));
beforeAll(() => startBackend('wasm'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const small = (steps: number): RunSettings => ({
  seed: 5,
  picker: { ...SETTINGS.picker, widths: [8, 8, 8, 8] },
  batch: { windows: 4, traces: 12, windowsPerShot: 2 },
  schedule: { rate: 1e-2, warmUp: 5, steps },
});

const linesOf = <T = StepMetrics>(run: string, log = 'metrics.jsonl'): T[] =>
  readFileSync(join(run, log), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const curveOf = (run: string) => linesOf(run).map(({ step, loss, gradientNorm }) => ({ step, loss, gradientNorm }));

describe('a run', () => {
  const whole = join(scratch, 'whole');

  it('lowers the loss of shots it has not seen yet, and says how it went', async () => {
    const end = await train(whole, { settings: small(24), validateEvery: 12, validationBatches: 2 });
    expect(end.step).toBe(24);
    const losses = linesOf(whole).map(({ loss }) => loss);
    expect(losses).toHaveLength(24);
    // Shots differ more than a few steps help: each batch is held against what it costs with the weights of the start.
    const { seed, picker, batch } = small(24);
    const start = startParameters(pickerLayout(picker).parameters, seed);
    let gained = 0;
    for (let k = 16; k < 24; k++)
      gained += (await gradientsOf(syntheticBatch(seed, 'learning', k, batch), start, picker)).losses.total - losses[k];
    expect(gained / 8).toBeGreaterThan(0.4);
    const looks = linesOf<ValidationMetrics>(whole, 'validation.jsonl');
    expect(looks.map(({ step }) => step)).toEqual([12, 24]);
    expect(end.best?.hitRate).toBe(Math.max(...looks.map(hitRate)));
    const best = bestCheckpoint(whole);
    expect(best.step).toBe(end.best?.step);
    expect(hitRate(best.validation!)).toBe(end.best?.hitRate);
    expect(end.effort.hours * 3_600_000).toBeCloseTo(
      linesOf(whole).reduce((sum, { stepMs }) => sum + stepMs, 0),
      3,
    );
  });

  it('stopped and resumed, it follows the same curve to the last digit', async () => {
    const parts = join(scratch, 'parts');
    const stop = new AbortController();
    const half = await train(parts, {
      settings: small(24),
      validateEvery: 12,
      validationBatches: 2,
      signal: stop.signal,
      onStep: ({ step }) => step === 13 && stop.abort(),
    });
    expect(half.step).toBe(13);
    const end = await train(parts, { resume: true, validateEvery: 12, validationBatches: 2 });
    expect(curveOf(parts)).toEqual(curveOf(whole));
    expect(linesOf(parts, 'validation.jsonl')).toEqual(linesOf(whole, 'validation.jsonl'));
    expect(end.parameters.learnt).toEqual(readCheckpoint(join(whole, LAST)).parameters.learnt);
  });

  it('batches made in place or by threads: the same curve', async () => {
    const alone = join(scratch, 'alone');
    await train(alone, { settings: small(6), validateEvery: 6, validationBatches: 1, workers: 0 });
    const threads = join(scratch, 'threads');
    await train(threads, { settings: small(6), validateEvery: 6, validationBatches: 1, workers: 2 });
    expect(curveOf(threads)).toEqual(curveOf(alone));
    expect(linesOf(threads, 'validation.jsonl')).toEqual(linesOf(alone, 'validation.jsonl'));
  });

  it('ends when looks find nothing better, and goes on no further when resumed', async () => {
    const idle = join(scratch, 'idle');
    // At such a rate nothing changes: the second look is no better than the first.
    const settings = { ...small(40), patience: 2, schedule: { rate: 1e-12, warmUp: 1, steps: 40 } };
    const end = await train(idle, { settings, validateEvery: 3, validationBatches: 1 });
    expect(end.step).toBe(9);
    expect(end.best).toMatchObject({ step: 3, since: 2 });
    expect((await train(idle, { resume: true })).step).toBe(9);
    expect(bestCheckpoint(idle).step).toBe(3);
  });

  it('draws its curves at each checkpoint', () => {
    const picture = readFileSync(join(whole, 'plot.svg'), 'utf8');
    expect(picture).toMatch(/^<svg /);
    expect(picture).toContain('learning, smoothed');
    expect(picture.match(/<polyline/g)).toHaveLength(1 + 1 + 3 + 1); // learning, validation, shares, rate
  });

  it('is worked on by one process at a time, and one that was killed does not stand in the way', async () => {
    const run = join(scratch, 'locked');
    await train(run, { settings: small(2) });
    const lock = join(run, 'run.lock');
    expect(existsSync(lock)).toBe(false);
    writeFileSync(lock, `${process.pid} ${run}`);
    await expect(train(run, { resume: true })).rejects.toThrow(`found process ${process.pid} (run.lock)`);
    writeFileSync(lock, `4194304 ${run}`); // above any process number of this machine
    expect((await train(run, { resume: true })).step).toBe(2);
  });

  it('names the log and the line that is broken', async () => {
    const run = join(scratch, 'broken');
    await train(run, { settings: small(2) });
    writeFileSync(join(run, 'metrics.jsonl'), '{"step":1}\n{"step\n{"step":2}\n');
    await expect(train(run, { resume: true })).rejects.toThrow(/metrics\.jsonl: line 2: expected JSON, found '{"step'/);
  });

  it('does not write over another run, and does not resume what is not there', async () => {
    await expect(train(whole, { settings: small(2) })).rejects.toThrow(/holds a run already; --resume/);
    await expect(train(join(scratch, 'none'), { resume: true })).rejects.toThrow(/expected a run to resume/);
  });

  it('asked to stop or killed outright, it goes on from the last checkpoint along the same curve', async () => {
    const killed = join(scratch, 'killed');
    const args = ['--widths', '4,4,4,4', '--windows', '1', '--traces', '8', '--steps', '20', '--seed', '2'];
    const more = ['--backend', 'wasm', '--validation-batches', '1', '--quiet'];
    const run = (out: string, rest: readonly string[], killAt?: number, signal: NodeJS.Signals = 'SIGKILL') =>
      new Promise<number | null>((resolve) => {
        const child = spawn(process.execPath, ['training/cli.ts', 'picker', '--out', out, ...more, ...rest], {
          stdio: 'ignore',
        });
        const log = join(out, 'metrics.jsonl');
        const watch = setInterval(() => {
          if (killAt === undefined || !existsSync(log) || readFileSync(log, 'utf8').split('\n').length <= killAt)
            return;
          child.kill(signal);
          clearInterval(watch);
        }, 5);
        child.on('close', (code) => {
          clearInterval(watch);
          resolve(code);
        });
      });
    expect(await run(killed, [...args, '--checkpoint-minutes', '0'], 4)).toBe(null);
    const { step } = readCheckpoint(join(killed, LAST));
    expect(step).toBeGreaterThan(2);
    expect(step).toBeLessThan(18);
    // Asked to stop, it leaves a checkpoint and says by its exit code that it is not done.
    expect(await run(killed, ['--resume'], step + 2, 'SIGTERM')).toBe(1);
    expect(readCheckpoint(join(killed, LAST)).step).toBe(linesOf(killed).length);
    expect(readCheckpoint(join(killed, LAST)).step).toBeLessThan(20);
    expect(await run(killed, ['--resume'])).toBe(0);
    const straight = join(scratch, 'straight');
    expect(await run(straight, args)).toBe(0);
    expect(curveOf(killed)).toEqual(curveOf(straight));
  });
});

describe('the mean of the weights', () => {
  const parametersOf = (learnt: number[], statistics: number[]): Parameters => ({
    specs: [],
    learnt: Float32Array.from(learnt),
    statistics: Float32Array.from(statistics),
    byName: new Map(),
  });

  it('holds nothing of the start, and weighs the last tenth of the steps', () => {
    const mean = parametersOf([1e6], [0]);
    for (let step = 1; step <= 1000; step++) follow(mean, parametersOf([step], [2 * step]), step);
    expect(mean.learnt[0]).toBeGreaterThan(880);
    expect(mean.learnt[0]).toBeLessThan(920);
    expect(mean.statistics[0]).toBeCloseTo(2 * mean.learnt[0], 1);
  });

  it('of weights that only jitter lies nearer to their centre than they do', () => {
    const dice = diceOf(3);
    const mean = parametersOf([0], [0]);
    let [ofMean, ofNow] = [0, 0];
    for (let step = 1; step <= 2000; step++) {
      const now = dice.normal();
      follow(mean, parametersOf([now], [0]), step);
      if (step > 500) [ofMean, ofNow] = [ofMean + mean.learnt[0] ** 2, ofNow + now ** 2];
    }
    expect(ofMean).toBeLessThan(ofNow / 20);
  });

  it('is what a run gives away; the optimiser goes on from the weights themselves', () => {
    const { parameters, learning } = readCheckpoint(join(scratch, 'whole', BEST));
    const away = parameters.learnt.findIndex((value, i) => value !== learning.learnt[i]);
    expect(away).toBeGreaterThanOrEqual(0);
    const used = bestCheckpoint(join(scratch, 'whole')).parameters.learnt;
    expect(used.every((value, i) => value === parameters.learnt[i])).toBe(true);
  });
});

describe('AdamW', () => {
  it('finds the lowest point of a bowl', () => {
    const weights = Float32Array.of(3, -2, 0.5);
    let state = startAdam(3);
    for (let k = 0; k < 400; k++)
      state = stepAdam(
        weights,
        weights.map((w, i) => (i + 1) * (w - i)),
        state,
        0.05,
      );
    weights.forEach((w, i) => {
      expect(w).toBeCloseTo(i, 2);
    });
    expect(state.steps).toBe(400);
  });

  it('the first step is the rate, whatever the slope, and the decay', () => {
    const weights = Float32Array.of(1, 1);
    stepAdam(weights, Float32Array.of(1e-3, -40), startAdam(2), 0.1, { ...ADAM, decay: 0.5 });
    expect(weights[0]).toBeCloseTo(1 - 0.1 - 0.05, 4);
    expect(weights[1]).toBeCloseTo(1 + 0.1 - 0.05, 4);
  });

  it('long gradients are shortened, short ones are not', () => {
    const long = Float32Array.of(3, 4);
    expect(clipNorm(long, 1)).toBe(5);
    expect(long[0]).toBeCloseTo(0.6, 6);
    const short = Float32Array.of(0.3, 0.4);
    clipNorm(short, 1);
    expect(short[1]).toBeCloseTo(0.4, 6);
  });

  it('the rate warms up and cools down', () => {
    const schedule = { rate: 2, warmUp: 10, steps: 100 };
    expect(rateAt(0, schedule)).toBeCloseTo(0.2, 6);
    expect(rateAt(50, schedule)).toBeCloseTo(2 * (0.01 + 0.99 * 0.5), 6);
    expect(rateAt(100, schedule)).toBeCloseTo(0.02, 6);
  });
});

describe('safetensors', () => {
  it('what is written is read', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z.]{1,12}$/), fc.array(fc.float({ noNaN: true }), { maxLength: 9 }), {
          maxKeys: 5,
        }),
        fc.string(),
        (lists, note) => {
          const arrays = new Map(
            Object.entries(lists).map(([name, values]) => [
              name,
              { shape: [values.length], values: Float32Array.from(values) },
            ]),
          );
          const read = readSafetensors(writeSafetensors({ metadata: { note }, arrays }), 'x');
          expect(read.metadata).toEqual({ note });
          expect([...read.arrays]).toEqual([...arrays]);
        },
      ),
    );
  });

  it('bytes as the format’s documentation lays them out', () => {
    const bytes = writeSafetensors({
      metadata: {},
      arrays: new Map([['a', { shape: [2], values: Float32Array.of(1, -2) }]]),
    });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toEqual({
      __metadata__: {},
      a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    });
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 128, 63, 0, 0, 0, 192]);
  });

  it('cut anywhere or claiming too much, it is refused with a line, and nothing large is made', () => {
    const bytes = writeSafetensors({
      metadata: {},
      arrays: new Map([['a', { shape: [6], values: new Float32Array(6) }]]),
    });
    const failure = (damaged: Uint8Array) => {
      try {
        readSafetensors(damaged, 'run/last.safetensors');
      } catch (error) {
        return error;
      }
      return undefined;
    };
    for (let length = 0; length < bytes.length; length++) {
      const error = failure(bytes.slice(0, length));
      expect(isRecordError(error), `cut to ${length}`).toBe(true);
    }
    const text = (header: string) => {
      const made = new Uint8Array(8 + header.length);
      new DataView(made.buffer).setBigUint64(0, BigInt(header.length), true);
      made.set(new TextEncoder().encode(header), 8);
      return made;
    };
    for (const header of [
      '[1]',
      '{"a":1}',
      '{"a":{"dtype":"F32","shape":[2147483648],"data_offsets":[0,8589934592]}}',
      '{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}',
    ])
      expect(isRecordError(failure(text(header))), header).toBe(true);
    const huge = bytes.slice();
    new DataView(huge.buffer).setBigUint64(0, 2n ** 62n, true);
    expect(isRecordError(failure(huge), 'malformed')).toBe(true);
  });

  it('a checkpoint of another kind is refused', () => {
    const path = join(scratch, 'other.safetensors');
    writeFileSync(path, writeSafetensors({ metadata: {}, arrays: new Map() }));
    expect(() => readCheckpoint(path)).toThrow(/expected firstbreak.checkpoint\/2, found no schema/);
    expect(() => readCheckpoint(join(scratch, 'no'))).toThrow(/no such file/);
  });

  it('a checkpoint of the first kind is read: its weights are their own mean', () => {
    const { metadata, arrays } = readSafetensors(readFileSync(join(scratch, 'whole', LAST)), 'last');
    const { effort, ...run } = JSON.parse(metadata.run);
    expect(effort.backends).toEqual([]);
    const older = {
      metadata: { schema: 'firstbreak.checkpoint/1', run: JSON.stringify({ ...run, best: 3.25 }) },
      arrays: new Map([...arrays].filter(([name]) => !name.startsWith('learning.'))),
    };
    const path = join(scratch, 'older.safetensors');
    writeFileSync(path, writeSafetensors(older));
    const { parameters, learning, best, step, adam } = readCheckpoint(path);
    expect(learning.learnt).toEqual(parameters.learnt);
    expect(learning.statistics).toEqual(parameters.statistics);
    expect(parameters.byName.get('onset.bias')).toEqual(arrays.get('onset.bias')!.values);
    expect({ best, step, adamSteps: adam.steps }).toEqual({ best: undefined, step: 24, adamSteps: 24 });
  });
});
