/** Uploads, jobs, surveys, corrections and models, through the API over a directory. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryIn } from '#shared/model/registry.ts';
import { makeKeyPair, signerOf, verifierOf } from '#shared/model/signing.ts';
import { everyObject } from '#shared/object-store.ts';
import { madeApp } from './made-app.ts';
import { seg2Shot, segyShots } from './shots.ts';

const BASE = 'http://localhost';
let made: Awaited<ReturnType<typeof madeApp>>;
beforeAll(async () => {
  made = await madeApp();
});
afterAll(() => made.remove());

const get = (path: string, headers: Record<string, string> = {}) => made.app.request(`${BASE}${path}`, { headers });
const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  made.app.request(`${BASE}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', ...headers },
  });
const post = (path: string, body?: unknown, headers?: Record<string, string>) => send('POST', path, body, headers);
const csvOf = async (name: string, bytes: Uint8Array<ArrayBuffer>) =>
  (await made.app.request(`${BASE}/v1/picks?format=csv&name=${name}`, { method: 'POST', body: bytes })).text();

interface JobBody {
  readonly id: string;
  readonly state: string;
  readonly objects: number;
  readonly picked: number;
  readonly failed: number;
  readonly passedOver: number;
  readonly error: { readonly code: string } | null;
  readonly links: Readonly<Record<string, string>>;
}

/** Hands in, waits, and looks. */
async function jobOf(path: string, body: unknown): Promise<JobBody> {
  const answer = await post(path, body);
  expect(answer.status).toBe(202);
  const { links } = (await answer.json()) as JobBody;
  expect(answer.headers.get('location')).toBe(links.self);
  for (;;) {
    await made.idle();
    const job: JobBody = await (await get(links.self)).json();
    if (job.state !== 'queued' && job.state !== 'running') return job;
  }
}

