/** What all functions of the bundle stand on, opened once when the function starts: the model, the stores, the log, the counts. */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import * as ort from 'onnxruntime-web';
import { readGolden } from '#shared/model/golden.ts';
import { openModel } from '#shared/model/open-model.ts';
import { type Ort, openOnnx } from '#shared/model/runtime.ts';
import type { ObjectStore } from '#shared/object-store.ts';
import type { Pick } from '#shared/picks.ts';
import type { StoreEnv } from '../env.ts';
import { type PickerHere, pickerOf, readModelFile } from '../models.ts';
import { picture } from '../picture.ts';
import { clientOfEnvironment, s3Store } from '../store/s3.ts';
import type { WorkDeps } from '../work/work.ts';

export interface Here {
  readonly opened: PickerHere;
  readonly surveys: ObjectStore;
  readonly results: ObjectStore;
  readonly bucket: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Counts traces of a call, and tells of them at its end. */
  counted(): { readonly onShot: NonNullable<WorkDeps['onShot']>; tell(): void };
  readonly deps: WorkDeps;
}

/** @throws RecordError when the weights are not those of the manifest, before any request is taken */
export async function openHere(model: string): Promise<Here> {
  const logger = new Logger();
  const metrics = new Metrics();
  const client = clientOfEnvironment();
  const { SURVEYS_BUCKET, RESULTS_BUCKET } = environment<StoreEnv>('SURVEYS_BUCKET', 'RESULTS_BUCKET');
  const opened = await openPicker(model);
  return {
    opened,
    surveys: s3Store({ bucket: SURVEYS_BUCKET, prefix: '' }, client),
    results: s3Store({ bucket: RESULTS_BUCKET, prefix: '' }, client),
    bucket: SURVEYS_BUCKET,
    logger,
    metrics,
    counted() {
      let [traces, picked] = [0, 0];
      const started = performance.now();
      return {
        onShot(picks: readonly Pick[]) {
          traces += picks.length;
          for (const { kind } of picks) if (kind === 'picked') picked++;
        },
        tell() {
          if (traces === 0) return;
          metrics.addMetric('TracesPicked', MetricUnit.Count, picked);
          metrics.addMetric('SkippedShare', MetricUnit.Percent, (100 * (traces - picked)) / traces);
          metrics.addMetric('PickLatency', MetricUnit.Milliseconds, performance.now() - started);
        },
      };
    },
    deps: {
      picker: opened.picker,
      picture,
      spare: { directory: join(tmpdir(), 'firstbreak'), most: roomIn(tmpdir()) },
    },
  };
}

/** Named outright, so that the bundle has what it needs; its WebAssembly lies beside it. */
async function openPicker(folder: string): Promise<PickerHere> {
  ort.env.wasm.numThreads = 1;
  const start = (bytes: Uint8Array) => openOnnx(ort as unknown as Ort, 'onnx-web', bytes);
  const model = await openModel(folder, { read: readModelFile, start });
  const path = join(folder, 'golden.json');
  return pickerOf(model, readGolden(new TextDecoder().decode(await readModelFile(path)), path));
}

/** Bytes for a file that has to be read whole: most of what the disk of the function has left. */
function roomIn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return 0.9 * bavail * bsize;
}

/** @throws Error that names what is missing */
export function environment<E extends { readonly [K in keyof E]: string }>(...names: (keyof E & string)[]): E {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) throw new Error(`expected ${missing.join(', ')} in the environment, found none`);
  return Object.fromEntries(names.map((name) => [name, process.env[name]])) as E;
}

/** Where nothing was counted, nothing is said. */
export function publish(metrics: Metrics): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
