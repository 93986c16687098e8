/** The station over HTTP, on a port of this machine, as the page and strangers meet it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EditResponse, HealthJson, LineResponse, ShotDetail, ShotsPage } from '#edge/station/api-types.ts';
import { readGather } from '#edge/station/gather-bytes.ts';
import { type StationServer, serveStation } from '#edge/station/server.ts';
import type { Station } from '#edge/station/station.ts';
import { open } from '#shared/formats/open.ts';
import { readPickFile } from '#shared/report/pick-file.ts';
import { memorySource } from '#shared/source.ts';
import { firstbreak } from '../cli/run.ts';
import { judged, type Site, shotFile, shotsOf, site, until } from './station.ts';

let here: Site;
let station: Station;
let server: StationServer;
let base: string;

beforeAll(async () => {
  here = site();
  for (let n = 1; n <= 3; n++) here.put(`${n}.sg2`, shotFile(n));
  here.put('broken.sg2', shotFile(9).subarray(0, 50));
  const page = join(here.data, 'page');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(page, 'assets', 'a.js'), 'export {}');
  writeFileSync(join(here.data, 'secret'), 'not of the page');
  station = await here.open();
  server = await serveStation(station, { port: 0, page });
  base = server.urls[0].replace(/\/$/, '');
  await until(() => judged(station, 4), 'shots');
});
afterAll(async () => {
  await server.close();
  await station.close();
  here.remove();
});

const get = async <T>(path: string): Promise<T> => (await fetch(base + path)).json() as Promise<T>;
const post = async <T>(path: string, body: unknown): Promise<{ status: number; json: T }> => {
  const response = await fetch(base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as T };
};
const idOf = (ffid: number) => shotsOf(station).find((row) => row.ffid === ffid)!.id;

/** `fetch` sets Host and Origin itself. */
const raw = (
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(base);
    request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    })
      .on('error', reject)
      .end();
  });

describe('reading', () => {
  it('lists shots newest first, page by page', async () => {
    const all = await get<ShotsPage>('/api/shots');
    expect(all.total).toBe(4);
    // A backlog comes in backwards.
    const read = all.shots.filter(({ problem }) => !problem).toSorted((a, b) => a.sequence - b.sequence);
    expect(read.map(({ ffid }) => ffid)).toEqual([3, 2, 1]);
    expect(all.shots.map(({ ffid }) => ffid)).toEqual([null, 3, 2, 1]);
    const first = await get<ShotsPage>('/api/shots?limit=3');
    expect(first.more).toBe(true);
    const rest = await get<ShotsPage>(`/api/shots?limit=3&before=${first.shots[2].id}`);
    expect([...first.shots, ...rest.shots]).toEqual(all.shots);
    expect(rest.more).toBe(false);
  });

  it('lists what could not be read with the reason, and tells what it knows of it', async () => {
    const { shots } = await get<ShotsPage>('/api/shots');
    const broken = shots.find(({ problem }) => problem !== null)!;
    expect(broken).toMatchObject({ verdict: null, problem: { message: expect.stringContaining('expected') } });
    expect(await get<ShotDetail>(`/api/shots/${broken.id}`)).toMatchObject({ picks: [], available: false });
    expect((await fetch(`${base}/api/shots/${broken.id}/gather`)).status).toBe(404);
  });

  it('gives the whole gather as it was recorded', async () => {
    const response = await fetch(`${base}/api/shots/${idOf(2)}/gather?full=1`);
    const { header, values } = readGather(await response.arrayBuffer());
    const recording = await open(memorySource('2', shotFile(2)));
    const { value: shot } = await recording.shots().next();
    expect(header).toMatchObject({ layout: 'float32', traces: 12, samples: shot!.samples, firstSampleMs: 0 });
    expect(values).toEqual(shot!.amplitudes);
  });

  it('reduces it to the screen without losing an extreme', async () => {
    const { header, values } = readGather(
      await (await fetch(`${base}/api/shots/${idOf(2)}/gather?width=6&height=20`)).arrayBuffer(),
    );
    expect(header).toMatchObject({ layout: 'int16-minmax', traces: 6, traceStep: 2, samples: 20 });
    const recording = await open(memorySource('2', shotFile(2)));
    const { value: shot } = await recording.shots().next();
    for (let r = 0; r < 6; r++) {
      const trace = shot!.amplitudes.subarray(2 * r * shot!.samples, (2 * r + 1) * shot!.samples);
      const row = values.subarray(r * 40, (r + 1) * 40);
      expect(Math.max(...row) * header.scale![r]).toBeCloseTo(Math.max(...trace), 2);
      expect(Math.min(...row) * header.scale![r]).toBeCloseTo(Math.min(...trace), 2);
    }
  });

  it('tells its health, the line, a report and a log', async () => {
    expect(await get<HealthJson>('/api/health')).toMatchObject({
      shots: 3,
      unreadable: 1,
      model: 'classical',
      golden: null,
    });
    const line = await get<LineResponse>('/api/line');
    expect(line.ids).toHaveLength(3);
    expect(line.shots).toHaveLength(3);
    expect(line.receiverShares).toHaveLength(line.receivers.length);
    const report = await fetch(`${base}/api/report`);
    expect(report.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await report.text()).toContain('Quality control');
    const log = await (await fetch(`${base}/api/log`)).text();
    expect(log.trim().split('\n')).toHaveLength(5);
    expect(await (await fetch(`${base}/api/log?format=html`)).text()).toContain('<table>');
  });
});

