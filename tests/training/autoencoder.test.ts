/** The autoencoder in miniature: all goes through the code, it learns, it survives a kill, and it says what it cannot use. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { startBackend } from '../../training/backend.ts';
import { sizeOf } from '../../training/network/layers.ts';
import { startParameters } from '../../training/network/parameters.ts';
import { pickerLayout } from '../../training/picker.ts';
import { autoencoderLayout } from '../../training/pretrain/autoencoder.ts';
import { ask, compandedOf, make, SHOWN } from '../../training/pretrain/autoencoder-batches.ts';
import { decodedBy, gradientsOf, rebuiltBy } from '../../training/pretrain/autoencoder-gradients.ts';
import {
  AUTOENCODER,
  type AutoencoderMetrics,
  type AutoencoderSettings,
  bestAutoencoder,
  type LookMetrics,
  readAutoencoder,
  trainAutoencoder,
} from '../../training/pretrain/autoencoder-run.ts';
import { readWeights, writePretrain } from '../../training/pretrain/checkpoint.ts';
import { sizesTable, writeSizes } from '../../training/pretrain/code-sizes.ts';
import { compand, expand, FINE } from '../../training/pretrain/companding.ts';
import { type Corpus, readCorpus } from '../../training/pretrain/corpus.ts';
import { HIDDEN } from '../../training/pretrain/hiding.ts';
import { windowSize } from '../../training/pretrain/windows.ts';
import { diceOf } from '../../training/synthetic/dice.ts';
import { BEST, LAST } from '../../training/train/checkpoint.ts';
import { CLEAR, madeShots } from './made-site.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-autoencoder-'));
const site = join(scratch, 'site');
let corpus: Corpus;

beforeAll(async () => {
  await startBackend('wasm');
  mkdirSync(site);
  for (const { file, shot } of madeShots('site', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], {
    ...CLEAR,
    mostSamples: 2000,
  }))
    writeFileSync(join(site, file), writeSeg2(shot));
  corpus = await readCorpus([site]);
  expect(corpus.gathers.length).toBeGreaterThanOrEqual(10);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const TRACES = 8;
const small = (steps: number, more: Partial<AutoencoderSettings> = {}): AutoencoderSettings => ({
  seed: 5,
  autoencoder: {
    ...AUTOENCODER.autoencoder,
    unet: { ...AUTOENCODER.autoencoder.unet, widths: [6, 6, 6, 6] },
    traces: TRACES,
    code: 6,
  },
  variant: 'plain',
  mix: { windows: 6, straight: 0, synthetic: 0 },
  schedule: { rate: 1e-2, warmUp: 5, steps },
  ...more,
});
const config = small(1).autoencoder;

const linesOf = <T>(run: string, log: string): T[] =>
  readFileSync(join(run, log), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const curveOf = (run: string) =>
  linesOf<AutoencoderMetrics>(run, 'metrics.jsonl').map(({ step, loss, gradientNorm }) => ({
    step,
    loss,
    gradientNorm,
  }));

const windowsOf = (windows: number, synthetic = 0) =>
  make(
    {
      seed: 3,
      purpose: 'learning',
      windows,
      traces: TRACES,
      straight: 0.5,
      synthetic,
      gathers: corpus.gathers,
      variant: 'plain',
    },
    0,
  );

describe('the bottleneck', () => {
  it('is as wide as asked, and far narrower than a window', async () => {
    const { parameters } = autoencoderLayout(AUTOENCODER.autoencoder);
    const shapeOf = (name: string) => parameters.find((spec) => spec.name === name)!.shape;
    expect(shapeOf('bottleneck.kernel')).toEqual([6 * 4 * 64, 48]);
    expect(shapeOf('widen.kernel')).toEqual([48, 6 * 4 * 64]);
    expect((AUTOENCODER.autoencoder.traces * SAMPLES) / 48).toBe(64);
    const network = startParameters(autoencoderLayout(config).parameters, 1);
    const { codes } = await rebuiltBy(network, config, windowsOf(4));
    expect(codes).toHaveLength(4 * config.code);
  });

  it('is the only way: what is rebuilt follows from the code alone', async () => {
    const network = startParameters(autoencoderLayout(config).parameters, 1);
    for (const name of ['output.kernel', 'direct.kernel'])
      network.byName.get(name)!.forEach((_, i, all) => void (all[i] = Math.sin(i)));
    const { codes, windows } = await rebuiltBy(network, config, windowsOf(3));
    const again = await decodedBy(network, config, codes);
    expect(Math.max(...windows.map(Math.abs))).toBeGreaterThan(0.1);
    windows.forEach((value, i) => {
      expect(again[i]).toBeCloseTo(value, 4);
    });
  });

  it('with skips it is not, and all weights of the picker’s way down and up have their place', () => {
    const { parameters } = autoencoderLayout({ ...config, skips: true });
    const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
    const picker = pickerLayout(config.unet).parameters.filter(({ name }) => /^(down|up)/.test(name));
    expect(picker.length).toBeGreaterThan(30);
    for (const { name, shape } of picker) expect(shapes.get(name), name).toEqual(shape);
    const plain = new Map(autoencoderLayout(config).parameters.map(({ name, shape }) => [name, shape]));
    for (const { name, shape } of picker.filter((spec) => spec.name.startsWith('down')))
      expect(plain.get(name), name).toEqual(shape);
  });

  it('sizes that do not fit are refused', () => {
    expect(() => autoencoderLayout({ ...config, traces: 10 })).toThrow('expected traces in multiples of 4, found 10');
  });
});

describe('what is asked for', () => {
  it('masked: at least the share it says is hidden in all channels, the rest is untouched', () => {
    const whole = windowsOf(4);
    const { features, wanted, weight } = ask({ ...whole, features: whole.features.slice() }, 'masked', diceOf(1));
    expect(wanted).toEqual(compandedOf(whole.features));
    for (let w = 0; w < 4; w++) {
      const part = weight!.subarray(w * TRACES * SAMPLES, (w + 1) * TRACES * SAMPLES);
      const hidden = part.filter((value) => value === 1).length / part.length;
      expect(hidden).toBeGreaterThanOrEqual(HIDDEN);
      expect(hidden).toBeLessThan(HIDDEN + 0.35);
    }
    weight!.forEach((value, i) => {
      const place = features.subarray(i * CHANNELS.length, (i + 1) * CHANNELS.length);
      if (value === 1) expect(place.every((number) => number === 0)).toBe(true);
      else {
        expect(value).toBeCloseTo(SHOWN, 6);
        expect(place).toEqual(whole.features.subarray(i * CHANNELS.length, (i + 1) * CHANNELS.length));
      }
    });
  });

  it('masked: what was hidden weighs ten times what was shown', async () => {
    const network = startParameters(autoencoderLayout(config).parameters, 1); // rebuilds silence
    const whole = windowsOf(2);
    const asked = ask({ ...whole, features: whole.features.slice() }, 'masked', diceOf(2));
    const { loss } = await gradientsOf(asked, network, config);
    const [above, below] = asked.wanted.reduce(
      ([error, sum], value, i) => [error + asked.weight![i] * value ** 2, sum + asked.weight![i]],
      [0, 0],
    );
    expect(loss).toBeCloseTo(above / below, 4);
  });

  it('denoise: noise is added before companding, and the window without it asked for on the same scale', () => {
    const clean = windowsOf(3);
    const { features, wanted } = ask({ ...clean, features: clean.features.slice() }, 'denoise', diceOf(4));
    let added = 0;
    for (let t = 0; t < 3 * TRACES; t++) {
      const at = (values: Float32Array, k: number, channel: number) =>
        values[(t * SAMPLES + k) * CHANNELS.length + channel];
      const ratios: number[] = [];
      let top = -1;
      for (let k = 0; k < SAMPLES; k++) {
        const x = at(features, k, 0);
        expect(at(features, k, 1)).toBeCloseTo(compand(x), 5);
        expect(at(features, k, 2)).toBeCloseTo(compand(x, FINE), 5);
        top = Math.max(top, at(features, k, 3));
        const before = at(clean.features, k, 0);
        const asked = expand(wanted[t * SAMPLES + k]);
        if (Math.abs(before) > 0.05) ratios.push(asked / before);
        added = Math.max(added, Math.abs(x - asked));
      }
      expect(top).toBeCloseTo(1, 5);
      for (const ratio of ratios) expect(ratio).toBeCloseTo(ratios[0], 3);
    }
    expect(added).toBeGreaterThan(0.01);
  });

  it('companding goes both ways', () => {
    for (const x of [-1, -0.2, -0.001, 0, 0.03, 0.5, 1]) {
      expect(expand(compand(x))).toBeCloseTo(x, 9);
      expect(expand(compand(x, FINE), FINE)).toBeCloseTo(x, 9);
    }
    expect(compand(-1)).toBeCloseTo(-1, 9);
  });
});

describe('a run', () => {
  const whole = join(scratch, 'whole');
  const killed = join(scratch, 'killed');
  const looks = { lookEvery: 8, lookBatches: 1, workers: 0 } as const;

  it('learns to rebuild gathers it has not seen better than their mean does', async () => {
    const run = join(scratch, 'learns');
    const end = await trainAutoencoder(run, {
      settings: small(150),
      corpus,
      lookEvery: 50,
      lookBatches: 2,
      workers: 1,
    });
    const curve = curveOf(run).map(({ loss }) => loss);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(curve.slice(-20))).toBeLessThan(0.9 * mean(curve.slice(0, 20)));
    expect(Object.keys(end.look!.byKind)).toEqual(['field, guided']);
    expect(end.best!.error).toBeLessThan(0.98); // 1: what their mean leaves
    expect(bestAutoencoder(run).step).toBe(end.best!.step);
    expect(readFileSync(join(run, 'pictures.png')).subarray(1, 4).toString()).toBe('PNG');
    expect(readFileSync(join(run, 'plot.svg'), 'utf8')).toContain('field, guided');
  });

  it('killed at any moment and resumed, it follows the same curve to the last digit', async () => {
    await trainAutoencoder(whole, {
      settings: small(16),
      corpus,
      ...looks,
      checkpointMinutes: 0,
      onStep({ step }) {
        if (step === 10) cpSync(whole, killed, { recursive: true });
      },
    });
    // Steps that were taken after the checkpoint, and a line that was being written.
    appendFileSync(join(killed, 'metrics.jsonl'), '{"step":11,"loss":9}\n{"step":12,"lo');
    const end = await trainAutoencoder(killed, { resume: true, corpus, ...looks, workers: 1 });
    expect(curveOf(killed)).toEqual(curveOf(whole));
    expect(linesOf<LookMetrics>(killed, 'validation.jsonl')).toEqual(linesOf<LookMetrics>(whole, 'validation.jsonl'));
    const { networks } = readAutoencoder(join(whole, LAST));
    expect(end.networks.autoencoder.parameters).toEqual(networks.autoencoder.parameters);
    expect(end.networks.autoencoder.adam).toEqual(networks.autoencoder.adam);
    expect(end.corpus).toEqual(corpus.record);
  });

  it('does not write over another, nor go on with other gathers', async () => {
    await expect(trainAutoencoder(whole, { settings: small(2), corpus })).rejects.toThrow(
      /holds a run already; --resume/,
    );
    await expect(trainAutoencoder(whole, { resume: true })).rejects.toThrow(
      `expected site (${corpus.gathers.length}), found 0 gathers`,
    );
    await expect(trainAutoencoder(join(scratch, 'none'), { resume: true })).rejects.toThrow(/expected a run to resume/);
  });

  it('of another kind is refused in one line; its own weights are found by name', () => {
    const gan = join(scratch, 'gan', LAST);
    writePretrain(gan, { ...readAutoencoder(join(whole, LAST)), kind: 'gan' });
    expect(() => bestAutoencoder(join(scratch, 'gan'))).toThrow(/expected a run of an autoencoder, found one of a GAN/);
    expect(() => bestAutoencoder(join(scratch, 'none'))).toThrow(/expected a checkpoint, found no such file/);
    const { kind, networks, corpus: learnt } = readWeights(whole);
    expect(kind).toBe('autoencoder');
    expect(learnt).toEqual(corpus.record);
    const arrays = networks.get('autoencoder')!;
    expect(sizeOf(arrays.get('down0.first.kernel')!.shape)).toBe(3 * 5 * 16 * 6);
    expect(existsSync(join(whole, BEST))).toBe(true);
  });

  it('the table of code sizes says what is lost with each', () => {
    const end = readAutoencoder(join(whole, LAST));
    const wider = { ...end, settings: small(16, { autoencoder: { ...config, code: 12 } }) };
    const table = writeSizes(scratch, [end, wider]);
    expect(table.sizes.map(({ code }) => code)).toEqual([6, 12]);
    expect(table.sizes[0].error).toBe(end.best!.error);
    expect(sizesTable(table)).toMatch(/^numbers {2}fewer than amplitudes .*field, guided\n +6 +171 × /);
    expect(readFileSync(join(scratch, 'code-sizes.svg'), 'utf8')).toContain('What is lost in rebuilding');
    expect(JSON.parse(readFileSync(join(scratch, 'code-sizes.json'), 'utf8'))).toEqual(table);
  });

  it('a window has as many numbers as the network takes', () => {
    expect(windowsOf(2).features).toHaveLength(2 * windowSize(TRACES));
  });
});
