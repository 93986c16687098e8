/** What strangers try, over real connections: each is refused with its code, and neither answers nor logs say more than they should. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogEntry } from '../../functions/api/context.ts';
import { byJwt } from '../../functions/auth/jwt.ts';
import { addKey, byKeys, readKeys } from '../../functions/auth/keys.ts';
import { type RunningServer, startServer } from '../../functions/server.ts';
import { directoryStore } from '../../functions/store/directory.ts';
import { signedBlobs } from '../../functions/store/signed-blobs.ts';
import { scratch } from '../cli/run.ts';
import { madeApp } from './made-app.ts';
import { seg2Shot } from './shots.ts';

const MOST = 1024 * 1024;
const folder = scratch();
const keysFile = join(folder.path, 'keys.json');
const shot = seg2Shot();
const logged: LogEntry[] = [];
let server: RunningServer;
let [alice, bob] = ['', ''];

beforeAll(async () => {
  alice = addKey(keysFile, 'alice');
  bob = addKey(keysFile, 'bob');
  server = await startServer({
    host: '127.0.0.1',
    port: 0,
    store: join(folder.path, 'store'),
    authenticate: byKeys(keysFile),
    runtime: 'auto',
    workers: 1,
    mostBytes: MOST,
    idleMs: 400,
    version: 'test',
    log: (entry) => logged.push(entry),
  });
}, 60_000);
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

const ask = (
  key: string | undefined,
  method: string,
  path: string,
  body?: BodyInit,
  headers: Record<string, string> = {},
) =>
  fetch(server.url + path, {
    method,
    ...(body !== undefined && { body }),
    headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...headers },
  });
const askJson = (key: string, path: string, body: unknown) =>
  ask(key, 'POST', path, JSON.stringify(body), { 'content-type': 'application/json' });
const codeOf = async (answer: Response): Promise<string> =>
  `${answer.status} ${((await answer.json()) as { code: string }).code}`;

/** Sends bytes as they are, and gives back what the server says until it closes, or for a while. */
function raw(lines: string, { wait = 3000, then = [] as readonly [ms: number, text: string][] } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname, async () => {
      socket.write(lines);
      for (const [ms, text] of then) {
        await sleep(ms);
        if (socket.writable) socket.write(text);
      }
    });
    let said = '';
    socket.on('data', (chunk) => {
      said += chunk;
    });
    socket.on('close', () => resolve(said));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(said) : reject(error),
    );
    setTimeout(() => socket.destroy(), wait);
  });
}
const head = (path: string, ...headers: string[]) =>
  `${[`POST ${path} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${alice}`, ...headers].join('\r\n')}\r\n\r\n`;

describe('keys', () => {
  it('let in who has one, and nobody else', async () => {
    expect((await ask(alice, 'POST', '/v1/picks', shot)).status).toBe(200);
    expect((await ask(undefined, 'GET', '/v1/health')).status).toBe(200);
    const none = await ask(undefined, 'GET', '/v1/jobs');
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="firstbreak"');
    expect(await codeOf(none)).toBe('401 unauthorised');
    const [, id, secret] = /^fb_([0-9a-f]+)_(.+)$/.exec(alice)!;
    const other = bob.slice('fb_123456789012_'.length);
    for (const wrong of [
      `fb_${id}_${secret.slice(0, -1)}!`,
      `fb_${id}_${other}`,
      `fb_000000000000_${secret}`,
      secret,
      'x',
      '',
    ])
      expect(await codeOf(await ask(wrong, 'GET', '/v1/jobs'))).toBe('401 unauthorised');
    expect(
      await codeOf(await ask(undefined, 'GET', '/v1/jobs', undefined, { authorization: `Basic ${btoa('a:b')}` })),
    ).toBe('401 unauthorised');
  });

  it('hold until their day, and no longer', async () => {
    const file = join(folder.path, 'short.json');
    const short = addKey(file, 'short', { days: 1 });
    const request = new Request('http://x/', { headers: { authorization: `Bearer ${short}` } });
    expect((await byKeys(file)(request)).name).toBe('short');
    const tomorrow = () => Date.now() + 86_400_001;
    await expect(byKeys(file, tomorrow)(request)).rejects.toThrow(/expired/);
  });

  it('are kept as digests', () => {
    const text = JSON.stringify(readKeys(keysFile));
    for (const key of [alice, bob]) expect(text).not.toContain(key.slice('fb_123456789012_'.length));
  });

  it('have a rate and a quota', async () => {
    const caller = { name: 'c', prefix: 'c/', limits: { burst: 3, perSecond: 0.01, bytesPerDay: 2 * shot.length } };
    const made = await madeApp({ authenticate: async () => caller });
    const send = () => made.app.request('http://localhost/v1/picks', { method: 'POST', body: shot });
    expect([(await send()).status, (await send()).status]).toEqual([200, 200]);
    expect(await codeOf(await send())).toBe('429 quota-used-up');
    const limited = await send();
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(10);
    expect(await codeOf(limited)).toBe('429 rate-limited');
    await made.app.quota.flush();
    const [{ key }] = (await made.store.list('_firstbreak/quota/')).objects;
    expect(JSON.parse(new TextDecoder().decode(await made.store.get(key)))).toBe(2 * shot.length);
    await made.remove();
  });
});