describe('editing', () => {
  it('sets, removes, undoes, redoes; who saw an older state changes nothing and is told the present one', async () => {
    const id = idOf(1);
    const before = await get<ShotDetail>(`/api/shots/${id}`);
    const edits = [
      { kind: 'set', trace: 2, timeMs: 17.5 },
      { kind: 'remove', trace: 3 },
      { kind: 'kill', trace: 4 },
    ];
    const done = await post<EditResponse>(`/api/shots/${id}/edits`, { base: 0, edits, who: 'observer' });
    expect(done.status).toBe(200);
    const { picks, revision, edited } = done.json.shot;
    expect({ revision, edited }).toEqual({ revision: 1, edited: 3 });
    expect(picks[2]).toMatchObject({ timeMs: 17.5, confidence: 1, edited: true, auto: before.picks[2].auto });
    expect([picks[3].reason, picks[4].reason]).toEqual(['removed', 'dead']);
    const stale = await post<EditResponse>(`/api/shots/${id}/edits`, {
      base: 0,
      edits: [{ kind: 'accept' }],
      who: 'b',
    });
    expect(stale.status).toBe(409);
    expect(stale.json.shot).toMatchObject({ revision: 1, accepted: null });
    const undone = await post<EditResponse>(`/api/shots/${id}/undo`, { base: 1, who: 'observer' });
    expect(undone.json.shot.picks).toEqual(before.picks);
    const redone = await post<EditResponse>(`/api/shots/${id}/redo`, { base: 2, who: 'observer' });
    expect(redone.json.shot.picks).toEqual(picks);
    const { steps } = await get<{ steps: { who: string; kind: string }[] }>(`/api/shots/${id}/history`);
    expect(steps.map(({ who, kind }) => [who, kind])).toEqual([
      ['observer', 'edits'],
      ['observer', 'undo'],
      ['observer', 'redo'],
    ]);
  });

  it('snaps to the onset near a click', async () => {
    const id = idOf(2);
    const { picks } = await get<ShotDetail>(`/api/shots/${id}`);
    const misses: number[] = [];
    for (const { trace, timeMs } of picks.filter(({ status }) => status === 'picked')) {
      const near = await post<{ timeMs: number }>(`/api/shots/${id}/snap`, { trace, timeMs: timeMs! + 2 });
      misses.push(Math.abs(near.json.timeMs - timeMs!));
    }
    expect(misses.filter((miss) => miss < 1.5).length).toBeGreaterThan(0.7 * misses.length);
  });

  it('goes out: in every format, as labels, in the log; rejected shots are left out', async () => {
    const id = idOf(3);
    await post(`/api/shots/${id}/edits`, {
      base: 0,
      edits: [{ kind: 'set', trace: 0, timeMs: 33 }, { kind: 'accept' }, { kind: 'note', text: 'a "good", one' }],
      who: 'observer',
    });
    const { out } = await firstbreak(['pick', here.watched, '--picker', 'classical', '--quiet']);
    const csv = await (await fetch(`${base}/api/export?format=csv`)).text();
    const mine = new Set(csv.split('\n'));
    const differ = out.split('\n').filter((row) => row.includes('3.sg2') && !mine.has(row));
    expect(differ).toHaveLength(1);
    expect(differ[0]).toContain('3.sg2,0,');
    expect(csv).toMatch(/3\.sg2,0,3,1,[^,]*,33,/);
    const labels = readPickFile(await (await fetch(`${base}/api/labels`)).text(), 'labels.csv');
    expect(labels.filter(({ ffid }) => ffid === 3)).toHaveLength(12);
    expect(labels.find(({ ffid, trace }) => ffid === 3 && trace === 0)).toMatchObject({ time: 33, picker: 'observer' });
    expect(await (await fetch(`${base}/api/log`)).text()).toContain('"a ""good"", one"');
    for (const format of ['json', 'sgt', 'pyrefra', 'seismicpro', 'reflexw', 'geotomcg'])
      expect((await fetch(`${base}/api/export?format=${format}`)).status).toBe(200);
    await post(`/api/shots/${id}/edits`, { base: 1, edits: [{ kind: 'reject' }], who: 'observer' });
    expect(await (await fetch(`${base}/api/export?format=csv`)).text()).not.toContain('3.sg2');
    expect(await (await fetch(`${base}/api/export?format=csv&rejected=1`)).text()).toContain('3.sg2');
  });

  it.each([
    ['no JSON', 'x'],
    ['a strange edit', { base: 0, edits: [{ kind: 'explode', trace: 1 }], who: '' }],
    ['no edits', { base: 0, edits: [], who: '' }],
    ['a time that is none', { base: 0, edits: [{ kind: 'set', trace: 1, timeMs: null }], who: '' }],
    ['a trace that is not there', { base: 0, edits: [{ kind: 'kill', trace: 99 }], who: '' }],
    ['a pick ahead of the record', { base: 0, edits: [{ kind: 'set', trace: 0, timeMs: -500 }], who: '' }],
  ])('refuses %s', async (_, body) => {
    const { status, json } = await post<{ detail: string }>(`/api/shots/${idOf(2)}/edits`, body);
    expect(status).toBe(400);
    expect(json.detail).toBeTruthy();
    expect(station.detail(idOf(2)).revision).toBe(0);
  });
});

