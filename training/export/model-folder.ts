/** A run's picker as a model folder: the ONNX file, checked against the network it came from, golden scores, manifest and card. */
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { GOLDEN_TOLERANCE } from '#shared/model/golden.ts';
import { MANIFEST_SCHEMA, type Manifest, type Metric, readManifest, sha256 } from '#shared/model/manifest.ts';
import { type Ort, openOnnx } from '#shared/model/runtime.ts';
import { CHANNELS, SAMPLES, WINDOW_VERSION } from '#shared/model/window.ts';
import { textOf, writeWhole } from '../files.ts';
import { traceMultiple } from '../network/unet.ts';
import { pickerLayout } from '../picker.ts';
import { type Checkpoint, type RunSettings, sitesSeen } from '../train/checkpoint.ts';
import { cardOf } from './card.ts';
import { goldenOf } from './golden.ts';
import { OUTPUTS, pickerGraph } from './graph.ts';
import { onnxModel } from './onnx.ts';
import { type Parity, parityOf } from './parity.ts';

/** Most that scores of tfjs and ONNX Runtime may differ, see `Parity`. */
export const PARITY = 1e-4;

/** The rule of `training/synthetic/visible.ts`, in words. */
const LABEL =
  'the first time the wave stands above 5 % of its first lobe or, where that is more, above 0.6 times the noise around it ' +
  '(half of the lobe at most)';

/** Intervals of synthetic shots, ms. */
export const SYNTHETIC_INTERVALS = { least: 1 / 32, most: 4 } as const;

export interface ExportedModel {
  readonly manifest: Manifest;
  readonly parity: Parity;
}

/** @throws Error when the exported model does not compute what the trained one does; nothing is written then */
export async function exportModel(checkpoint: Checkpoint, name: string, out: string): Promise<ExportedModel> {
  const { settings, parameters, step, effort } = checkpoint;
  const bytes = onnxModel(pickerGraph(parameters, settings.picker), {
    producer: 'firstbreak',
    version: `${step} steps`,
    metadata: { name, windowVersion: `${WINDOW_VERSION}` },
  });
  const parity = await parityOf(bytes, checkpoint);
  if (!(parity.largest <= PARITY))
    throw new Error(`${name}: expected scores of ONNX and tfjs within ${PARITY}, found ${parity.largest}`);

  const { weights, multiplicationsPerTrace } = pickerLayout(settings.picker);
  const sites = sitesSeen(settings);
  const manifest: Manifest = {
    schema: MANIFEST_SCHEMA,
    name,
    input: {
      windowVersion: WINDOW_VERSION,
      samples: SAMPLES,
      channels: CHANNELS,
      traceMultiple: traceMultiple(settings.picker),
    },
    outputs: OUTPUTS,
    sampleIntervalMs: SYNTHETIC_INTERVALS,
    pick: { convention: 'onset', label: LABEL },
    calibration: [],
    calibratedOn: [],
    weights,
    multiplicationsPerTrace,
    metrics: metricsOf(checkpoint),
    limits: [],
    training: {
      data: dataOf(settings),
      sites,
      ...taken(settings, step),
      seed: settings.seed,
      ...(effort && effort.hours > 0 && { hours: effort.hours }),
      ...(effort && effort.backends.length > 0 && { machine: `backend ${effort.backends.join(', ')}` }),
      settings,
    },
    artefacts: [
      {
        file: 'model.onnx',
        kind: 'onnx',
        precision: 'fp32',
        bytes: bytes.length,
        sha256: await sha256(bytes),
        goldenTolerance: GOLDEN_TOLERANCE,
        agreement: [],
      },
    ],
  };
  readManifest(JSON.stringify(manifest), name);
  const runtime = await openOnnx(ort as unknown as Ort, 'onnx-web', bytes);
  const golden = await goldenOf(runtime, traceMultiple(settings.picker));
  await runtime.close();
  writeWhole(join(out, 'model.onnx'), bytes);
  writeWhole(join(out, 'golden.json'), `${JSON.stringify(golden)}\n`);
  writeManifest(out, manifest);
  return { manifest, parity };
}

/** Writes manifest and card anew, with what `change` makes of the manifest. @throws RecordError when it is no manifest then */
export function changeManifest(folder: string, change: (manifest: Manifest) => Manifest): Manifest {
  const path = join(folder, 'manifest.json');
  const changed = change(readManifest(textOf(path), path));
  readManifest(JSON.stringify(changed), path);
  writeManifest(folder, changed);
  return changed;
}

function writeManifest(folder: string, manifest: Manifest): void {
  writeWhole(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeWhole(join(folder, 'CARD.md'), cardOf(manifest));
}

function dataOf({ teacher, ...settings }: RunSettings): string {
  const learnt = sitesSeen(settings).length > 0 ? 'synthetic shots, then field sites beside them' : 'synthetic shots';
  return teacher ? `${learnt}, and what ${teacher.name} says of them` : learnt;
}

/** Steps and windows of this run and of those it began with. */
function taken({ batch, from }: RunSettings, step: number): { readonly steps: number; readonly windows: number } {
  const before = from ? taken(from.settings, from.step) : { steps: 0, windows: 0 };
  return { steps: before.steps + step, windows: before.windows + step * batch.windows };
}

function metricsOf({ validation }: Checkpoint): readonly Metric[] {
  const looks = [
    { data: 'synthetic windows that were not learnt from', look: validation },
    { data: 'windows of field sites that were only watched', look: validation?.watched },
  ];
  return looks.flatMap(({ data, look }) =>
    look
      ? [
          { name: 'loss', value: look.loss, data },
          ...([1, 2, 5] as const).map((n) => ({ name: `within ${n} bins`, value: look.within[n], data })),
        ]
      : [],
  );
}
