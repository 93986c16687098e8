/** From weights to a model folder: ONNX Runtime gives what tfjs gives, on any number of windows and traces. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkGolden, GOLDEN_TOLERANCE, readGolden } from '#shared/model/golden.ts';
import { checkArtefact, readManifest } from '#shared/model/manifest.ts';
import { type Ort, openOnnx } from '#shared/model/runtime.ts';
import { SAMPLES } from '#shared/model/window.ts';
import { startBackend } from '../../training/backend.ts';
import { main } from '../../training/cli.ts';
import { readSite } from '../../training/data/site.ts';
import { cardOf } from '../../training/export/card.ts';
import { pickerGraph } from '../../training/export/graph.ts';
import { exportModel, PARITY, SYNTHETIC_INTERVALS } from '../../training/export/model-folder.ts';
import { onnxModel } from '../../training/export/onnx.ts';
import { openFolder } from '../../training/export/open-folder.ts';
import { parityOf } from '../../training/export/parity.ts';
import { type Parameters, startParameters } from '../../training/network/parameters.ts';
import { gradientsOf } from '../../training/picker/gradients.ts';
import { syntheticBatch } from '../../training/picker/synthetic-batches.ts';
import { emptyBatch, fillWindow } from '../../training/picker/windows.ts';
import { type PickerConfig, pickerLayout } from '../../training/picker.ts';
import { diceOf } from '../../training/synthetic/dice.ts';
import { syntheticGather } from '../../training/synthetic/gather.ts';
import { bestCheckpoint, type RunSettings } from '../../training/train/checkpoint.ts';
import { SETTINGS, train } from '../../training/train.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-export-'));
beforeAll(() => startBackend('wasm'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const FACTS = { producer: 'firstbreak', version: 'test', metadata: {} };
const settingsOf = (picker: PickerConfig): RunSettings => ({
  ...SETTINGS,
  picker,
  batch: { windows: 2, traces: 8, windowsPerShot: 2 },
});

/** As after training: no scale is one, no offset zero, and the statistics are those of what flows through. */
async function usedParameters(config: PickerConfig, seed: number): Promise<Parameters> {
  const parameters = startParameters(pickerLayout(config).parameters, seed);
  const dice = diceOf(seed, 99);
  for (const { name } of parameters.specs) {
    const values = parameters.byName.get(name)!;
    if (name.endsWith('scale')) for (let i = 0; i < values.length; i++) values[i] = dice.logUniform(0.5, 2);
    if (/offset|bias/.test(name)) for (let i = 0; i < values.length; i++) values[i] = dice.normal(0.3);
  }
  const batch = syntheticBatch(6, 'learning', 0, { windows: 2, traces: 8, windowsPerShot: 2 });
  parameters.statistics.set((await gradientsOf(batch, parameters, config)).statistics);
  return parameters;
}

describe('parity', () => {
  const { picker } = SETTINGS;

  it('the picker of the study, with folded normalisation, on windows of several sizes', async () => {
    const parameters = await usedParameters(picker, 4);
    const model = onnxModel(pickerGraph(parameters, picker), FACTS);
    for (const [windows, traces] of [
      [1, 4],
      [3, 8],
      [1, 48],
    ]) {
      const batch = syntheticBatch(1, 'validation', traces, { windows, traces, windowsPerShot: 1 });
      const { largest } = await parityOf(model, { parameters, settings: settingsOf(picker) }, batch);
      expect(largest).toBeLessThan(PARITY);
    }
  });

  it('another size, another kernel', async () => {
    const other: PickerConfig = {
      fold: 2,
      widths: [6, 10, 12],
      pools: [
        [1, 2],
        [2, 4],
      ],
      topKernel: [1, 5],
      kernel: [5, 3],
    };
    const parameters = await usedParameters(other, 8);
    const model = onnxModel(pickerGraph(parameters, other), FACTS);
    const { largest } = await parityOf(model, { parameters, settings: settingsOf(other) });
    expect(largest).toBeLessThan(PARITY);
  });

  it('a weight that is not the trained one is noticed, and nothing is written', async () => {
    const parameters = await usedParameters(picker, 4);
    const model = onnxModel(pickerGraph(parameters, picker), FACTS);
    parameters.byName.get('up0.second.kernel')![7] += 0.5;
    const { largest } = await parityOf(model, { parameters, settings: settingsOf(picker) });
    expect(largest).toBeGreaterThan(PARITY);

    const broken = await usedParameters(picker, 4);
    broken.byName.get('down0.first.variance')![0] = Number.NaN;
    const checkpoint = {
      settings: settingsOf(picker),
      step: 1,
      parameters: broken,
      adam: { steps: 1, mean: broken.learnt, square: broken.learnt },
      best: undefined,
    };
    const out = join(scratch, 'broken');
    await expect(exportModel(checkpoint, 'broken', out)).rejects.toThrow(/within 0.0001/);
    expect(() => readFileSync(join(out, 'model.onnx'))).toThrow(/ENOENT/);
  });
});