describe('tokens', () => {
  it('count only as the issuer signs them, for this audience, until they expire', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const stranger = (await generateKeyPair('ES256')).privateKey;
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
    const authenticate = byJwt({
      jwks: createLocalJWKSet({ keys: [jwk] }),
      issuer: 'https://id',
      audience: 'firstbreak',
    });
    const token = (
      by: Parameters<SignJWT['sign']>[0],
      { audience = 'firstbreak', issuer = 'https://id', until = '1h' } = {},
    ) =>
      new SignJWT({ sub: 'anna/../bob' })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setAudience(audience)
        .setIssuer(issuer)
        .setExpirationTime(until)
        .sign(by);
    const who = (word: string) =>
      authenticate(new Request('http://x/', { headers: { authorization: `Bearer ${word}` } }));
    const right = await who(await token(privateKey));
    expect(right.prefix).toMatch(/^sub-[0-9a-f]{24}\/$/);
    expect(right.admin).toBe(false);
    const none = [{ alg: 'none' }, { sub: 'anna', aud: 'firstbreak', iss: 'https://id', exp: 4e9 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    for (const wrong of [
      await token(stranger),
      await token(privateKey, { audience: 'another' }),
      await token(privateKey, { issuer: 'https://evil' }),
      await token(privateKey, { until: '-1h' }),
      `${none}.`,
      `${none}.AAAA`,
      'x.y.z',
    ])
      await expect(who(wrong)).rejects.toMatchObject({ code: 'unauthorised' });
  });
});

describe('another’s objects', () => {
  it('are not there', async () => {
    const upload = await (await askJson(alice, '/v1/uploads', { name: 'a.sg2', size: shot.length })).json();
    const sent = await fetch(upload.parts[0].url, { method: 'PUT', body: shot });
    const parts = [{ part: 1, etag: sent.headers.get('etag') }];
    expect(await codeOf(await askJson(bob, `/v1/uploads/${upload.id}/complete`, { parts }))).toBe('404 not-found');
    expect((await askJson(alice, `/v1/uploads/${upload.id}/complete`, { parts })).status).toBe(200);
    const { links } = await (await askJson(alice, '/v1/jobs', { input: { upload: upload.id } })).json();
    for (const path of Object.values(links) as string[])
      expect(await codeOf(await ask(bob, 'GET', path))).toBe('404 not-found');
    expect(await codeOf(await ask(bob, 'DELETE', links.self))).toBe('404 not-found');
    expect(await codeOf(await askJson(bob, '/v1/jobs', { input: { upload: upload.id } }))).toBe('404 not-found');
    for (const key of [upload.key, `alice/${upload.key}`])
      expect(await codeOf(await askJson(bob, '/v1/jobs', { input: { key } }))).toBe('404 not-found');
    for (const key of [
      `../alice/${upload.key}`,
      '/etc/passwd',
      'a/../../b',
      '..',
      'a\u0000b',
      'a\\..\\b',
      '.firstbreak/secret',
    ])
      expect(await codeOf(await askJson(bob, '/v1/jobs', { input: { key } }))).toMatch(/^(400 bad-key|404 not-found)$/);
    expect((await (await ask(bob, 'GET', '/v1/jobs')).json()).jobs).toEqual([]);
    for (const name of ['../x.sg2', 'a/b', '..', 'a\\b', 'x\r\ny'])
      expect(await codeOf(await askJson(bob, '/v1/uploads', { name, size: 1 }))).toBe('400 bad-request');
  });

  it('are not reached by URLs that were forged, changed, or are too old', async () => {
    const upload = await (await askJson(alice, '/v1/uploads', { name: 'b.sg2', size: shot.length })).json();
    const { url } = upload.parts[0];
    const token: string = url.split('/').at(-1);
    const [payload, mac] = token.split('.');
    const changed = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), key: 'bob/uploads/x' }),
    ).toString('base64url');
    const put = (word: string) => ask(undefined, 'PUT', `/v1/blobs/${word}`, shot);
    for (const forged of [
      `${changed}.${mac}`,
      payload,
      `${payload}.`,
      `${payload}.AAAA`,
      `${token}.x`,
      'x',
      '..%2f..%2fetc%2fpasswd',
    ])
      expect(await codeOf(await put(forged))).toBe('403 forbidden');
    // Of another directory, whose secret is another.
    const strange = signedBlobs(await directoryStore(join(folder.path, 'strange')), (word) => word).store.uploads!;
    const grant = { expiresSeconds: 60, size: shot.length };
    expect(await codeOf(await put((await strange.signPart('k', 'x'.repeat(36), 1, grant)).url))).toBe('403 forbidden');
    const own = signedBlobs(await directoryStore(join(folder.path, 'store')), (word) => word).store.uploads!;
    expect(await codeOf(await put((await own.signPart('k', 'x', 1, { ...grant, expiresSeconds: -1 })).url))).toBe(
      '403 forbidden',
    );
    expect(await codeOf(await ask(undefined, 'GET', `/v1/blobs/${token}`))).toBe('403 forbidden');
    expect(await codeOf(await put((await own.signGet(upload.key, { expiresSeconds: 60 })).url))).toBe('403 forbidden');
    expect((await put(token)).status).toBe(200);
  });
});