describe('an upload', () => {
  const shot = seg2Shot();
  const sha256 = createHash('sha256').update(shot).digest('hex');
  const begin = async (body: object) => (await post('/v1/uploads', body)).json();
  const sendPart = (url: string, body: Uint8Array<ArrayBuffer>) => made.app.request(url, { method: 'PUT', body });

  it('comes in parts, is put together, and is picked by a job', async () => {
    const upload = await begin({ name: 'shot.sg2', size: shot.length, sha256 });
    expect(upload.parts).toMatchObject([{ part: 1, at: 0, size: shot.length, method: 'PUT' }]);
    expect((await post('/v1/jobs', { input: { upload: upload.id } })).status).toBe(409);
    const answer = await sendPart(upload.parts[0].url, shot);
    const parts = [{ part: 1, etag: answer.headers.get('etag')! }];
    const complete = await post(`/v1/uploads/${upload.id}/complete`, { parts });
    expect(await complete.json()).toMatchObject({ key: upload.key, size: shot.length });
    expect((await post(`/v1/uploads/${upload.id}/complete`, { parts })).status).toBe(200);
    expect(await (await get(`/v1/uploads/${upload.id}`)).json()).toMatchObject({ state: 'complete', parts: [] });
    const job = await jobOf('/v1/jobs', { input: { upload: upload.id } });
    expect(job).toMatchObject({ state: 'succeeded', objects: 1, picked: 1, failed: 0, error: null });
    const picks = await get(`${job.links.picks}?format=csv`);
    expect(await picks.text()).toBe(await csvOf('shot.sg2', shot));
    expect(picks.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''shot.sg2.picks.csv");
    const json = await (await get(job.links.picks)).json();
    expect(json).toMatchObject({ schema: 'firstbreak.picks/1', sha256 });
    const parquet = await get(job.links.picks, { accept: 'application/vnd.apache.parquet' });
    expect((await parquet.text()).slice(0, 4)).toBe('PAR1');
    expect(await (await get(job.links.report)).text()).toContain('<h1>Quality control</h1>');
    const events = await (await get(job.links.events)).text();
    expect(events).toMatch(/^event: job\ndata: {.*"state":"succeeded".*}\n\nevent: end\n/);
  });

  it('that is not what was announced gets no name', async () => {
    const other = seg2Shot(2);
    expect(other.length).toBe(shot.length);
    const upload = await begin({ name: 'other.sg2', size: shot.length, sha256 });
    const short = await sendPart(upload.parts[0].url, other.slice(0, 100));
    expect([short.status, (await short.json()).code]).toEqual([422, 'checksum-mismatch']);
    const { headers } = await sendPart(upload.parts[0].url, other);
    const complete = await post(`/v1/uploads/${upload.id}/complete`, {
      parts: [{ part: 1, etag: headers.get('etag') }],
    });
    expect([complete.status, (await complete.json()).code]).toEqual([422, 'checksum-mismatch']);
    expect(await made.store.head(upload.key)).toBeUndefined();
    expect((await get(`/v1/uploads/${upload.id}`)).status).toBe(404);
  });

  it('can be ended, and its URLs with it', async () => {
    const upload = await begin({ name: 'gone.sg2', size: shot.length });
    expect((await send('DELETE', `/v1/uploads/${upload.id}`)).status).toBe(204);
    expect((await sendPart(upload.parts[0].url, shot)).status).toBe(404);
    expect((await send('DELETE', `/v1/uploads/${upload.id}`)).status).toBe(404);
  });

  it('of many parts keeps their order, however they come', async () => {
    const size = 40 * 1024 * 1024;
    const upload = await begin({ name: 'large.bin', size });
    expect(upload.parts).toHaveLength(3);
    const parts: { part: number; etag: string }[] = [];
    for (const { part, size: length, url } of upload.parts.toReversed()) {
      const answer = await sendPart(url, new Uint8Array(length).fill(part));
      parts.unshift({ part, etag: answer.headers.get('etag')! });
    }
    const missing = await post(`/v1/uploads/${upload.id}/complete`, {
      parts: [...parts, { part: 4, etag: parts[0].etag }],
    });
    expect([missing.status, (await missing.json()).code]).toEqual([404, 'not-found']);
    expect((await post(`/v1/uploads/${upload.id}/complete`, { parts })).status).toBe(200);
    const at = 16 * 1024 * 1024;
    expect([...(await made.store.get(upload.key, { at: at - 1, length: 2 }))]).toEqual([1, 2]);
  });
});

describe('a job', () => {
  it('of a prefix picks what is there, passes over what is no shot, and says what failed', async () => {
    const shots = [1, 2, 3].map((ffid) => [`line/${ffid}.sg2`, seg2Shot(ffid)] as const);
    for (const [key, bytes] of shots) await made.store.put(key, bytes);
    await made.store.put('line/notes.txt', new TextEncoder().encode('weather: fine'));
    await made.store.put('line/cut.sg2', seg2Shot(4).slice(0, 100));
    const job = await jobOf('/v1/jobs', { input: { prefix: 'line/' } });
    expect(job).toMatchObject({ state: 'partly', objects: 5, picked: 3, failed: 1, passedOver: 1 });
    const lines = (await (await get(`${job.links.picks}?format=csv`)).text()).trim().split('\n');
    const expected = await Promise.all(shots.map(([key, bytes]) => csvOf(key.slice(5), bytes)));
    expect([...lines].sort()).toEqual([...new Set(expected.flatMap((text) => text.trim().split('\n')))].sort());
    expect(await (await get(job.links.picks)).json()).toHaveLength(3);
    expect((await get(`${job.links.picks}?format=parquet`)).status).toBe(406);
    const page = await (await get(job.links.report)).text();
    expect(page).toContain('line/cut.sg2');
    const [link] = /report\?key=[^"]*2\.sg2/.exec(page)!;
    expect(await (await get(job.links.report.replace('report', link))).text()).toContain('<h1>Quality control</h1>');
    const one = await get(`${job.links.picks}?format=csv&key=line/2.sg2`);
    expect(await one.text()).toBe(await csvOf('2.sg2', shots[1][1]));
    expect((await get(`${job.links.picks}?key=line/cut.sg2`)).status).toBe(404);
    const first = await (await get(`${job.links.items}?limit=2`)).json();
    const rest = await (await get(`${job.links.items}?limit=10&cursor=${first.next}`)).json();
    expect(rest.next).toBeNull();
    const states = [...first.items, ...rest.items].map(
      (item: { key: string; state: string }) => `${item.key} ${item.state}`,
    );
    expect(states.sort()).toEqual([
      'line/1.sg2 picked',
      'line/2.sg2 picked',
      'line/3.sg2 picked',
      'line/cut.sg2 failed',
      'line/notes.txt passed-over',
    ]);
    // Once more: what this service wrote beside them is not taken for shots.
    expect(await jobOf('/v1/jobs', { input: { prefix: 'line/' } })).toMatchObject({ objects: 5 });
  });

  it('of an object that cannot be picked says why', async () => {
    await made.store.put('bad/cut.sg2', seg2Shot().slice(0, 100));
    const job = await jobOf('/v1/jobs', { input: { key: 'bad/cut.sg2' } });
    expect(job).toMatchObject({ state: 'failed', failed: 1, error: { code: 'truncated' } });
    const picks = await get(job.links.picks);
    expect([picks.status, (await picks.json()).detail]).toEqual([409, expect.stringContaining('cut.sg2: expected')]);
    const letters: unknown[] = [];
    for await (const { key } of everyObject(made.store, '_firstbreak/dead-letters/'))
      letters.push(JSON.parse(new TextDecoder().decode(await made.store.get(key))));
    expect(letters).toContainEqual(
      expect.objectContaining({
        task: expect.objectContaining({ key: 'bad/cut.sg2' }),
        reason: expect.stringContaining('expected'),
      }),
    );
  });

  it('is handed in once under an idempotency key', async () => {
    await made.store.put('once/shot.sg2', seg2Shot());
    const key = { 'idempotency-key': 'abc' };
    const hand = () => post('/v1/jobs', { input: { key: 'once/shot.sg2' } }, key);
    const [first, second] = await Promise.all([hand(), hand()]);
    await made.idle();
    const third = await hand();
    const ids = await Promise.all([first, second, third].map(async (answer) => (await answer.json()).id));
    expect(new Set(ids).size).toBe(1);
    expect(third.headers.get('idempotent-replayed')).toBe('true');
    const other = await post('/v1/jobs', { input: { key: 'once/shot.sg2' }, settings: { minConfidence: 0.5 } }, key);
    expect([other.status, (await other.json()).code]).toEqual([409, 'idempotency-conflict']);
  });

  it('is ended by DELETE, then forgotten', async () => {
    await made.store.put('end/shot.sg2', seg2Shot());
    const { links } = await (await post('/v1/jobs', { input: { key: 'end/shot.sg2' } })).json();
    const ended = await send('DELETE', links.self);
    expect(await ended.json()).toMatchObject({ state: 'cancelled' });
    await made.idle();
    expect(await (await get(links.self)).json()).toMatchObject({ state: 'cancelled' });
    expect((await send('DELETE', links.self)).status).toBe(204);
    expect((await get(links.self)).status).toBe(404);
  });

  it('is known by its ETag, and listed with the newest first, page by page', async () => {
    const { jobs, next } = await (await get('/v1/jobs?limit=2')).json();
    expect(jobs).toHaveLength(2);
    expect(jobs[0].createdAt >= jobs[1].createdAt).toBe(true);
    const all = (await (await get('/v1/jobs')).json()).jobs;
    const following = (await (await get(`/v1/jobs?limit=2&cursor=${next}`)).json()).jobs;
    expect([...jobs, ...following].map(({ id }: JobBody) => id)).toEqual(all.slice(0, 4).map(({ id }: JobBody) => id));
    const failed = (await (await get('/v1/jobs?state=failed')).json()).jobs;
    expect(failed.map(({ state }: JobBody) => state)).toEqual(['failed']);
    expect((await get('/v1/jobs?cursor=nonsense')).status).toBe(400);
    const answer = await get(jobs[0].links.self);
    expect((await get(jobs[0].links.self, { 'if-none-match': answer.headers.get('etag')! })).status).toBe(304);
  });

  it.each([
    [{ input: { key: 'not/there' } }, 404, 'not-found'],
    [{ input: { key: '../x' } }, 400, 'bad-key'],
    [{ input: { key: '_firstbreak/jobs/x' } }, 403, 'forbidden'],
    [{ input: { prefix: 'results/' } }, 403, 'forbidden'],
    [{ input: { prefix: 'a/../../b' } }, 400, 'bad-key'],
    [{ input: { upload: 'x' } }, 400, 'bad-request'],
    [{ input: { key: 'a', prefix: 'b' } }, 400, 'bad-request'],
    [{ input: { key: 'a' }, settings: { minConfidence: 7 } }, 400, 'bad-request'],
    [{ input: { key: 'a' }, more: 1 }, 400, 'bad-request'],
    [{}, 400, 'bad-request'],
  ])('refuses %j', async (body, status, code) => {
    const answer = await post('/v1/jobs', body);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect([answer.status, (await answer.json()).code]).toEqual([status, code]);
  });

  it('refuses what is no JSON, or does not say that it is', async () => {
    const raw = (body: string, type: string) =>
      made.app.request(`${BASE}/v1/jobs`, { method: 'POST', body, headers: { 'content-type': type } });
    expect((await raw('{', 'application/json')).status).toBe(400);
    expect((await raw('{"input":{"key":"a"}}', 'text/plain')).status).toBe(415);
    expect((await raw(' '.repeat(5 * 1024 * 1024), 'application/json')).status).toBe(413);
    expect((await post('/v1/jobs')).status).toBe(400);
  });
});

describe('large results', () => {
  it('are redirected to where answers may not be large', async () => {
    const small = await madeApp({ mostAnswerBytes: 100 });
    const ask = (path: string, init?: RequestInit) =>
      small.app.request(path.startsWith('/') ? BASE + path : path, init);
    await small.store.put('a.sg2', seg2Shot());
    const body = JSON.stringify({ input: { key: 'a.sg2' } });
    const { links } = await (
      await ask('/v1/jobs', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    ).json();
    await small.idle();
    const answer = await ask(`${links.picks}?format=csv`);
    expect(answer.status).toBe(302);
    const there = await ask(answer.headers.get('location')!);
    expect(await there.text()).toBe(await csvOf('a.sg2', seg2Shot()));
    expect(there.headers.get('content-disposition')).toContain('a.sg2.picks.csv');
    await small.remove();
  });
});

describe('a survey', () => {
  it('tries again what failed', async () => {
    await made.store.put('survey/a.sgy', await segyShots(2));
    await made.store.put('survey/b.sgy', (await segyShots(1)).slice(0, 3300));
    const survey = await jobOf('/v1/surveys', { prefix: 'survey/' });
    expect(survey).toMatchObject({ kind: 'survey', state: 'partly', picked: 1, failed: 1 });
    await made.store.put('survey/b.sgy', await segyShots(1));
    const again = await post(`${survey.links.self}:redrive`);
    expect(again.status).toBe(202);
    await made.idle();
    expect(await (await get(survey.links.self)).json()).toMatchObject({ state: 'succeeded', picked: 2, failed: 0 });
    const asJob = await get(`/v1/jobs/${survey.id}`);
    expect([asJob.status, (await asJob.json()).detail]).toEqual([
      404,
      `expected a job of that id, found a survey: /v1/surveys/${survey.id}`,
    ]);
    expect((await (await get('/v1/surveys')).json()).jobs).toHaveLength(1);
    expect((await post('/v1/surveys/00000000000000000000:redrive')).status).toBe(404);
  });

  it('of nothing has failed at once, and says why', async () => {
    expect(await jobOf('/v1/surveys', { prefix: 'nobody/' })).toMatchObject({
      state: 'failed',
      objects: 0,
      error: { code: 'missing', message: 'expected objects under nobody/, found none' },
    });
  });
});

describe('corrections of the field', () => {
  const entry = (id: string, timeMs = 12.5) => ({
    id,
    sha256: 'a'.repeat(64),
    ffid: 7,
    at: '2026-06-01T18:00:00Z',
    who: 'observer',
    edits: [{ kind: 'set', trace: 3, timeMs }],
  });

  it('are kept once, however often they are sent', async () => {
    const first = await post('/v1/edits', { station: 'truck-1', entries: [entry('1'), entry('2')] });
    expect(await first.json()).toEqual({ stored: 2, known: 0 });
    const again = await post('/v1/edits', { station: 'truck-1', entries: [entry('2'), entry('3')] });
    expect(await again.json()).toEqual({ stored: 1, known: 1 });
    expect((await post('/v1/edits', { station: 'truck-1', entries: [entry('2', 99)] })).status).toBe(409);
    expect((await post('/v1/edits', { station: '../x', entries: [entry('9')] })).status).toBe(400);
    expect(
      (await post('/v1/edits', { station: 'truck-1', entries: [{ ...entry('9'), edits: [{ kind: 'move' }] }] })).status,
    ).toBe(400);
  });
});

describe('models', () => {
  it('are listed, looked at, and their aliases moved as they were seen', async () => {
    const { privatePem, publicPem } = await makeKeyPair();
    const folder = resolve(import.meta.dirname, '../../shared/models/picker-1');
    const registry = registryIn(made.store, { trust: [await verifierOf(publicPem, 'key')] });
    const release = async (card: string) => {
      const files = new Map(
        readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]),
      );
      files.set('CARD.md', new TextEncoder().encode(card));
      const signer = await signerOf(privatePem, publicPem, 'key');
      return (await registry.publish(files, { licences: new Map(), signer, where: 'model' })).digest;
    };
    const [one, two] = [await release('one'), await release('two')];
    const withModels = await madeApp({ registry });
    const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      withModels.app.request(`${BASE}/v1/models${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        headers: { 'content-type': 'application/json', ...headers },
      });
    expect((await (await ask('GET', '')).json()).releases.sort()).toEqual([one, two].sort());
    expect(await (await ask('GET', `/${one}`)).json()).toMatchObject({ digest: one, name: 'picker-1' });
    expect((await ask('GET', `/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await ask('PUT', '/aliases/stable', { release: one })).status).toBe(428);
    const set = await ask('PUT', '/aliases/stable', { release: one }, { 'if-match': '*' });
    expect(await set.json()).toMatchObject({ name: 'stable', release: one });
    const etag = set.headers.get('etag')!;
    const race = await Promise.all(
      [1, 2, 3].map(() => ask('PUT', '/aliases/stable', { release: two }, { 'if-match': etag })),
    );
    expect(race.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    const now = await ask('GET', '/aliases/stable');
    expect((await ask('GET', '/aliases/stable', undefined, { 'if-none-match': now.headers.get('etag')! })).status).toBe(
      304,
    );
    const back = await ask('POST', '/aliases/stable:rollback', undefined, { 'if-match': now.headers.get('etag')! });
    expect(await back.json()).toMatchObject({ release: one });
    expect((await ask('PUT', '/aliases/other', { release: one }, { 'if-match': '*' })).status).toBe(400);
    expect((await get('/v1/models')).status).toBe(404); // no registry there
    await withModels.remove();
  });
});