const field = process.env.FIRSTBREAK_FIELD_DATA;

describe.skipIf(!field)('real gathers (skipped unless FIRSTBREAK_FIELD_DATA names a folder with field data)', () => {
  it.each(['refrapy-field-01', 'graphseg2-fieldcamps', 'deepfb-obs'])('%s: scores agree', async (site) => {
    const { picker } = SETTINGS;
    const parameters = await usedParameters(picker, 4);
    const model = onnxModel(pickerGraph(parameters, picker), FACTS);
    const batch = emptyBatch(3, 24);
    let filled = 0;
    for await (const labelled of readSite(join(field!, site))) {
      if (fillWindow(batch, filled, labelled, diceOf(filled))) filled++;
      if (filled === 3) break;
    }
    expect(filled).toBe(3);
    expect(batch.targets.seen.reduce((sum, v) => sum + v, 0)).toBeGreaterThan(10);
    const { largest } = await parityOf(model, { parameters, settings: settingsOf(picker) }, batch);
    expect(largest).toBeLessThan(PARITY);
  });
});

describe('the whole way in miniature', () => {
  const run = join(scratch, 'run');
  const folder = join(scratch, 'model');
  const textIn = (name: string) => readFileSync(join(folder, name), 'utf8');

  it('learns, exports, and the folder runs by itself', async () => {
    const settings: RunSettings = {
      ...settingsOf({ ...SETTINGS.picker, widths: [8, 8, 12, 12] }),
      schedule: { rate: 1e-2, warmUp: 5, steps: 24 },
    };
    await train(run, { settings, validateEvery: 12, validationBatches: 1 });
    const checkpoint = bestCheckpoint(run);
    const { parity } = await exportModel(checkpoint, 'miniature', folder);
    expect(parity.largest).toBeLessThan(PARITY);

    const manifest = readManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'), 'manifest.json');
    expect(manifest.name).toBe('miniature');
    expect(manifest.weights).toBe(pickerLayout(settings.picker).weights);
    expect(manifest.training.windows).toBe(2 * checkpoint.step);
    expect(manifest.metrics.find(({ name }) => name === 'loss')?.value).toBe(checkpoint.validation!.loss);
    const bytes = new Uint8Array(readFileSync(join(folder, manifest.artefacts[0].file)));
    expect(bytes.length).toBe(manifest.artefacts[0].bytes);
    await checkArtefact(bytes, manifest.artefacts[0]);

    const runtime = await openOnnx(ort as unknown as Ort, 'onnx-web', bytes);
    const { features, shape } = syntheticBatch(2, 'validation', 0, { windows: 1, traces: 16, windowsPerShot: 1 });
    const { onset, none } = await runtime.run(features, shape[0], shape[1]);
    expect(onset).toHaveLength(16 * SAMPLES);
    expect(none).toHaveLength(16);
    expect(onset.every(Number.isFinite)).toBe(true);
    await runtime.close();
  });

  it('leaves a card that says what the manifest says, and golden scores that come out again', async () => {
    const { manifest, runtime } = await openFolder(folder);
    expect(await checkGolden(readGolden(textIn('golden.json'), 'golden.json'), runtime)).toBeLessThan(GOLDEN_TOLERANCE);
    await runtime.close();
    expect(textIn('CARD.md')).toBe(cardOf(manifest));
    expect(textIn('CARD.md')).toMatch(/^# miniature\n/);
    expect(textIn('CARD.md')).toContain(`| steps | ${manifest.training.steps} |`);
    expect(textIn('CARD.md')).toContain('adds no calibration of its own');
  });

  it('notes what is measured later, and what else is to be said', async () => {
    writeFileSync(
      join(scratch, 'limits.txt'),
      'Far traces below 0 dB are often skipped.\n\nAir waves may be taken for the break.\n',
    );
    const args = ['--machine', 'two cores, wasm', '--hours', '2.5', '--limits', join(scratch, 'limits.txt')];
    const before = readManifest(textIn('manifest.json'), 'manifest.json');
    const report = (sha256: string) =>
      writeFileSync(join(scratch, 'accuracy.json'), JSON.stringify(accuracy([0.9, 0.94], sha256)));
    report('0123456789abcdef'); // of another model
    expect(await main(['card', folder, ...args, '--accuracy', join(scratch, 'accuracy.json')])).toBe(2);
    report(before.artefacts[0].sha256);
    for (let twice = 0; twice < 2; twice++)
      expect(await main(['card', folder, ...args, '--accuracy', join(scratch, 'accuracy.json')])).toBe(0);
    const { metrics, limits, training } = readManifest(textIn('manifest.json'), 'manifest.json');
    expect(limits).toEqual(['Far traces below 0 dB are often skipped.', 'Air waves may be taken for the break.']);
    expect(training).toMatchObject({ machine: 'two cores, wasm', hours: 2.5, seed: before.training.seed });
    const data = 'somewhere, never learnt from, mean of 2 seeds';
    expect(metrics).toEqual([
      ...before.metrics,
      { name: 'within 3 ms', value: expect.closeTo(0.92, 10), data },
      { name: 'within 5 ms', value: expect.closeTo(0.97, 10), data },
      { name: 'picked', value: 1, data },
    ]);
    const card = textIn('CARD.md');
    expect(card).toContain('- Far traces below 0 dB are often skipped.\n');
    expect(card).toContain('| machine | two cores, wasm |');
    expect(card).toMatch(/\| somewhere, never learnt from, mean of 2 seeds \|[ |]+0\.92 \| 0\.97 \| 1 \|/);
  });

  it.each([
    [['--accuracy', 'manifest.json'], 1],
    [['--accuracy', 'gone.json'], 1],
    [['--limits', 'gone.txt'], 1],
    [['--hours', '0'], 2],
  ])('%j is refused, and nothing changes', async (args, code) => {
    const before = textIn('manifest.json');
    expect(await main(['card', folder, args[0], args[0] === '--hours' ? args[1] : join(folder, args[1])])).toBe(code);
    expect(textIn('manifest.json')).toBe(before);
  });

  it('a card is not written for a model that does not give its golden scores', async () => {
    const copy = join(scratch, 'other-scores');
    cpSync(folder, copy, { recursive: true });
    const golden = readGolden(textIn('golden.json'), 'golden.json');
    const gathers = golden.gathers.map((gather) => ({
      ...gather,
      scores: gather.scores.map(([bin, where, none]) => [bin, where, none + 0.1]),
    }));
    writeFileSync(join(copy, 'golden.json'), JSON.stringify({ ...golden, gathers }));
    expect(await main(['card', copy, '--machine', 'another'])).toBe(1);
    expect(readFileSync(join(copy, 'manifest.json'), 'utf8')).toBe(textIn('manifest.json'));
  });

  it('synthetic shots have the intervals that manifests tell of', () => {
    for (let seed = 0; seed < 30; seed++) {
      const { sampleInterval } = syntheticGather(seed, { mostSamples: 20_000 }).shot;
      expect(sampleInterval).toBeGreaterThanOrEqual(SYNTHETIC_INTERVALS.least);
      expect(sampleInterval).toBeLessThanOrEqual(SYNTHETIC_INTERVALS.most);
    }
  });
});

/** As `firstbreak train evaluate` writes it, with two runs of one model on one site. */
const accuracy = (within3: readonly number[], sha256: string) => ({
  schema: 'firstbreak.accuracy/1',
  sites: [{ site: 'somewhere', tolerancesMs: [3, 5] }],
  pickers: [
    { name: 'classical', kind: 'classical' },
    { name: 'ours', kind: 'model' },
  ],
  results: [
    { site: 'somewhere', picker: 'classical', runs: [{ agreement: { coverage: 0.5, hitRateMs: { 3: 0.1, 5: 0.2 } } }] },
    {
      site: 'somewhere',
      picker: 'ours',
      runs: within3.map((share) => ({
        model: { sha256: sha256.slice(0, 12) },
        agreement: { coverage: 1, hitRateMs: { 3: share, 5: share + 0.05 } },
      })),
    },
  ],
});
