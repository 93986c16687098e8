/**
 * What the retraining on AWS ends with, cdk/training-container/promote.sh, over a real S3 server: a refused canary ends, one that
 * nothing could be decided about does not. In place of AWS's command line stands a script that knows the public key.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Store } from '#functions/store/s3.ts';
import { type Registry, registryIn } from '#shared/model/registry.ts';
import type { ModelFiles } from '#shared/model/release.ts';
import { makeKeyPair, signerOf, verifierOf } from '#shared/model/signing.ts';
import { type Run, scratch } from '../cli/run.ts';
import { missingPrograms, type RadosGateway, startRadosGateway } from './radosgw.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SHIPPED = join(ROOT, 'shared/models/picker-1');
const MOVER = { by: 'a test', at: '2026-01-01T00:00:00Z' };
const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
const missing = missingPrograms();

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `promote.sh (skipped: ${missing.join(', ')} not installed)` : 'promote.sh',
  () => {
    let server: RadosGateway;
    let registry: Registry;
    let env: NodeJS.ProcessEnv;
    let publish: (change?: (files: Map<string, Uint8Array>) => void) => Promise<string>;

    beforeAll(async () => {
      server = await startRadosGateway();
      const bucket = await server.bucket();
      const { privatePem, publicPem } = await makeKeyPair();
      const signer = await signerOf(privatePem, publicPem, 'key');
      const store = s3Store({ bucket, prefix: '' }, server.client());
      registry = registryIn(store, { trust: [await verifierOf(publicPem, 'key')] });
      publish = async (change = () => {}) => {
        const files = new Map(
          readdirSync(SHIPPED).map((name) => [name, new Uint8Array(readFileSync(join(SHIPPED, name)))]),
        );
        change(files);
        return (await registry.publish(files as ModelFiles, { licences: new Map(), signer, where: 'model' })).digest;
      };
      mkdirSync(at('bin'));
      const der = publicPem.split('\n').slice(1, -2).join('');
      writeFileSync(
        at('bin/aws'),
        `#!/bin/sh\ncase "$*" in 'kms get-public-key --key-id a-key '*) echo ${der} ;; *) exit 9 ;; esac\n`,
      );
      chmodSync(at('bin/aws'), 0o755);
      env = {
        ...process.env,
        PATH: [at('bin'), join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter),
        ...{ MODELS_BUCKET: bucket, SIGNING_KEY: 'a-key', PAUSES: '0 0', AWS_REGION: 'us-east-1' },
        ...{ AWS_ENDPOINT_URL_S3: server.endpoint, AWS_ACCESS_KEY_ID: server.credentials.accessKeyId },
        AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
      };
    }, 120_000);
    afterAll(async () => {
      await server?.stop();
      folder.remove();
    });

    const promote = (more: NodeJS.ProcessEnv = {}) =>
      new Promise<Run>((done, reject) => {
        const child = spawn('bash', ['cdk/training-container/promote.sh'], { cwd: ROOT, env: { ...env, ...more } });
        const said = { out: '', err: '' };
        child.stdout.on('data', (text) => (said.out += text));
        child.stderr.on('data', (text) => (said.err += text));
        child.on('error', reject);
        child.on('close', (code) => done({ code, ...said }));
      });
    const releaseOf = async (name: 'stable' | 'canary') => (await registry.alias(name)).alias.release;

    it('leaves all as it is while nothing can be decided, makes a canary stable, and ends one that is refused', async () => {
      const good = await publish();
      await registry.set('canary', good, { ...MOVER, share: 0.5 });
      const away = await promote({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' });
      expect(away.code).toBe(1);
      expect(away.err).toMatch(
        /(promote: nothing was decided \(exit code 1\)\n[\s\S]*){2}promote: canary and stable are left as they are; start it again/,
      );
      expect([await releaseOf('stable'), await releaseOf('canary')]).toEqual([null, good]);

      expect(await promote()).toMatchObject({
        code: 0,
        out: expect.stringMatching(/stable: \w{12}\ncanary: ended\n$/),
      });
      expect([await releaseOf('stable'), await releaseOf('canary')]).toEqual([good, null]);

      const bad = await publish((files) => {
        const golden = JSON.parse(new TextDecoder().decode(files.get('golden.json')));
        golden.gathers[0].scores[0][1] -= 1;
        files.set('golden.json', new TextEncoder().encode(JSON.stringify(golden)));
      });
      await registry.set('canary', bad, { ...MOVER, share: 0.5 });
      const refused = await promote();
      expect(refused.code).toBe(3);
      expect(refused.err).toMatch(
        /expected the scores of golden\.json, found others[\s\S]*is refused; stable is still \w{12}\n$/,
      );
      expect([await releaseOf('stable'), await releaseOf('canary')]).toEqual([good, null]);
      expect((await registry.alias('canary')).alias.history.at(-1)).toMatchObject({ what: 'end', by: 'retraining' });

      // An alarm was faster.
      expect(await promote()).toMatchObject({ code: 3, err: expect.stringContaining('the canary has ended already') });
    }, 180_000);
  },
);
