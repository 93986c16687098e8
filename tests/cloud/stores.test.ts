/** Stores of objects: each kind by the same suite, and what is particular to one. */
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '#shared/object-store.ts';
import { type DirectoryStore, directoryStore } from '../../functions/store/directory.ts';
import { locked } from '../../functions/store/lock.ts';
import { s3Place, s3Store } from '../../functions/store/s3.ts';
import { missingPrograms, type RadosGateway, startRadosGateway } from './radosgw.ts';
import { storeConformance } from './store-conformance.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a directory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-store-'));
  let store: DirectoryStore;
  beforeAll(async () => {
    store = await directoryStore(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  storeConformance(() => store);

  it('follows no symbolic link, neither to read nor to write', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'firstbreak-outside-'));
    writeFileSync(join(outside, 'secret'), 'secret');
    symlinkSync(outside, join(folder, 'way-out'));
    symlinkSync(join(outside, 'secret'), join(folder, 'link'));
    const refused = { code: 'bad-key' };
    await expect(store.get('way-out/secret')).rejects.toMatchObject(refused);
    await expect(store.put('way-out/new', bytes('x'))).rejects.toMatchObject(refused);
    await expect(store.put('way-out/new', bytes('x'), { condition: 'absent' })).rejects.toMatchObject(refused);
    await expect(store.delete('way-out/secret')).rejects.toMatchObject(refused);
    await expect(store.get('link')).rejects.toMatchObject(refused);
    expect(await store.head('link')).toBeUndefined();
    expect((await store.list('')).objects.map(({ key }) => key)).not.toContain('link');
    await store.put('link', bytes('mine'));
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(readdirSync(outside)).toEqual(['secret']);
    rmSync(outside, { recursive: true });
  });

  it('holds no key that is the folder of another, and none of its own', async () => {
    await store.put('f/a', bytes('x'));
    const refused = { code: 'bad-key' };
    await expect(store.put('f/a/b', bytes('x'))).rejects.toMatchObject(refused);
    await expect(store.put('f', bytes('x'))).rejects.toMatchObject(refused);
    await expect(store.put('f', bytes('x'), { condition: 'absent' })).rejects.toMatchObject(refused);
    await expect(store.put('f/a/b', bytes('x'), { condition: 'absent' })).rejects.toMatchObject(refused);
    await expect(store.put('.firstbreak/x', bytes('x'))).rejects.toMatchObject(refused);
    await expect(store.get('.firstbreak/locks')).rejects.toMatchObject(refused);
  });

  it('leaves nothing of its own behind', async () => {
    await store.put('tidy', bytes('x'));
    await store.put('tidy', bytes('x'), { condition: 'absent' });
    await store.put('tidy', bytes('x'), { condition: { matches: 'another' } });
    expect(readdirSync(join(folder, '.firstbreak/spare'))).toEqual([]);
    expect(readdirSync(join(folder, '.firstbreak/locks'))).toEqual([]);
  });

  it('of several processes one makes an object, and none loses a count', async () => {
    const program = `
      import { directoryStore } from ${JSON.stringify(new URL('../../functions/store/directory.ts', import.meta.url).href)};
      import { getJson, putJson } from ${JSON.stringify(new URL('../../shared/object-store.ts', import.meta.url).href)};
      const store = await directoryStore(process.argv[1]);
      const { written } = await putJson(store, 'made', process.pid, 'absent');
      for (let i = 0; i < 20; ) {
        const { value, etag } = await getJson(store, 'count');
        if ((await putJson(store, 'count', value + 1, { matches: etag })).written) i++;
      }
      console.log(written);`;
    await store.put('count', bytes('0'));
    const run = promisify(execFile);
    const args = ['--input-type=module', '-e', program, folder];
    const outs = await Promise.all([1, 2, 3].map(() => run(process.execPath, args)));
    expect(outs.map(({ stdout }) => stdout.trim()).sort()).toEqual(['false', 'false', 'true']);
    expect(JSON.parse(readFileSync(join(folder, 'count'), 'utf8'))).toBe(60);
  });

  it('takes over the lock of a process that died, once', async () => {
    const lock = join(folder, '.firstbreak/locks/test');
    const spare = join(folder, '.firstbreak/spare');
    writeFileSync(lock, JSON.stringify({ host: 'another', pid: 1, run: 'x', id: 'x' }));
    utimesSync(lock, new Date(0), new Date(0));
    let inside = 0;
    let most = 0;
    const act = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
    };
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => locked(lock, spare, act)));
    expect(most).toBe(1);
    mkdirSync(join(folder, 'free'));
    expect(readdirSync(join(folder, '.firstbreak/locks'))).toEqual([]);
  });
});

