/** What all functions of the bundle stand on, opened once when the function starts: the model, the stores, the log, the counts. */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { isRecordError } from '#shared/errors.ts';
import { readGolden } from '#shared/model/golden.ts';
import { openModel } from '#shared/model/open-model.ts';
import { isStoreError, type ObjectStore } from '#shared/object-store.ts';
import type { ModelsEnv, StoreEnv } from '../env.ts';
import { type PickerHere, pickerOf, readModelFile } from '../models.ts';
import type { PickObjectDeps } from '../pick-object.ts';
import { picture } from '../picture.ts';
import { clientOfEnvironment, s3Store } from '../store/s3.ts';
import type { WorkDeps } from '../work/work.ts';
import { environment } from './environment.ts';
import { registryOf, releasesOf } from './releases.ts';
import { type FunctionRuntime, runtimeOf } from './runtime.ts';

export interface Here {
  readonly opened: PickerHere;
  readonly surveys: ObjectStore;
  readonly results: ObjectStore;
  readonly bucket: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Counts traces of a call, and tells of them at its end. */
  counted(): Counts;
  /** Tells what was counted, where something was. */
  publish(): void;
  readonly deps: WorkDeps;
}

export interface Counts {
  readonly deps: Pick<PickObjectDeps, 'onShot' | 'pickerOf' | 'choose'>;
  /** @param error what ended the call */
  tell(error?: unknown): void;
}

/** @throws RecordError when the weights are not those of the manifest, before any request is taken */
export async function openHere(model: string): Promise<Here> {
  const logger = new Logger();
  const metrics = new Metrics();
  /** Of calls that the canary had, once more: alarms hold them against those of all. */
  const ofCanary = new Metrics({ serviceName: 'Canary' });
  const client = clientOfEnvironment();
  const { SURVEYS_BUCKET, RESULTS_BUCKET } = environment<StoreEnv>('SURVEYS_BUCKET', 'RESULTS_BUCKET');
  const runtime = runtimeOf();
  const opened = await openPicker(model, runtime);
  const followed = process.env.MODELS_TRUST ? environment<ModelsEnv>('MODELS_BUCKET', 'MODELS_TRUST') : undefined;
  const releases =
    followed &&
    releasesOf({
      registry: await registryOf(s3Store({ bucket: followed.MODELS_BUCKET, prefix: '' }, client), followed),
      bundled: { folder: model, picker: opened.picker },
      runs: { kinds: [runtime.kind], start: runtime.start },
      open: async (folder) => (await openPicker(folder, runtime)).picker,
      trouble(error, canary) {
        logger.warn('release passed over', { canary, reason: error instanceof Error ? error.message : `${error}` });
        if (canary) ofCanary.addMetric('FailedShare', MetricUnit.Percent, 100);
      },
    });
  return {
    opened,
    surveys: s3Store({ bucket: SURVEYS_BUCKET, prefix: '' }, client),
    results: s3Store({ bucket: RESULTS_BUCKET, prefix: '' }, client),
    bucket: SURVEYS_BUCKET,
    logger,
    metrics,
    counted() {
      let [traces, picked] = [0, 0];
      let canary = false;
      const started = performance.now();
      const pickerOf: PickObjectDeps['pickerOf'] =
        releases &&
        (async (task, results, pinned) => {
          canary = await releases.isCanary(pinned);
          const chosen = await releases.pickerOf(task, results, pinned);
          canary = await releases.isCanary(chosen.release);
          return chosen;
        });
      return {
        deps: {
          onShot(picks) {
            traces += picks.length;
            for (const { kind } of picks) if (kind === 'picked') picked++;
          },
          ...(releases && pickerOf && { pickerOf, choose: releases.choose }),
        },
        tell(error) {
          const ms = performance.now() - started;
          // A file that cannot be picked, or has gone, is nobody's mistake.
          const failed = error !== undefined && !isRecordError(error) && !isStoreError(error);
          if (canary) ofCanary.addMetric('FailedShare', MetricUnit.Percent, failed ? 100 : 0);
          if (traces === 0) return;
          for (const to of canary ? [metrics, ofCanary] : [metrics]) {
            to.addMetric('SkippedShare', MetricUnit.Percent, (100 * (traces - picked)) / traces);
            to.addMetric('MsPerTrace', MetricUnit.Milliseconds, ms / traces);
          }
          metrics.addMetric('TracesPicked', MetricUnit.Count, picked);
          metrics.addMetric('PickLatency', MetricUnit.Milliseconds, ms);
        },
      };
    },
    publish() {
      for (const each of [metrics, ofCanary]) if (each.hasStoredMetrics()) each.publishStoredMetrics();
    },
    deps: {
      picker: opened.picker,
      picture,
      spare: { directory: join(tmpdir(), 'firstbreak'), most: roomIn(tmpdir()) },
    },
  };
}

async function openPicker(folder: string, runtime: FunctionRuntime): Promise<PickerHere> {
  const model = await openModel(folder, { read: readModelFile, ...runtime });
  const path = join(folder, 'golden.json');
  return pickerOf(model, readGolden(new TextDecoder().decode(await readModelFile(path)), path));
}

/** Bytes for a file that has to be read whole: most of what the disk of the function has left. */
function roomIn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return 0.9 * bavail * bsize;
}
