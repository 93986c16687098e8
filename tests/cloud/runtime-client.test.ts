/**
 * The package under AWS's own runtime interface client, aws-lambda-ric, in place of ours. It is built where it is installed (CMake, a C++
 * compiler, minutes), so it is no part of this project: FIRSTBREAK_LAMBDA_RIC names the index.mjs of an installed one.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleLambda } from '#functions/bundle.ts';
import { scratch } from '../cli/run.ts';
import { startFunction } from './runtime-api.ts';

const client = process.env.FIRSTBREAK_LAMBDA_RIC;
const NOWHERE = { SURVEYS_BUCKET: 'surveys', RESULTS_BUCKET: 'results', TASKS_QUEUE_URL: 'http://127.0.0.1:1/q' };

describe.skipIf(!client)(
  client ? 'under aws-lambda-ric' : 'under aws-lambda-ric (skipped: FIRSTBREAK_LAMBDA_RIC names none)',
  () => {
    const folder = scratch();
    const bundle = `${folder.path}/lambda`;
    beforeAll(async () => void (await bundleLambda({ bundle })), 120_000);
    afterAll(folder.remove);

    it('the HTTP API answers, whole and as a stream', async () => {
      for (const handler of ['lambda.http', 'lambda.stream']) {
        const env = { ...NOWHERE, CALLERS: 'iam' };
        const started = await startFunction({ bundle, handler, env, client });
        const answer = (await started.invoke({
          version: '2.0',
          rawPath: '/v1/health',
          rawQueryString: '',
          headers: { host: 'api.example' },
          requestContext: { domainName: 'api.example', http: { method: 'GET', path: '/v1/health' } },
        })) as { statusCode: number; body: string; isBase64Encoded?: boolean };
        expect(answer.statusCode, started.log()).toBe(200);
        const body = Buffer.from(answer.body, answer.isBase64Encoded ? 'base64' : 'utf8').toString();
        expect(JSON.parse(body).status).toBe('ok');
        await started.stop();
      }
    }, 120_000);

    it('a message of the queue fails alone', async () => {
      const started = await startFunction({ bundle, handler: 'lambda.queue', env: NOWHERE, client });
      const record = (messageId: string, body: string) => ({
        messageId,
        body,
        receiptHandle: messageId,
        attributes: { ApproximateReceiveCount: '1' },
        messageAttributes: {},
        eventSource: 'aws:sqs',
      });
      const test = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'surveys' });
      const answer = await started.invoke({ Records: [record('a', test), record('b', 'no JSON')] });
      expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
      await started.stop();
    }, 120_000);

    it('what is missing in the environment is an error of the start', async () => {
      const started = await startFunction({ bundle, handler: 'lambda.queue', env: { RESULTS_BUCKET: 'r' }, client });
      await expect(started.init).rejects.toThrow('expected SURVEYS_BUCKET in the environment, found none');
      await started.stop();
    }, 120_000);
  },
);