describe('an address of S3', () => {
  it('names a bucket and what lies under a prefix', () => {
    expect(s3Place('s3://line-7')).toEqual({ bucket: 'line-7', prefix: '' });
    expect(s3Place('s3://line-7/a/b/')).toEqual({ bucket: 'line-7', prefix: 'a/b/' });
    for (const none of ['line-7', 's3://', 's3://UPPER', 's3://a', 'http://x/y', '/srv/store'])
      expect(s3Place(none)).toBeUndefined();
    expect(() => s3Place('s3://line-7/../x')).toThrow("found the part '..'");
  });
});

const missing = missingPrograms();
describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `S3: skipped, not installed: ${missing.join(', ')}` : 'S3, by a Ceph gateway',
  () => {
    let server: RadosGateway;
    let store: ObjectStore;
    let bucket: string;
    beforeAll(async () => {
      server = await startRadosGateway();
      bucket = await server.bucket();
      store = s3Store({ bucket, prefix: 'inside/' }, server.client());
    }, 120_000);
    afterAll(() => server?.stop());

    storeConformance(() => store);

    it('stays under its prefix', async () => {
      await store.put('mine', bytes('x'));
      const whole = s3Store({ bucket, prefix: '' }, server.client());
      expect(await whole.head('inside/mine')).toBeDefined();
      await whole.put('outside', bytes('x'));
      expect((await store.list('')).objects.map(({ key }) => key)).not.toContain('outside');
    });

    it('says that it may not, without the address and the key id', async () => {
      const client = server.client();
      client.config.credentials = async () => ({ ...server.credentials, secretAccessKey: 'wrong' });
      const error = await s3Store({ bucket, prefix: '' }, client)
        .get('x')
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'denied' });
      expect(`${error}`).not.toContain(server.credentials.accessKeyId);
    });

    it('takes an upload in parts that others send by signed requests', async () => {
      const uploads = store.uploads!;
      const id = await uploads.begin('up/loaded');
      const parts = [new Uint8Array(5 * 1024 * 1024).fill(1), new Uint8Array(1000).fill(2)];
      const sent = [];
      for (const [i, body] of parts.entries()) {
        const { method, url } = await uploads.signPart('up/loaded', id, i + 1, {
          expiresSeconds: 60,
          size: body.length,
        });
        const answer = await fetch(url, { method, body });
        expect(answer.status).toBe(200);
        sent.push({ part: i + 1, etag: answer.headers.get('etag')! });
      }
      // The signature holds for this part of this key alone.
      const { url } = await uploads.signPart('up/loaded', id, 3, { expiresSeconds: 60, size: 3 });
      expect((await fetch(url.replace('up/loaded', 'up/other'), { method: 'PUT', body: 'abc' })).status).toBe(403);
      expect((await uploads.complete('up/loaded', id, sent)).size).toBe(5 * 1024 * 1024 + 1000);
      const read = await uploads.signGet('up/loaded', { expiresSeconds: 60, fileName: 'line 7.sgy' });
      const answer = await fetch(read.url);
      expect(answer.headers.get('content-disposition')).toContain('line%207.sgy');
      expect((await answer.arrayBuffer()).byteLength).toBe(5 * 1024 * 1024 + 1000);
      const other = await uploads.begin('up/aborted');
      await uploads.abort('up/aborted', other);
      await uploads.abort('up/aborted', other);
      // AWS says that there is no such upload, Ceph that it is busy with it.
      const late = uploads.complete('up/aborted', other, [{ part: 1, etag: 'x' }]);
      await expect(late).rejects.toMatchObject({
        _tag: 'StoreError',
        code: expect.stringMatching(/missing|unavailable/),
      });
    });
  },
);
