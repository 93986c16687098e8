/** From weights to a model folder: ONNX Runtime gives what tfjs gives, on any number of windows and traces. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRecordError } from '#shared/errors.ts';
import { checkArtefact, type Manifest, readManifest, sha256 } from '#shared/model/manifest.ts';
import { type Ort, openOnnx } from '#shared/model/runtime.ts';
import { startBackend } from '../../training/backend.ts';
import { readSite } from '../../training/data/site.ts';
import { pickerGraph } from '../../training/export/graph.ts';
import { exportModel, PARITY } from '../../training/export/model-folder.ts';
import { onnxModel } from '../../training/export/onnx.ts';
import { parityOf } from '../../training/export/parity.ts';
import { gradientsOf } from '../../training/picker/gradients.ts';
import { type Parameters, startParameters } from '../../training/picker/parameters.ts';
import { syntheticBatch } from '../../training/picker/synthetic-batches.ts';
import { emptyBatch, fillWindow } from '../../training/picker/windows.ts';
import { type PickerConfig, pickerLayout } from '../../training/picker.ts';
import { diceOf } from '../../training/synthetic/dice.ts';
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

  it('learns, exports, and the folder runs by itself', async () => {
    const settings: RunSettings = {
      ...settingsOf({ ...SETTINGS.picker, widths: [8, 8, 12, 12] }),
      schedule: { rate: 1e-2, warmUp: 5, steps: 24 },
    };
    const end = await train(run, { settings, validateEvery: 12, validationBatches: 1 });
    const checkpoint = bestCheckpoint(run);
    const { parity } = await exportModel(checkpoint, 'miniature', folder);
    expect(parity.largest).toBeLessThan(PARITY);

    const manifest = readManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'), 'manifest.json');
    expect(manifest.name).toBe('miniature');
    expect(manifest.weights).toBe(pickerLayout(settings.picker).weights);
    expect(manifest.training.windows).toBe(2 * checkpoint.step);
    expect(manifest.metrics.find(({ name }) => name === 'loss')?.value).toBe(end.best);
    const bytes = new Uint8Array(readFileSync(join(folder, manifest.artefacts[0].file)));
    expect(bytes.length).toBe(manifest.artefacts[0].bytes);
    await checkArtefact(bytes, manifest.artefacts[0]);

    const runtime = await openOnnx(ort as unknown as Ort, 'onnx-web', bytes);
    const { features, shape } = syntheticBatch(2, 'validation', 0, { windows: 1, traces: 16, windowsPerShot: 1 });
    const { onset, none } = await runtime.run(features, shape[0], shape[1]);
    expect(onset).toHaveLength(16 * 256);
    expect(none).toHaveLength(16);
    expect(onset.every(Number.isFinite)).toBe(true);
    await runtime.close();
  });

  it('a file that was changed is refused by its digest', async () => {
    const manifest = readManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'), 'manifest.json');
    const bytes = new Uint8Array(readFileSync(join(folder, 'model.onnx')));
    bytes[bytes.length >> 1] ^= 1;
    await expect(checkArtefact(bytes, manifest.artefacts[0])).rejects.toThrow(/model.onnx: expected SHA-256/);
  });

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['another schema', (m: Manifest) => ({ ...m, schema: 'firstbreak.model/9' })],
    ['another window', (m: Manifest) => ({ ...m, input: { ...m.input, windowVersion: 0 } })],
    ['other channels', (m: Manifest) => ({ ...m, input: { ...m.input, channels: ['x'] } })],
    ['no input', (m: Manifest) => ({ ...m, input: null })],
    ['no multiple', (m: Manifest) => ({ ...m, input: { ...m.input, traceMultiple: 0 } })],
    [
      'a path in place of a file',
      (m: Manifest) => ({ ...m, artefacts: [{ ...m.artefacts[0], file: '../model.onnx' }] }),
    ],
    ['no digest', (m: Manifest) => ({ ...m, artefacts: [{ ...m.artefacts[0], sha256: '' }] })],
  ] as const)('a manifest with %s is refused', (_, change) => {
    const text = readFileSync(join(folder, 'manifest.json'), 'utf8');
    const damaged = typeof change === 'string' ? change : JSON.stringify(change(JSON.parse(text)));
    let failure: unknown;
    try {
      readManifest(damaged, 'manifest.json');
    } catch (error) {
      failure = error;
    }
    expect(isRecordError(failure)).toBe(true);
  });

  it('digest of the standard’s example', async () => {
    // FIPS 180-4, "abc"
    expect(await sha256(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
