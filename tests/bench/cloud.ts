/**
 * The cloud side on this machine: the bundle of Lambda behind its Runtime API (start, first answer, a shot of a thousand traces), and
 * a survey picked in shards by worker threads, with what that costs at Lambda's price.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { bundleLambda } from '#functions/bundle.ts';
import { directoryStore } from '#functions/store/directory.ts';
import { workInThreads } from '#functions/work/in-threads.ts';
import { type Pointer, pointerOf } from '#functions/work/pointer.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import type { Shot } from '#shared/gather.ts';
import { metres, ms } from '#shared/units.ts';
import { missingPrograms, startRadosGateway } from '../cloud/radosgw.ts';
import { type FunctionOptions, startFunction } from '../cloud/runtime-api.ts';
import { type BenchResult, measure, resultOf } from './result.ts';

const SAMPLES = 1000;
const CHANNELS = 120;
const SHOTS = 200;
const MANY_CHANNELS = 1000;
const MEMORY_MB = 3008;

/** Lambda on arm64, us-east-1: US dollars. */
const PRICE = { gigabyteSecond: 0.0000133334 };

const REQUEST = (method: string, path: string, body?: Uint8Array) => ({
  version: '2.0',
  rawPath: path,
  rawQueryString: '',
  headers: { host: 'bench', accept: 'text/csv' },
  requestContext: {
    domainName: 'bench',
    http: { method, path },
    authorizer: { iam: { userArn: 'arn:aws:iam::123456789012:user/bench' } },
  },
  ...(body && { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }),
});

