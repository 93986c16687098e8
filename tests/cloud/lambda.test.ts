/**
 * The package that is shipped to Lambda, unpacked and run behind its Runtime API: the functions of the queue, of the state machine
 * and of the HTTP API, on a real S3 server where one is installed.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { loadImage } from '@napi-rs/canvas';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BundleSize, bundleLambda, zipOf } from '#functions/bundle.ts';
import { s3Store } from '#functions/store/s3.ts';
import type { SurveyResult } from '#functions/work/line.ts';
import type { Pointer } from '#functions/work/pointer.ts';
import { pointerKey } from '#functions/work/result-keys.ts';
import type { SurveyTask, Task } from '#functions/work/task.ts';
import { workOn } from '#functions/work/work.ts';
import { getJson, type ObjectStore } from '#shared/object-store.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { notify } from './bucket-topic.ts';
import { lineBytes, shotBytes } from './made-survey.ts';
import { missingPrograms, type RadosGateway, startRadosGateway } from './radosgw.ts';
import { type LambdaFunction, startFunction } from './runtime-api.ts';

const folder = scratch();
const built = join(folder.path, 'lambda');
const bundle = join(folder.path, 'task');
let size: BundleSize;

beforeAll(async () => {
  size = await bundleLambda({ bundle: built });
  for (const [path, bytes] of Object.entries(unzipSync(new Uint8Array(readFileSync(zipOf(built)))))) {
    mkdirSync(dirname(join(bundle, path)), { recursive: true });
    writeFileSync(join(bundle, path), bytes);
  }
  writeFileSync(join(folder.path, 'shot.sg2'), shotBytes());
}, 120_000);
afterAll(folder.remove);

const NOWHERE = { SURVEYS_BUCKET: 'surveys', RESULTS_BUCKET: 'results', TASKS_QUEUE_URL: 'http://127.0.0.1:1/q' };
const request = (
  method: string,
  path: string,
  { body, headers = {}, caller = true }: { body?: Uint8Array; headers?: Record<string, string>; caller?: boolean } = {},
) => {
  const [rawPath, rawQueryString = ''] = path.split('?');
  return {
    version: '2.0',
    routeKey: 'ANY /{path+}',
    rawPath,
    rawQueryString,
    headers: { host: 'api.example', ...headers },
    requestContext: {
      domainName: 'api.example',
      http: { method, path: rawPath },
      ...(caller && { authorizer: { iam: { userArn: 'arn:aws:iam::123456789012:user/observer' } } }),
    },
    // As the gateway sends what is no text.
    ...(body && { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }),
  };
};
interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}
const bodyOf = ({ body, isBase64Encoded }: Answer) => Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');

describe('the package', () => {
  it('is far below what Lambda takes: 50 MB zipped, 250 MB unpacked; ours is to stay within 10 MB', () => {
    expect(size.zipped).toBe(readFileSync(zipOf(built)).length);
    expect(size.zipped).toBeLessThanOrEqual(10e6);
    expect(size.unzipped).toBeLessThanOrEqual(50e6);
  });

  it('starts with the weights of its manifest alone', async () => {
    const other = join(folder.path, 'tampered');
    cpSync(bundle, other, { recursive: true });
    const weights = readFileSync(join(other, 'model/model.onnx'));
    weights[weights.length >> 1] ^= 1;
    writeFileSync(join(other, 'model/model.onnx'), weights);
    const started = await startFunction({ bundle: other, handler: 'lambda.queue', env: NOWHERE });
    await expect(started.init).rejects.toThrow(/model\.onnx: expected SHA-256 [0-9a-f]+, found [0-9a-f]+/);
    await started.stop();
  });

  it('runs the weights by the word of its environment', async () => {
    const env = { ...NOWHERE, CALLERS: 'iam', FIRSTBREAK_RUNTIME: 'tflite' };
    const started = await startFunction({ bundle, handler: 'lambda.http', env });
    const answer = (await started.invoke(request('GET', '/v1/health', { caller: false }))) as Answer;
    expect([answer.statusCode, JSON.parse(answer.body).status]).toEqual([200, 'ok']);
    const version = (await started.invoke(request('GET', '/v1/version', { caller: false }))) as Answer;
    expect(JSON.parse(version.body)).toMatchObject({ runtime: 'tflite' });
    await started.stop();
    for (const [word, says] of [
      ['onnx-node', 'onnxruntime-node: expected its layer below'],
      ['torch', 'expected FIRSTBREAK_RUNTIME to be onnx-web, onnx-node, tflite, found torch'],
    ]) {
      const broken = await startFunction({
        bundle,
        handler: 'lambda.queue',
        env: { ...NOWHERE, FIRSTBREAK_RUNTIME: word },
      });
      await expect(broken.init).rejects.toThrow(says);
      await broken.stop();
    }
  });

  it('says what is missing in its environment', async () => {
    const started = await startFunction({ bundle, handler: 'lambda.queue', env: { RESULTS_BUCKET: 'results' } });
    await expect(started.init).rejects.toThrow('expected SURVEYS_BUCKET in the environment, found none');
    await started.stop();
  });
});

describe('the HTTP API', () => {
  let api: LambdaFunction;
  beforeAll(async () => {
    api = await startFunction({
      bundle,
      handler: 'lambda.http',
      env: { ...NOWHERE, CALLERS: 'iam', POWERTOOLS_SERVICE_NAME: 'Http' },
    });
  });
  afterAll(() => api.stop());
  const ask = async (...given: Parameters<typeof request>) => (await api.invoke(request(...given))) as Answer;

  it('is healthy: the golden gathers of the model give their scores', async () => {
    const answer = await ask('GET', '/v1/health', { caller: false });
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body).status).toBe('ok');
  });

  it('knows nobody whom the gateway did not check', async () => {
    const answer = await ask('POST', '/v1/picks', { body: shotBytes(), caller: false });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('shows its description from its own files', async () => {
    const answer = await ask('GET', '/docs/swagger-ui-bundle.js');
    expect(answer.statusCode).toBe(200);
    expect(bodyOf(answer).length).toBeGreaterThan(1e6);
  });

  it('logs structured lines, without anything of what was asked', () => {
    const lines = api
      .log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const requests = lines.filter(({ message }) => message === 'request');
    expect(requests.map(({ route, status }) => `${route} ${status}`)).toContain('/v1/health 200');
    expect(requests.every(({ service, function_request_id }) => service === 'Http' && function_request_id)).toBe(true);
    expect(lines.some((line) => line._aws && line.ColdStart === 1)).toBe(true);
  });
});

const missing = missingPrograms();
describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `on an S3 server (skipped: ${missing.join(', ')} not installed)` : 'on an S3 server',
  () => {
    let server: RadosGateway;
    let queue: Server;
    let surveys: ObjectStore;
    let results: ObjectStore;
    let env: Record<string, string>;
    /** What the functions have put into the queue. */
    const messages: string[] = [];
    const line = lineBytes(12);
    let api: LambdaFunction;
    let picker: LambdaFunction;

    beforeAll(async () => {
      server = await startRadosGateway();
      const [surveysBucket, resultsBucket] = [await server.bucket(), await server.bucket()];
      const client = server.client();
      surveys = s3Store({ bucket: surveysBucket, prefix: '' }, client);
      results = s3Store({ bucket: resultsBucket, prefix: '' }, client);
      queue = createServer(async (incoming, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        const { Entries } = JSON.parse(Buffer.concat(chunks).toString());
        // One of a batch is refused at first, as a throttled queue does.
        const [refused, taken] = Entries.length > 1 ? [Entries.slice(0, 1), Entries.slice(1)] : [[], Entries];
        messages.push(...taken.map(({ MessageBody }: { MessageBody: string }) => MessageBody));
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(
          JSON.stringify({
            Successful: taken.map(({ Id, MessageBody }: { Id: string; MessageBody: string }) => ({
              ...{ Id, MessageId: Id },
              MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'), // the client compares
            })),
            Failed: refused.map(({ Id }: { Id: string }) => ({ Id, Code: 'InternalError', SenderFault: false })),
          }),
        );
      });
      await new Promise<void>((listening) => {
        queue.listen(0, '127.0.0.1', listening);
      });
      const { port } = queue.address() as AddressInfo;
      env = {
        SURVEYS_BUCKET: surveysBucket,
        RESULTS_BUCKET: resultsBucket,
        TASKS_QUEUE_URL: `http://127.0.0.1:${port}/tasks`,
        AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${port}`,
        AWS_ENDPOINT_URL_S3: server.endpoint,
        AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
      };
      api = await startFunction({ bundle, handler: 'lambda.http', env: { ...env, CALLERS: 'iam' } });
      picker = await startFunction({ bundle, handler: 'lambda.queue', env });
    }, 120_000);
    afterAll(async () => {
      await api?.stop();
      await picker?.stop();
      queue?.close();
      await server?.stop();
    });

    const pointer = async (key: string) => (await getJson<Pointer>(surveys, pointerKey(key)))?.value;
    const csvOf = async (key: string) => {
      const told = await pointer(key);
      if (told?.state !== 'picked') throw new Error(`expected picks, found ${JSON.stringify(told)}`);
      return new TextDecoder().decode(await results.get(told.files.csv));
    };
    const arrival = (key: string) => ({
      Records: [
        {
          eventSource: 'aws:s3',
          eventName: 'ObjectCreated:Put',
          s3: { bucket: { name: env.SURVEYS_BUCKET }, object: { key: encodeURIComponent(key) } },
        },
      ],
    });
    const batch = (...bodies: (object | string)[]) => ({
      Records: bodies.map((body, i) => ({
        messageId: `m${i}`,
        receiptHandle: 'r',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        attributes: { ApproximateReceiveCount: '1' },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:tasks',
        awsRegion: 'eu-central-1',
      })),
    });

    it('the queue: what is bad fails alone, the rest is picked as the command line picks it', async () => {
      await surveys.put('line 7/shot.sg2', shotBytes());
      await surveys.put('bad.sg2', shotBytes().slice(0, 900));
      const answer = await picker.invoke(
        batch(
          arrival('line 7/shot.sg2'),
          arrival('bad.sg2'),
          arrival('gone.sg2'),
          { Event: 's3:TestEvent' },
          arrival('line 7/shot.sg2'),
          'nonsense',
        ),
      );
      expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm5' }] });
      const { out } = await firstbreak(['pick', '--quiet', '--runtime', 'onnx-web', 'shot.sg2'], {
        cwd: folder.path,
      });
      expect(await csvOf('line 7/shot.sg2')).toBe(out);
      expect(await pointer('bad.sg2')).toMatchObject({ state: 'failed', error: { code: 'truncated' } });
      const log = picker.log();
      expect(log).not.toContain('shot.sg2');
      const lines = log
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text));
      expect(lines.filter(({ outcome }) => outcome).map(({ outcome }) => outcome)).toEqual([
        'done',
        'gone',
        'test',
        'done',
      ]);
      const counted = lines.find((each) => each.TracesPicked !== undefined);
      expect(counted).toMatchObject({ service: 'Queue', TracesPicked: 24, SkippedShare: 0 });
      expect(counted._aws.CloudWatchMetrics[0].Namespace).toBe('Firstbreak');
    });

    it('the state machine: a file, and what cannot be picked by its type', async () => {
      const machine = await startFunction({ bundle, handler: 'lambda.step', env });
      try {
        await surveys.put('survey/line.sgy', await line);
        expect(await machine.invoke({ kind: 'file', key: 'survey/line.sgy' })).toEqual({ tasks: [] });
        expect((await csvOf('survey/line.sgy')).trimEnd().split('\n')).toHaveLength(1 + 12 * 24);
        await surveys.put('survey/bad.sg2', shotBytes().slice(0, 900));
        await expect(machine.invoke({ kind: 'file', key: 'survey/bad.sg2' })).rejects.toMatchObject({
          errorType: 'RecordError',
        });
        await expect(machine.invoke({ kind: 'file', key: 'survey/gone.sg2' })).rejects.toMatchObject({
          errorType: 'StoreError',
        });
        const { tasks } = (await machine.invoke({ kind: 'survey', prefix: 'survey/' })) as { tasks: SurveyTask[] };
        expect(tasks).toMatchObject([{ kind: 'judge', index: 0 }]);
        const last = (await machine.invoke(tasks[0])) as { tasks: SurveyTask[] };
        expect(last.tasks).toMatchObject([{ kind: 'line' }]);
        expect(await machine.invoke(last.tasks[0])).toEqual({ tasks: [] });
        const judged = (await getJson<SurveyResult>(surveys, 'survey/survey.firstbreak.json'))!.value;
        expect(judged).toMatchObject({ files: 1, shots: 12, lines: [{ name: 'survey' }] });
        expect(new TextDecoder().decode(await results.get(judged.results.report))).toContain(
          '<h1>Quality control</h1>',
        );
        await expect(machine.invoke({ prefix: 'survey/' })).rejects.toMatchObject({ errorType: 'TypeError' });
      } finally {
        await machine.stop();
      }
    });

    const requested = async (...given: Parameters<typeof request>) => (await api.invoke(request(...given))) as Answer;

    it('the HTTP API: bytes stay bytes, in and out, whether or not they have a type', async () => {
      const { out } = await firstbreak(['pick', '--quiet', '--runtime', 'onnx-web', 'shot.sg2'], { cwd: folder.path });
      for (const headers of [{}, { 'content-type': 'application/octet-stream' }]) {
        const given = { body: shotBytes(), headers: { accept: 'text/csv', ...headers } };
        const answer = await requested('POST', '/v1/picks?name=shot.sg2', given);
        expect(answer.statusCode, bodyOf(answer).toString()).toBe(200);
        expect(bodyOf(answer).toString()).toBe(out);
      }
      const picture = await requested('POST', '/v1/picks?format=png', { body: shotBytes() });
      expect(picture.isBase64Encoded).toBe(true);
      const { width, height } = await loadImage(bodyOf(picture));
      expect([width, height]).toEqual([1650, 1080]);
    });

    it('the HTTP API as a stream: answers beyond what a function may return whole', async () => {
      const stream = await startFunction({ bundle, handler: 'lambda.stream', env: { ...env, CALLERS: 'iam' } });
      try {
        const health = (await stream.invoke(request('GET', '/v1/health'))) as Answer;
        expect(JSON.parse(bodyOf(health).toString()).status).toBe('ok');
        const given = { body: shotBytes(), headers: { accept: 'text/csv' } };
        const picks = (await stream.invoke(request('POST', '/v1/picks?name=shot.sg2', given))) as Answer;
        expect(picks.headers['content-type']).toContain('text/csv');
        expect(bodyOf(picks).toString().split('\n')).toHaveLength(26);
        const refused = (await stream.invoke(request('GET', '/v1/jobs', { caller: false }))) as Answer;
        expect(refused.statusCode).toBe(401);
      } finally {
        await stream.stop();
      }
    });

    it('a job: handed in by HTTP, worked on behind the queue, seen by HTTP', async () => {
      await surveys.put('job/shot.sg2', shotBytes(2));
      const body = new TextEncoder().encode(JSON.stringify({ input: { key: 'job/shot.sg2' } }));
      const accepted = await requested('POST', '/v1/jobs', { body, headers: { 'content-type': 'application/json' } });
      expect(accepted.statusCode, bodyOf(accepted).toString()).toBe(202);
      const { id } = JSON.parse(accepted.body);
      for (let i = 0; i < messages.length; i++)
        expect(await picker.invoke(batch(messages[i]))).toEqual({ batchItemFailures: [] });
      const job = JSON.parse((await requested('GET', `/v1/jobs/${id}`)).body);
      expect(job).toMatchObject({ state: 'succeeded' });
      const picks = await requested('GET', `/v1/jobs/${id}/picks?format=csv`);
      expect([200, 302, 303, 307]).toContain(picks.statusCode);
      if (picks.statusCode === 200) expect(bodyOf(picks).toString()).toBe(await csvOf('job/shot.sg2'));
    });

    it('what the bucket itself tells of is picked: a real notification into the function', async () => {
      const told: string[] = [];
      const listener = createServer(async (incoming, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        told.push(Buffer.concat(chunks).toString());
        response.end();
      });
      await new Promise<void>((listening) => {
        listener.listen(0, '127.0.0.1', listening);
      });
      try {
        await notify(server, env.SURVEYS_BUCKET, `http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
        await surveys.put('line 8/shöt +1.sg2', shotBytes(3));
        await surveys.put('line 8/soon gone.sg2', shotBytes(4));
        await surveys.delete('line 8/soon gone.sg2');
        await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(3), 20_000);
        expect(await picker.invoke(batch(...told))).toEqual({ batchItemFailures: [] });
        expect(await csvOf('line 8/shöt +1.sg2')).toContain('shöt +1.sg2,0,3,1,');
        expect(await pointer('line 8/soon gone.sg2')).toBeUndefined();
        // The pointer was written to the bucket as well, which tells of it: nothing comes of that.
        await vi.waitFor(() => expect(told.some((message) => message.includes('.firstbreak.json'))).toBe(true), 20_000);
        const before = picker.log().length;
        expect(await picker.invoke(batch(told.find((message) => message.includes('.firstbreak.json'))!))).toEqual({
          batchItemFailures: [],
        });
        expect(picker.log().slice(before)).toContain('"outcome":"nothing"');
      } finally {
        listener.close();
        listener.closeAllConnections();
      }
    });

    it('a file of shards: the same picks as without them, each result in a bucket', async () => {
      await surveys.put('shards.sgy', await line);
      const deps = { picker: classicalPicker, surveys, sizes: { whole: 100_000, shard: 86_400 } };
      const tasks: Task[] = [{ kind: 'file', key: 'shards.sgy' }];
      for (const task of tasks) tasks.push(...(await workOn(results, task, deps)));
      expect(tasks.map(({ kind }) => kind)).toEqual(['file', 'shard', 'shard', 'shard', 'shard', 'merge']);
      writeFileSync(join(folder.path, 'shards.sgy'), await line);
      const words = ['pick', '--quiet', '--picker', 'classical', 'shards.sgy'];
      expect(await csvOf('shards.sgy')).toBe((await firstbreak(words, { cwd: folder.path })).out);
    });
  },
);
