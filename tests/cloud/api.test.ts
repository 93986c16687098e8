/** The HTTP API as a client meets it: answers equal to the command line's, and refusals that say what was expected. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { hc } from 'hono/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProblemJson } from '../../functions/api/problem.ts';
import type { FirstbreakApp } from '../../functions/app.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { madeApp } from './made-app.ts';
import { lineBytes } from './made-survey.ts';
import { seg2Shot, segyShots } from './shots.ts';

const BASE = 'http://localhost';
let made: Awaited<ReturnType<typeof madeApp>>;
beforeAll(async () => {
  made = await madeApp({
    docs: async (file) => new Uint8Array(readFileSync(join('node_modules/swagger-ui-dist', file))),
  });
});
afterAll(() => made.remove());

const post = (path: string, body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string> = {}) =>
  made.app.request(`${BASE}${path}`, { method: 'POST', body, headers });
const refused = async (answer: Response): Promise<ProblemJson> => {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await answer.json()) as ProblemJson;
  expect(problem.status).toBe(answer.status);
  expect(problem.requestId).toBe(answer.headers.get('x-request-id'));
  return problem;
};

describe('POST /v1/picks', () => {
  const folder = scratch();
  afterAll(() => folder.remove());

  it.each(['csv', 'json', 'sgt'] as const)(
    'answers %s as firstbreak pick writes it, byte for byte',
    async (format) => {
      for (const [name, bytes] of [
        ['shot.sg2', seg2Shot()],
        ['line.sgy', await segyShots()],
        ['packed.sg2.gz', Uint8Array.from(gzipSync(seg2Shot(3)))],
      ] as const) {
        writeFileSync(join(folder.path, name), bytes);
        const args = ['pick', name, '--format', format, '--runtime', 'onnx-web', '--quiet'];
        const { out, err, code } = await firstbreak(args, { cwd: folder.path });
        expect(code, err).toBe(0);
        const answer = await post(`/v1/picks?name=${name}&format=${format}`, bytes);
        expect(answer.status).toBe(200);
        expect(await answer.text()).toBe(out);
      }
    },
    60_000,
  );

  it('takes as many shots as the bytes are worth, and sends the rest to a job', async () => {
    const line = await lineBytes(260, 1);
    const { status, code, detail } = await refused(await post('/v1/picks?name=many.sgy', new Uint8Array(line)));
    const most = 100 + Math.floor(line.length / 8192);
    expect([status, code]).toEqual([413, 'too-large']);
    expect(detail).toContain(`many.sgy: expected at most ${most} shots in ${line.length} bytes`);
    expect(detail).toContain('POST /v1/jobs');
  }, 60_000);

  it('takes the form from Accept, the best one first', async () => {
    const shot = seg2Shot();
    const typeFor = async (accept: string | undefined) => {
      const answer = await post('/v1/picks', shot, accept === undefined ? {} : { accept });
      return answer.headers.get('content-type')?.split(';')[0];
    };
    expect(await typeFor(undefined)).toBe('application/json');
    expect(await typeFor('*/*')).toBe('application/json');
    expect(await typeFor('text/csv')).toBe('text/csv');
    expect(await typeFor('application/json;q=0.5, text/*;q=0.9')).toBe('text/csv');
    expect(await typeFor('application/x-ndjson')).toBe('application/x-ndjson');
    expect(await refused(await post('/v1/picks', shot, { accept: 'application/pdf' }))).toMatchObject({
      status: 406,
      code: 'not-acceptable',
    });
  });

  it('answers a line of JSON a shot', async () => {
    const answer = await post('/v1/picks?format=ndjson&name=line.sgy', await segyShots(3));
    const lines = (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ ffid }) => ffid)).toEqual([101, 102, 103]);
    expect(lines[0]).toMatchObject({ file: 'line.sgy', qc: { verdict: 'pass' } });
    expect(lines[0].picks).toHaveLength(24);
    expect(answer.headers.get('x-firstbreak-shots')).toBe('3');
    expect(answer.headers.get('x-firstbreak-traces')).toBe('72');
  });

  it('draws the shot that is asked for', async () => {
    const line = await segyShots(2);
    const answer = await post('/v1/picks?format=png&shot=1', line);
    const png = new Uint8Array(await answer.arrayBuffer());
    expect([...png.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    expect(await refused(await post('/v1/picks?format=png&shot=2', line))).toMatchObject({
      status: 422,
      detail: 'upload: expected shot 2 (they count from 0), found 2 shots',
    });
  });

  it('does as the settings say', async () => {
    const shot = seg2Shot();
    const times = async (query: string) =>
      (await (await post(`/v1/picks?format=json${query}`, shot)).json()).shots[0].picks.map(
        (pick: { timeMs: number | null }) => pick.timeMs,
      );
    const [as, shifted, none] = [await times(''), await times('&timeZero=50'), await times('&minConfidence=1')];
    expect(shifted[5]).toBeCloseTo(as[5] - 50, 3);
    expect(none.filter((time: number | null) => time !== null).length).toBeLessThan(as.length);
    for (const query of ['&minConfidence=2', '&minConfidence=x', '&convention=crest', '&sampleInterval=0', '&shot=-1'])
      expect(await refused(await post(`/v1/picks?format=json${query}`, shot))).toMatchObject({
        status: 400,
        code: 'bad-request',
      });
  });

  it.each([
    ['nothing', new Uint8Array(0), 422, 'empty'],
    ['text', new TextEncoder().encode('hello, this is no shot'), 415, 'not-recognised'],
    ['a ZIP archive', new TextEncoder().encode('PK\u0003\u0004 and so on'), 415, 'not-recognised'],
    ['gzip within gzip', Uint8Array.from(gzipSync(gzipSync(seg2Shot()))), 415, 'not-recognised'],
    ['a file cut in its headers', seg2Shot().slice(0, 100), 422, 'truncated'],
  ] as const)('refuses %s', async (_name, bytes, status, code) => {
    const problem = await refused(await post('/v1/picks?name=x.sg2', Uint8Array.from(bytes)));
    expect(problem).toMatchObject({ status, code });
    expect(problem.detail).toMatch(/^x\.sg2: expected .*, (found|file ends after) .*/);
  });

  it('keeps bytes as they are, whatever the content type says', async () => {
    const shot = seg2Shot();
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/json', 'application/octet-stream'];
    for (const type of types) expect((await post('/v1/picks', shot, { 'content-type': type })).status).toBe(200);
    const form = { 'content-type': 'multipart/form-data; boundary=x' };
    expect(await refused(await post('/v1/picks', shot, form))).toMatchObject({
      status: 415,
      code: 'unsupported-media-type',
    });
    expect(await refused(await post('/v1/picks', shot, { 'content-encoding': 'br' }))).toMatchObject({ status: 415 });
  });
});

