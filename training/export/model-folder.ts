/** A run's picker as a model folder: the ONNX file, checked against the network it came from, and its manifest. */
import { join } from 'node:path';
import { MANIFEST_SCHEMA, type Manifest, sha256 } from '#shared/model/manifest.ts';
import { CHANNELS, SAMPLES, WINDOW_VERSION } from '#shared/model/window.ts';
import { writeWhole } from '../files.ts';
import { pickerLayout, traceMultiple } from '../picker.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import { pickerGraph } from './graph.ts';
import { onnxModel } from './onnx.ts';
import { type Parity, parityOf } from './parity.ts';

/** Most that scores of tfjs and ONNX Runtime may differ, see `Parity`. */
export const PARITY = 1e-4;

export interface ExportedModel {
  readonly manifest: Manifest;
  readonly parity: Parity;
}

/** @throws Error when the exported model does not compute what the trained one does; nothing is written then */
export async function exportModel(checkpoint: Checkpoint, name: string, out: string): Promise<ExportedModel> {
  const { settings, parameters, step, validation } = checkpoint;
  const bytes = onnxModel(pickerGraph(parameters, settings.picker), {
    producer: 'firstbreak',
    version: `${step} steps`,
    metadata: { name, windowVersion: `${WINDOW_VERSION}` },
  });
  const parity = await parityOf(bytes, checkpoint);
  if (!(parity.largest <= PARITY))
    throw new Error(`${name}: expected scores of ONNX and tfjs within ${PARITY}, found ${parity.largest}`);

  const { weights, multiplicationsPerTrace } = pickerLayout(settings.picker);
  const held = 'synthetic windows that were not learnt from';
  const manifest: Manifest = {
    schema: MANIFEST_SCHEMA,
    name,
    input: {
      windowVersion: WINDOW_VERSION,
      samples: SAMPLES,
      channels: CHANNELS,
      traceMultiple: traceMultiple(settings.picker),
    },
    pick: { convention: 'onset', label: 'first time the wavelet reaches 5 % of its first lobe' },
    weights,
    multiplicationsPerTrace,
    metrics: validation
      ? [
          { name: 'loss', value: validation.loss, data: held },
          ...([1, 2, 5] as const).map((n) => ({ name: `within ${n} bins`, value: validation.within[n], data: held })),
        ]
      : [],
    training: {
      data: 'synthetic shots',
      steps: step,
      windows: step * settings.batch.windows,
      seed: settings.seed,
      settings,
    },
    artefacts: [
      { file: 'model.onnx', kind: 'onnx', precision: 'fp32', bytes: bytes.length, sha256: await sha256(bytes) },
    ],
  };
  writeWhole(join(out, 'model.onnx'), bytes);
  writeWhole(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return { manifest, parity };
}