export async function* lambda(model: string | undefined): AsyncGenerator<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  try {
    const bundle = join(folder, 'lambda');
    const { zipped, unzipped } = await bundleLambda({ bundle, ...(model !== undefined && { model }) });
    yield resultOf('lambda-package', 'MB', [zipped / 1e6], {
      context: { unpackedMB: Number((unzipped / 1e6).toFixed(1)) },
      better: 'lower',
    });
    const env = {
      ...{ SURVEYS_BUCKET: 'surveys', RESULTS_BUCKET: 'results', CALLERS: 'iam' },
      TASKS_QUEUE_URL: 'http://127.0.0.1:1/tasks',
    };
    const options: FunctionOptions = { bundle, handler: 'lambda.http', env, memoryMb: MEMORY_MB };
    const inits: number[] = [];
    const queues: number[] = [];
    const colds: number[] = [];
    for (let i = 0; i <= 5; i++) {
      const started = performance.now();
      const api = await startFunction(options);
      const init = await api.init;
      await answered(api.invoke(REQUEST('GET', '/v1/health')), 200);
      const cold = performance.now() - started;
      await api.stop();
      const queue = await startFunction({ ...options, handler: 'lambda.queue' });
      const queueInit = await queue.init;
      await queue.stop();
      if (i === 0) continue; // the first fills the cache of files
      inits.push(init);
      colds.push(cold);
      queues.push(queueInit);
    }
    const context = { cores: 'any', as: 'process start to the first request for an event' };
    yield resultOf('lambda-init', 'ms', queues, { context: { ...context, function: 'queue' }, better: 'lower' });
    yield resultOf('lambda-init-http', 'ms', inits, { context: { ...context, function: 'http' }, better: 'lower' });
    yield resultOf('lambda-cold', 'ms', colds, {
      context: { as: 'process start to the answer of /v1/health, golden gathers included' },
      better: 'lower',
    });
    if (missingPrograms().length > 0) return; // requests that pick are counted in a bucket
    const server = await startRadosGateway();
    try {
      const api = await startFunction({
        ...options,
        env: {
          ...env,
          SURVEYS_BUCKET: await server.bucket(),
          RESULTS_BUCKET: await server.bucket(),
          AWS_ENDPOINT_URL_S3: server.endpoint,
          AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
        },
      });
      const request = REQUEST('POST', '/v1/picks', await segyBytes([shotAt(58, MANY_CHANNELS, 1)]));
      yield await measure(
        'lambda-warm-shot',
        'ms',
        10,
        async () => {
          const started = performance.now();
          await answered(api.invoke(request), 200);
          return performance.now() - started;
        },
        { context: { traces: MANY_CHANNELS, samples: SAMPLES, as: 'event in, CSV out' }, better: 'lower' },
      );
      await api.stop();
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function* survey(model: string | undefined): AsyncGenerator<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  try {
    const store = join(folder, 'store');
    mkdirSync(store);
    const four = [10, 31, 58, 90].map((at, i) => shotAt(at, CHANNELS, i + 1));
    const shots = Array.from({ length: SHOTS }, (_, i) => ({ ...four[i % 4], ffid: i + 1, sourcePoint: i + 1 }));
    const file = openSync(join(store, 'line.sgy'), 'w');
    let bytes = 0;
    for await (const piece of writeSegy(shots)) bytes += writeSync(file, piece);
    closeSync(file);
    const traces = SHOTS * CHANNELS;
    for (const workers of [1, 2]) {
      const pool = workInThreads({ store, model, sizes: { whole: 2 ** 20, shard: 16 * 2 ** 20 } }, workers);
      const rates: number[] = [];
      const byProcessor: number[] = [];
      for (let i = 0; i <= 2; i++) {
        // Settings of its own: the results of the run before are no answer.
        const settings = { minConfidence: i * 1e-6 + workers * 1e-3 };
        const before = process.cpuUsage();
        const started = performance.now();
        await pool.finish({ kind: 'file', key: 'line.sgy', settings });
        const seconds = (performance.now() - started) / 1000;
        const { user, system } = process.cpuUsage(before);
        await expectPicked(store, traces);
        if (i === 0) continue;
        rates.push(traces / seconds);
        byProcessor.push(traces / ((user + system) / 1e6));
      }
      await pool.close();
      const context = { workers, traces, samples: SAMPLES, shots: SHOTS, megabytes: Math.round(bytes / 1e6) };
      const as = 'plan, shards, quality control, pictures, merge, all results written';
      yield resultOf(`survey-${workers}-worker${workers > 1 ? 's' : ''}`, 'traces/s', rates, {
        context: { ...context, as },
      });
      if (workers > 1) continue;
      const rate = resultOf('survey-processor', 'traces/s', byProcessor, {
        context: { ...context, as: 'by the processor time of all threads' },
      });
      yield rate;
      const seconds = 1e6 / rate.value;
      const gigabyteSeconds = (seconds * MEMORY_MB) / 1024;
      yield resultOf('cost-million-traces', 'USD', [gigabyteSeconds * PRICE.gigabyteSecond], {
        context: {
          ...{ memoryMB: MEMORY_MB, seconds: Math.round(seconds), pricePerGigabyteSecond: PRICE.gigabyteSecond },
          as: 'Lambda on arm64 by the processor time of this machine; requests and storage come on top',
        },
        better: 'lower',
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answered(answer: Promise<unknown>, status: number): Promise<void> {
  const { statusCode, body } = (await answer) as { statusCode: number; body: string };
  if (statusCode !== status) throw new Error(`expected status ${status}, found ${statusCode}: ${body.slice(0, 200)}`);
}

async function expectPicked(folder: string, traces: number): Promise<void> {
  const store = await directoryStore(folder);
  const pointer = (await pointerOf(store, (await store.head('line.sgy'))!)) as Pointer & { state: 'picked' };
  if (pointer?.state !== 'picked' || pointer.traces !== traces || pointer.picked < 0.9 * traces)
    throw new Error(
      `expected picks on nine of ten of ${traces} traces, found ${JSON.stringify(pointer).slice(0, 200)}`,
    );
}

const shotAt = (at: number, channels: number, ffid: number): Shot =>
  syntheticShot({
    ffid,
    source: metres(2 * at + 1),
    channels,
    spacing: metres(240 / channels),
    sampleInterval: ms(0.5),
    length: ms(0.5 * SAMPLES),
  }).shot;

async function segyBytes(shots: readonly Shot[]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeSegy(shots)) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}
