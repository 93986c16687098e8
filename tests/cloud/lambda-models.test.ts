/**
 * Releases on Lambda: the package behind its Runtime API, over a registry in a bucket of a real S3 server. Which release picks what,
 * that it stays so, that what was tampered with picks nothing, and that an alarm ends the canary.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleLambda } from '#functions/bundle.ts';
import type { Job, JobTask } from '#functions/jobs/job.ts';
import { jobKey } from '#functions/jobs/job.ts';
import { submitJob } from '#functions/jobs/jobs.ts';
import { asOne } from '#functions/lambda/two-places.ts';
import { openPickerHere } from '#functions/models.ts';
import { s3Store } from '#functions/store/s3.ts';
import type { Pointer } from '#functions/work/pointer.ts';
import { pointerKey } from '#functions/work/result-keys.ts';
import { workOn } from '#functions/work/work.ts';
import { placeOfJob } from '#shared/model/alias.ts';
import { keysOf, type Registry, registryIn } from '#shared/model/registry.ts';
import type { ModelFiles } from '#shared/model/release.ts';
import { makeKeyPair, signerOf, verifierOf } from '#shared/model/signing.ts';
import { getJson, type ObjectStore } from '#shared/object-store.ts';
import { scratch } from '../cli/run.ts';
import { lineBytes, shotBytes } from './made-survey.ts';
import { missingPrograms, type RadosGateway, startRadosGateway } from './radosgw.ts';
import { type LambdaFunction, startFunction } from './runtime-api.ts';

const SHIPPED = resolve(import.meta.dirname, '../../shared/models/picker-1');
const MOVER = { by: 'a test', at: '2026-01-01T00:00:00Z' };
const folder = scratch();
const bundle = join(folder.path, 'lambda');
const missing = missingPrograms();

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `on an S3 server (skipped: ${missing.join(', ')} not installed)` : 'on an S3 server',
  () => {
    let server: RadosGateway;
    let surveys: ObjectStore;
    let results: ObjectStore;
    let models: ObjectStore;
    let registry: Registry;
    let env: Record<string, string>;
    let publish: (name: string) => Promise<string>;
    let stable: string;
    let canary: string;
    const started: LambdaFunction[] = [];

    beforeAll(async () => {
      await bundleLambda({ bundle });
      server = await startRadosGateway();
      const names = [await server.bucket(), await server.bucket(), await server.bucket()];
      const client = server.client();
      [surveys, results, models] = names.map((bucket) => s3Store({ bucket, prefix: '' }, client));
      const { privatePem, publicPem } = await makeKeyPair();
      const signer = await signerOf(privatePem, publicPem, 'key');
      registry = registryIn(models, { trust: [await verifierOf(publicPem, 'key')] });
      publish = async (name) =>
        (await registry.publish(named(name), { licences: new Map(), signer, where: name })).digest;
      env = {
        ...{ SURVEYS_BUCKET: names[0], RESULTS_BUCKET: names[1], MODELS_BUCKET: names[2] },
        MODELS_TRUST: publicPem.split('\n').slice(1, -2).join(''),
        TASKS_QUEUE_URL: 'http://127.0.0.1:1/q',
        AWS_ENDPOINT_URL_S3: server.endpoint,
        AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
        TMPDIR: folder.path,
      };
      [stable, canary] = [await publish('steady'), await publish('daring')];
      await registry.set('stable', stable, MOVER);
      await registry.set('canary', canary, { ...MOVER, share: 0.5 });
    }, 120_000);
    afterAll(async () => {
      for (const each of started) await each.stop();
      await server?.stop();
      folder.remove();
    });

    /** The shipped model under another name. */
    function named(name: string): ModelFiles {
      const files = readdirSync(SHIPPED).map(
        (file) => [file, new Uint8Array(readFileSync(join(SHIPPED, file)))] as const,
      );
      const manifest = JSON.parse(new TextDecoder().decode(new Map(files).get('manifest.json')));
      return new Map([...files, ['manifest.json', new TextEncoder().encode(JSON.stringify({ ...manifest, name }))]]);
    }
    const start = async (handler: string, more: Record<string, string> = {}) => {
      const one = await startFunction({ bundle, handler, env: { ...env, ...more } });
      started.push(one);
      return one;
    };
    const message = (body: object) => ({
      Records: [
        {
          messageId: 'm',
          body: JSON.stringify(body),
          attributes: { ApproximateReceiveCount: '1' },
          eventSource: 'aws:sqs',
        },
      ],
    });
    const arrival = (key: string) =>
      message({
        Records: [
          {
            ...{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' },
            s3: { bucket: { name: env.SURVEYS_BUCKET }, object: { key: encodeURIComponent(key) } },
          },
        ],
      });
    const done = { batchItemFailures: [] };
    const modelOf = async (key: string) => {
      const pointer = (await getJson<Pointer>(surveys, pointerKey(key)))?.value;
      return pointer?.state === 'picked' ? pointer.model.name : pointer;
    };
    /** Lines of metrics that name this service. */
    const counted = (log: string, service: string) =>
      log
        .split('\n')
        .flatMap((line) =>
          line.includes(`"service":"${service}"`) && line.includes('"_aws"') ? [JSON.parse(line)] : [],
        );

    it('a file that arrives is picked by the release that its folder falls to, and so is a job by its id, which keeps it', async () => {
      const queue = await start('lambda.queue');
      const seen = new Set<string>();
      for (let i = 0; seen.size < 2; i++) {
        const key = `line ${i}/shot.sg2`;
        await surveys.put(key, shotBytes(i));
        expect(await queue.invoke(arrival(key)), queue.log()).toEqual(done);
        const name = (await placeOfJob(`line ${i}`)) < 0.5 ? 'daring' : 'steady';
        expect(await modelOf(key)).toBe(name);
        seen.add(name);
      }
      const [first] = counted(queue.log(), 'Canary');
      expect(first).toMatchObject({ FailedShare: 0, SkippedShare: expect.any(Number), MsPerTrace: expect.any(Number) });
      expect(counted(queue.log(), 'Queue').filter(({ TracesPicked }) => TracesPicked > 0).length).toBeGreaterThan(1);

      await surveys.put('job.sg2', shotBytes(50));
      const store = asOne(surveys, results);
      const tasks: JobTask[] = [];
      const { job } = await submitJob(store, '', { input: { key: 'job.sg2' } }, async (task) => void tasks.push(task));
      expect(await queue.invoke(message(tasks[0]))).toEqual(done);
      const kept = (await getJson<Job>(store, jobKey(job.id)))!.value;
      expect(kept).toMatchObject({ state: 'succeeded', release: await registry.choose(job.id) });
      expect(await modelOf('job.sg2')).toBe(kept.release === canary ? 'daring' : 'steady');
    });

    it('the shards of a file stay with the release they were planned with, after its canary has ended by an alarm', async () => {
      await surveys.put('line.sgy', await lineBytes(4));
      const { picker } = await openPickerHere(join(folder.path, 'firstbreak', 'releases', canary.slice(0, 16)));
      const deps = { picker, surveys, sizes: { whole: 100_000, shard: 86_400 }, release: canary };
      const shards = await workOn(results, { kind: 'file', key: 'line.sgy' }, deps);
      expect(shards.length).toBeGreaterThan(1);

      const guard = await start('lambda.guard', { MODELS_TRUST: '', SURVEYS_BUCKET: '', RESULTS_BUCKET: '' });
      const rings = (value: string) => ({
        'detail-type': 'CloudWatch Alarm State Change',
        detail: { alarmName: 'CanaryErrors', state: { value } },
      });
      expect(await guard.invoke(rings('OK'))).toEqual({ canary: 'left' });
      expect((await registry.alias('canary')).alias.release).toBe(canary);
      expect(await guard.invoke(rings('ALARM'))).toEqual({ canary: 'ended' });
      const { release, history } = (await registry.alias('canary')).alias;
      expect([release, history.at(-1)]).toMatchObject([null, { what: 'rollback', by: 'alarm CanaryErrors' }]);
      expect(await guard.invoke(rings('ALARM'))).toEqual({ canary: 'none' });
      await expect(guard.invoke({ Records: [] })).rejects.toThrow(/expected an alarm that changed its state/);
      expect((await registry.alias('stable')).alias.release).toBe(stable);

      const step = await start('lambda.step');
      const tasks = [...shards];
      for (const task of tasks) tasks.push(...((await step.invoke(task)) as { tasks: typeof tasks }).tasks);
      expect(await modelOf('line.sgy')).toBe('daring');
      await surveys.put('after.sg2', shotBytes(60));
      expect(await step.invoke({ kind: 'file', key: 'after.sg2' })).toEqual({ tasks: [] });
      expect(await modelOf('after.sg2')).toBe('steady');
    });

    it('a canary that was tampered with picks nothing and counts as failed; without a registry the bundle picks', async () => {
      const bad = await publish('broken');
      const { files } = await registry.release(bad);
      await models.put(keysOf().blob(files.find(({ file }) => file === 'golden.json')!.sha256), new Uint8Array(9));
      await registry.set('canary', bad, { ...MOVER, share: 1 });
      const queue = await start('lambda.queue');
      await surveys.put('tampered.sg2', shotBytes(70));
      expect(await queue.invoke(arrival('tampered.sg2'))).toEqual(done);
      expect(await modelOf('tampered.sg2')).toBe('steady');
      expect(queue.log()).toMatch(/golden\.json: expected SHA-256/);
      expect(counted(queue.log(), 'Canary')).toMatchObject([{ FailedShare: 100 }]);

      const alone = await start('lambda.queue', { MODELS_BUCKET: 'no-such-bucket' });
      await surveys.put('alone.sg2', shotBytes(71));
      expect(await alone.invoke(arrival('alone.sg2'))).toEqual(done);
      expect(await modelOf('alone.sg2')).toBe('picker-1');
    });
  },
);
