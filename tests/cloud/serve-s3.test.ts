/** `firstbreak serve` over a bucket: uploads straight to it, jobs, results, two servers on one queue. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingPrograms, type RadosGateway, startRadosGateway } from './radosgw.ts';
import { seg2Shot } from './shots.ts';
import { type StartedServer, startProgram } from './started.ts';

const missing = missingPrograms();
describe.skipIf(missing.length > 0)(
  missing.length > 0
    ? `serve over S3: skipped, not installed: ${missing.join(', ')}`
    : 'serve over S3, by a Ceph gateway',
  () => {
    const before = { ...process.env };
    let s3: RadosGateway;
    let servers: readonly StartedServer[] = [];
    beforeAll(async () => {
      s3 = await startRadosGateway();
      process.env.AWS_ENDPOINT_URL_S3 = s3.endpoint;
      process.env.AWS_REGION = 'us-east-1';
      process.env.AWS_ACCESS_KEY_ID = s3.credentials.accessKeyId;
      process.env.AWS_SECRET_ACCESS_KEY = s3.credentials.secretAccessKey;
      const store = `s3://${await s3.bucket()}/line-7`;
      servers = await Promise.all([1, 2].map(() => startProgram('--store', store, '--workers', '1')));
    }, 180_000);
    afterAll(async () => {
      for (const server of servers) await server.stop();
      await s3?.stop();
      process.env = before;
    }, 60_000);

    const post = (server: number, path: string, body: object) =>
      fetch(servers[server].url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });

    it('takes an upload that goes straight to the bucket, and picks it as any other', async () => {
      const shot = seg2Shot();
      const upload = await (await post(0, '/v1/uploads', { name: 'a b+ü.sg2', size: shot.length })).json();
      expect(upload.parts[0].url).toMatch(new RegExp(`^${s3.endpoint}/`));
      const sent = await fetch(upload.parts[0].url, { method: 'PUT', body: shot });
      const parts = [{ part: 1, etag: sent.headers.get('etag') }];
      // The other server knows of it as well.
      expect((await post(1, `/v1/uploads/${upload.id}/complete`, { parts })).status).toBe(200);
      const { links } = await (await post(0, '/v1/jobs', { input: { upload: upload.id } })).json();
      let state = '';
      for (let i = 0; i < 300 && !/succeeded|failed/.test(state); i++) {
        state = (await (await fetch(servers[1].url + links.self)).json()).state;
        await new Promise((done) => setTimeout(done, 100));
      }
      expect(state).toBe('succeeded');
      const picks = await (await fetch(`${servers[1].url}${links.picks}?format=csv`)).text();
      const name = encodeURIComponent('a b+ü.sg2');
      const direct = await fetch(`${servers[0].url}/v1/picks?format=csv&name=${name}`, { method: 'POST', body: shot });
      expect(picks).toBe(await direct.text());
    }, 120_000);
  },
);