describe('the service', () => {
  it('checks itself by the golden gathers of the model', async () => {
    const answer = await made.app.request(`${BASE}/v1/health`);
    expect(answer.status).toBe(200);
    const { status, golden } = await answer.json();
    expect(status).toBe('ok');
    expect(golden.off).toBeLessThanOrEqual(golden.most);
  });

  it('says that it is ready, and what it is', async () => {
    expect(await (await made.app.request(`${BASE}/v1/ready`)).json()).toEqual({ status: 'ready' });
    const version = await (await made.app.request(`${BASE}/v1/version`)).json();
    expect(version).toMatchObject({ name: 'firstbreak', version: '0.0.0-test', model: { name: 'picker-1' } });
  });

  it('has a typed client', async () => {
    const client = hc<FirstbreakApp>(BASE, { fetch: made.app.request });
    const version = await client.v1.version.$get();
    const { model } = (await version.json()) as { model: { name: string } };
    expect(model.name).toBe('picker-1');
    const answer = await client.v1.picks.$post({ query: { format: 'csv' } }, { init: { body: seg2Shot() } });
    expect(await answer.text()).toMatch(/^file,trace,ffid/);
  });

  it('describes itself as OpenAPI 3.1: every path, every refusal as a problem', async () => {
    const document = await (await made.app.request(`${BASE}/openapi.json`)).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/v1/health', '/v1/picks']));
    for (const methods of Object.values(document.paths) as Record<string, { responses: Record<string, unknown> }>[])
      for (const { responses } of Object.values(methods))
        for (const [status, { content }] of Object.entries(responses) as [
          string,
          { content?: Record<string, unknown> },
        ][])
          if (Number(status) >= 400 && status !== '503')
            expect(Object.keys(content ?? {})).toContain('application/problem+json');
  });

  it('shows that as a page that asks no other server', async () => {
    const page = await made.app.request(`${BASE}/docs`);
    const text = await page.text();
    expect(text).not.toMatch(/https?:/);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const [, file] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const answer = await made.app.request(`${BASE}/${file}`);
      expect(answer.status, file).toBe(200);
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
    expect((await made.app.request(`${BASE}/docs/package.json`)).status).toBe(404);
    expect((await made.app.request(`${BASE}/docs/..%2f..%2fpackage.json`)).status).toBe(404);
  });

  it('says what is not there, and what is not done so', async () => {
    expect(await refused(await made.app.request(`${BASE}/v1/nothing`))).toMatchObject({
      status: 404,
      code: 'not-found',
    });
    const wrong = await made.app.request(`${BASE}/v1/picks`, { method: 'DELETE' });
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(await refused(wrong)).toMatchObject({ status: 405, code: 'method-not-allowed' });
  });

  it('logs what was asked, and nothing of what was in it', async () => {
    made.logged.length = 0;
    await post('/v1/picks?name=secret-line.sg2&format=csv', seg2Shot(), { 'x-request-id': 'abc-1' });
    expect(made.logged).toMatchObject([
      { route: '/v1/picks', method: 'POST', status: 200, requestId: 'abc-1', caller: 'localhost' },
    ]);
    expect(JSON.stringify(made.logged)).not.toContain('secret-line');
  });
});
