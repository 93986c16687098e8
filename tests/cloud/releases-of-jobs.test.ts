/** Which release picks a job: by its id, once and for all, and never one that was tampered with. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byLocalhost } from '#functions/auth/localhost.ts';
import { openRegistry } from '#functions/registry/open.ts';
import { type RunningServer, startServer } from '#functions/server.ts';
import { directoryStore } from '#functions/store/directory.ts';
import { keysOf, type Registry } from '#shared/model/registry.ts';
import type { ModelFiles } from '#shared/model/release.ts';
import { makeKeyPair, type Signer, signerOf } from '#shared/model/signing.ts';
import { scratch } from '../cli/run.ts';
import { shotBytes } from './made-survey.ts';

const SHIPPED = resolve(import.meta.dirname, '../../shared/models/picker-1');
const JOBS = 12;
const MOVER = { by: 'a test', at: '2026-01-01T00:00:00Z' };
const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
const usual = process.env.TMPDIR;
const troubles: string[] = [];

let registry: Registry;
let signer: Signer;
let server: RunningServer;

/** The shipped model under another name. */
function named(name: string): ModelFiles {
  const files = new Map(readdirSync(SHIPPED).map((file) => [file, new Uint8Array(readFileSync(join(SHIPPED, file)))]));
  const manifest = JSON.parse(new TextDecoder().decode(files.get('manifest.json')));
  return new Map([...files, ['manifest.json', new TextEncoder().encode(JSON.stringify({ ...manifest, name }))]]);
}

const publish = async (name: string): Promise<string> =>
  (await registry.publish(named(name), { licences: new Map(), signer, where: name })).digest;

beforeAll(async () => {
  process.env.TMPDIR = folder.path; // pulled releases lie in a folder of the test
  const { privatePem, publicPem } = await makeKeyPair();
  signer = await signerOf(privatePem, publicPem, 'key');
  writeFileSync(at('key.pub.pem'), publicPem);
  registry = await openRegistry(at('store'), [at('key.pub.pem')]);
  server = await startServer({
    host: '127.0.0.1',
    port: 0,
    store: at('store'),
    authenticate: byLocalhost,
    registry: async () => registry,
    runtime: 'onnx-web',
    workers: 1,
    version: 'test',
    log: ({ error }) => void (error && troubles.push(error)),
  });
}, 60_000);
afterAll(async () => {
  await server.stop();
  if (usual === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usual;
  folder.remove();
});

interface JobJson {
  readonly id: string;
  readonly state: string;
  readonly release: string | null;
  readonly input: { readonly key: string };
}

const api = async <T>(path: string, body?: unknown): Promise<T> => {
  const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${server.url}${path}`, { ...request, headers: { 'content-type': 'application/json' } });
  expect(response.ok, `${path}: ${response.status}`).toBe(true);
  return (await response.json()) as T;
};

let shots = 0;
/** Jobs of one shot each, when they have ended. */
async function jobs(count: number): Promise<readonly (JobJson & { readonly model: string })[]> {
  const store = await directoryStore(at('store'));
  const begun: JobJson[] = [];
  for (let i = 0; i < count; i++) {
    const key = `line/${++shots}.sg2`;
    await store.put(key, shotBytes(shots));
    begun.push(await api<JobJson>('/v1/jobs', { input: { key } }));
  }
  const done: (JobJson & { model: string })[] = [];
  for (const { id } of begun)
    for (;;) {
      const job = await api<JobJson>(`/v1/jobs/${id}`);
      if (!['queued', 'running'].includes(job.state)) {
        expect(job.state).toBe('succeeded');
        const pointer = JSON.parse(readFileSync(at('store', `${job.input.key}.firstbreak.json`), 'utf8'));
        done.push({ ...job, model: pointer.model.name });
        break;
      }
      await new Promise((later) => setTimeout(later, 50));
    }
  return done;
}

describe('jobs and releases', () => {
  let stable: string;
  let canary: string;

  it('without a stable release the model of the server picks', async () => {
    expect(await jobs(1)).toMatchObject([{ release: null, model: 'picker-1' }]);
  });

  it('each keeps the release that its id points to, canary or stable', async () => {
    stable = await publish('steady');
    canary = await publish('daring');
    await registry.set('stable', stable, MOVER);
    await registry.set('canary', canary, { ...MOVER, share: 0.5 });
    const done = await jobs(JOBS);
    for (const { id, release, model } of done) {
      expect(release).toBe(await registry.choose(id));
      expect(model).toBe(release === canary ? 'daring' : 'steady');
    }
    expect(new Set(done.map(({ release }) => release))).toEqual(new Set([stable, canary]));

    // However the aliases move, a job is what it was.
    await registry.rollback('canary', MOVER);
    for (const { id, release } of done) expect((await api<JobJson>(`/v1/jobs/${id}`)).release).toBe(release);
    expect((await jobs(2)).map(({ release }) => release)).toEqual([stable, stable]);
  });

  it('a canary that was tampered with picks nothing; stable stands in for it', async () => {
    const bad = await publish('broken');
    const { files } = await registry.release(bad);
    const { sha256 } = files.find(({ file }) => file === 'manifest.json')!;
    const blob = at('store', ...keysOf().blob(sha256).split('/'));
    rmSync(blob);
    writeFileSync(blob, '{}');
    await registry.set('canary', bad, { ...MOVER, share: 1 });
    expect((await jobs(2)).map(({ release, model }) => [release, model])).toEqual([
      [stable, 'steady'],
      [stable, 'steady'],
    ]);
    expect(troubles.join('\n')).toMatch(/manifest\.json: expected SHA-256/);
  });

  it('a registry that says nonsense leaves the release that worked', async () => {
    for (const name of ['stable', 'canary'] as const)
      writeFileSync(at('store', ...keysOf().alias(name).split('/')), 'nonsense');
    expect(await jobs(1)).toMatchObject([{ release: stable, model: 'steady' }]);
  });
});