describe('bodies', () => {
  it('that are too large are refused, whether they say so or not', async () => {
    expect(await codeOf(await ask(alice, 'POST', '/v1/picks', new Uint8Array(MOST + 1)))).toBe('413 too-large');
    expect(await raw(head('/v1/picks', 'Content-Length: 99999999999'))).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = `${(1 << 19).toString(16)}\r\n${'x'.repeat(1 << 19)}\r\n`;
    expect(await raw(head('/v1/picks', 'Transfer-Encoding: chunked') + chunk.repeat(4))).toMatch(/^HTTP\/1\.1 413 /);
    expect(await codeOf(await askJson(alice, '/v1/jobs', { input: { key: 'x'.repeat(5e6) } }))).toBe('413 too-large');
    const upload = await (await askJson(alice, '/v1/uploads', { name: 'c.sg2', size: 10 })).json();
    expect(await codeOf(await fetch(upload.parts[0].url, { method: 'PUT', body: shot }))).toBe('413 too-large');
  });

  it('that are too slow are let go', async () => {
    const slow = await raw(`${head('/v1/picks', 'Content-Length: 1000')}x`, { wait: 5000 });
    expect(slow).toMatch(/^HTTP\/1\.1 408 /);
    expect(slow).toContain('"code":"request-timeout"');
    const json = head('/v1/jobs', 'Content-Type: application/json', 'Content-Length: 1000');
    expect(await raw(`${json}{`, { wait: 5000 })).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that break off are no harm', async () => {
    await raw(head('/v1/picks', 'Content-Length: 100000') + 'x'.repeat(1000), { wait: 100 });
    expect((await ask(alice, 'POST', '/v1/picks', shot)).status).toBe(200);
  });

  it('that swell are stopped', async () => {
    const bomb = gzipSync(new Uint8Array(200 * MOST));
    expect(bomb.length).toBeLessThan(MOST);
    expect(await codeOf(await ask(alice, 'POST', '/v1/picks', bomb))).toBe('413 too-large');
    expect(await codeOf(await ask(alice, 'POST', '/v1/picks', gzipSync(bomb)))).toBe('415 not-recognised');
    const zip = Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(1000)]);
    expect(await codeOf(await ask(alice, 'POST', '/v1/picks', zip))).toBe('415 not-recognised');
  });
});

describe('headers', () => {
  it('cannot be added by what is sent', async () => {
    const name = encodeURIComponent('x.sg2\r\nset-cookie: a=b');
    expect(await codeOf(await ask(alice, 'POST', `/v1/picks?name=${name}`, shot))).toBe('400 bad-request');
    const id = await ask(alice, 'POST', '/v1/picks', shot, { 'x-request-id': 'a b{}\u00e4' });
    expect(id.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await raw(head('/v1/picks', 'Content-Length: 5', 'Transfer-Encoding: chunked'))).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(head('/v1/picks', `X-Long: ${'x'.repeat(40_000)}`))).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('keep pages of strangers away from a server without keys', async () => {
    const made = await madeApp();
    const from = (headers: Record<string, string>, base = 'http://localhost') =>
      made.app.request(`${base}/v1/jobs`, { headers });
    expect((await from({})).status).toBe(200);
    expect((await from({ origin: 'http://localhost:8080' })).status).toBe(200);
    expect((await from({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await from({ origin: 'null' })).status).toBe(403);
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await from({}, 'http://rebound.example')).status).toBe(403);
    await made.remove();
  });
});

describe('what is said', () => {
  it('holds neither keys, nor names of files, nor places of this machine', async () => {
    logged.length = 0;
    const said: string[] = [];
    for (const answer of [
      await ask(alice, 'POST', '/v1/picks?name=well-17.sg2', new Uint8Array(100)),
      await askJson(alice, '/v1/jobs', { input: { key: 'well-17/secret.sgy' } }),
      await ask(alice, 'GET', '/v1/jobs/well-17'),
      await ask(`${alice}x`, 'GET', '/v1/jobs'),
      await ask(alice, 'GET', '/v1/nothing/well-17'),
    ])
      said.push(await answer.text());
    const logs = JSON.stringify(logged);
    expect(logged).toHaveLength(5);
    expect(logs).not.toContain('well-17');
    for (const text of [logs, ...said]) {
      expect(text).not.toContain(alice.slice('fb_123456789012_'.length));
      expect(text).not.toContain(folder.path);
      expect(text).not.toContain('node_modules');
    }
  });
});