describe('a pick outside of the record', () => {
  it('is refused with the times that the record holds, to which its ends belong', async () => {
    const { id, firstSampleMs, samples, sampleIntervalMs } = station.detail(idOf(2));
    const last = firstSampleMs + (samples - 1) * sampleIntervalMs;
    const path = `/api/shots/${id}/edits`;
    const set = (timeMs: number) => ({ base: 0, edits: [{ kind: 'set', trace: 0, timeMs }], who: 'a' });
    const late = await post<{ code: string; detail: string }>(path, set(last + 1));
    expect([late.status, late.json.code]).toEqual([400, 'no-such-time']);
    expect(late.json.detail).toContain(`${firstSampleMs} to ${Number(last.toFixed(3))} ms`);
    const ends = await post<EditResponse>(path, {
      base: 0,
      edits: [
        { kind: 'set', trace: 0, timeMs: firstSampleMs },
        // As the page rounds it.
        { kind: 'set', trace: 1, timeMs: Math.round(1000 * last) / 1000 },
      ],
      who: 'a',
    });
    expect(ends.status).toBe(200);
    await post(`/api/shots/${id}/undo`, { base: 1, who: 'a' });
  });
});

describe('events', () => {
  async function events(
    lastId: string | undefined,
    enough: (text: string) => boolean,
    act = async () => {},
  ): Promise<string> {
    const abort = new AbortController();
    const response = await fetch(`${base}/api/events`, {
      headers: lastId === undefined ? {} : { 'last-event-id': lastId },
      signal: abort.signal,
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const acted = act();
    while (!enough(text)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    await acted;
    abort.abort();
    return text;
  }

  it('tell of new shots and edits as they come', async () => {
    const text = await events(
      undefined,
      (sofar) => sofar.includes('event: shot') && sofar.includes('event: edit'),
      async () => {
        here.put('4.sg2', shotFile(4));
        await until(() => judged(station, 5), 'the shot');
        station.edit(idOf(4), { base: 0, edits: [{ kind: 'accept' }], who: 'a' });
      },
    );
    expect(text).toContain('event: status');
  });

  it('are told again to who missed them, each shot as it is now', async () => {
    const all = await events('0', (text) => text.includes('event: status'));
    expect(all.match(/^event: (shot|edit)$/gm)).toHaveLength(5);
    const ids = [...all.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id);
    const last = await events(ids[3], (text) => text.includes('event: status'));
    expect(last.match(/^event: (shot|edit)$/gm)).toHaveLength(1);
    expect(await events(ids[4], (text) => text.includes('event: status'))).not.toMatch(/^event: (shot|edit)$/m);
    expect(await events('99999999', (text) => text.includes('event: status'))).toContain('event: reload');
  });
});

describe('strangers', () => {
  it.each([
    ['another name bound to this machine', { host: 'evil.example' }],
    ['another page', { host: 'localhost', origin: 'https://evil.example' }],
    ['a picture on another page', { host: 'localhost', 'sec-fetch-site': 'cross-site' }],
  ])('are refused: %s', async (_, headers) => {
    const { status, text } = await raw('/api/shots', headers);
    expect(status).toBe(403);
    expect(text).not.toContain('sg2');
  });

  it('cannot post forms', async () => {
    const { port } = new URL(base);
    const path = `/api/shots/${idOf(2)}/edits`;
    expect((await raw(path, { host: `localhost:${port}`, 'content-type': 'text/plain' }, 'POST')).status).toBe(400);
  });

  it('get the page with its policy, and nothing outside of its folder', async () => {
    const page = await fetch(`${base}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe-inline');
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect((await fetch(`${base}/assets/a.js`)).headers.get('content-type')).toContain('javascript');
    const { port } = new URL(base);
    for (const path of ['/../secret', '/%2e%2e/secret', '/assets/..%2f..%2fsecret', '/assets%00', '/%', '/assets']) {
      const { status, text } = await raw(path, { host: `localhost:${port}` });
      expect([path, status]).toEqual([path, 404]);
      expect(text).not.toContain('not of the page');
    }
  });

  it('need the token on a network', async () => {
    const lan = await serveStation(station, { port: 0, lan: { data: here.data }, page: undefined });
    const url = new URL(lan.urls[0]);
    const token = url.searchParams.get('token')!;
    const api = `http://127.0.0.1:${url.port}/api/health`;
    expect((await fetch(api)).status).toBe(401);
    expect((await fetch(`${api}?token=wrong`)).status).toBe(401);
    expect((await fetch(api, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    const opened = await fetch(url, { redirect: 'manual' });
    expect([opened.status, opened.headers.get('location')]).toEqual([302, '/']);
    const cookie = opened.headers.get('set-cookie')!;
    expect(cookie).toMatch(/HttpOnly.*SameSite=Strict|SameSite=Strict.*HttpOnly/i);
    expect((await fetch(api, { headers: { cookie: cookie.split(';')[0] } })).status).toBe(200);
    await lan.close();
  });
});
