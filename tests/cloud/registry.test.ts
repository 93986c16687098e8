/** The registry of models: what may be published, who may move an alias, and that nothing that was tampered with is ever used. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentOf, pull, pullAs, usePrevious } from '#functions/registry/pull.ts';
import { fileSigner, programSigner } from '#functions/registry/signers.ts';
import { tryGolden } from '#functions/registry/try-model.ts';
import { webStore } from '#functions/registry/web-store.ts';
import { directoryStore } from '#functions/store/directory.ts';
import { freshAlias, placeOfJob, releaseFor, setTo } from '#shared/model/alias.ts';
import { CURRENT_FILE, readCurrent } from '#shared/model/current.ts';
import { sha256 } from '#shared/model/manifest.ts';
import { keysOf, type Registry, registryIn } from '#shared/model/registry.ts';
import { isRegistryError, type ModelFiles } from '#shared/model/release.ts';
import { makeKeyPair, type Signer, signerOf, type Verifier, verifierOf } from '#shared/model/signing.ts';
import { scratch } from '../cli/run.ts';

const SHIPPED = resolve(import.meta.dirname, '../../shared/models/picker-1');
const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
const MOVER = { by: 'a test', at: '2026-01-01T00:00:00Z' };
const NO_LICENCES = new Map<string, string>();

/** The model that ships, with another card, so that it is another release. */
function modelFiles(card: string): ModelFiles {
  const names = readdirSync(SHIPPED);
  return new Map([
    ...names.map((name): [string, Uint8Array] => [name, new Uint8Array(readFileSync(join(SHIPPED, name)))]),
    ['CARD.md', new TextEncoder().encode(card)],
  ]);
}

/** With a manifest changed by `change`. */
function changed(files: ModelFiles, change: (manifest: Record<string, unknown>) => object): ModelFiles {
  const manifest = JSON.parse(new TextDecoder().decode(files.get('manifest.json')));
  return new Map([...files, ['manifest.json', new TextEncoder().encode(JSON.stringify(change(manifest)))]]);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

let signer: Signer;
let trust: Verifier[];
let stores = 0;
beforeAll(async () => {
  const { privatePem, publicPem } = await makeKeyPair();
  signer = await signerOf(privatePem, publicPem, 'key');
  trust = [await verifierOf(publicPem, 'key')];
});
afterAll(() => folder.remove());

async function newRegistry() {
  const path = at(`registry-${++stores}`);
  const store = await directoryStore(path);
  return { path, store, registry: registryIn(store, { trust }) };
}

const publish = async (registry: Registry, files: ModelFiles, licences: ReadonlyMap<string, string> = NO_LICENCES) =>
  registry.publish(files, { licences, signer, where: 'model' });

/** The code and message of what `run` throws. */
async function failureOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    expect(error.message).not.toContain('\n');
    return `${error.code}: ${error.message}`;
  }
  return 'none';
}

describe('publishing', () => {
  it('gives what was published, under one digest however often', async () => {
    const { registry } = await newRegistry();
    const files = modelFiles('one');
    const first = await publish(registry, files);
    const again = await publish(registry, files);
    expect([first.fresh, again.fresh, again.digest]).toEqual([true, false, first.digest]);
    expect(await registry.files(first.digest)).toEqual(files);
    expect((await publish(registry, modelFiles('two'))).digest).not.toBe(first.digest);
    const digests = await all(registry.digests());
    expect(digests).toHaveLength(2);
    expect(digests).toContain(first.digest);
  });

  it('refuses what has no metrics, no golden scores, no licence of its data, or files that are not those of its manifest', async () => {
    const { registry, path } = await newRegistry();
    const files = modelFiles('unfit');
    const without = (name: string) => new Map([...files].filter(([file]) => file !== name));
    const learnt = changed(files, (m) => ({ ...m, training: { ...(m.training as object), sites: ['hill', 'dale'] } }));
    const refused = (bad: ModelFiles, licences = NO_LICENCES) => failureOf(() => publish(registry, bad, licences));
    expect(await refused(changed(files, (m) => ({ ...m, metrics: [] })))).toMatch(
      /^refused: model: expected metrics in manifest\.json, found none$/,
    );
    expect(await refused(without('golden.json'))).toMatch(/^refused: model: expected golden\.json, found none$/);
    expect(await refused(without('manifest.json'))).toMatch(/^refused: model: expected manifest\.json/);
    expect(await refused(without('model.int8.onnx'))).toMatch(/expected model\.int8\.onnx, found none$/);
    expect(await refused(new Map([...files, ['golden.json', new Uint8Array([123])]]))).toMatch(/^refused: .*golden/);
    expect(await refused(new Map([...files, ['model.onnx', new Uint8Array(9)]]))).toMatch(/expected SHA-256/);
    expect(await refused(learnt, new Map([['hill', 'MIT']]))).toMatch(
      /^refused: model: expected a licence of each of its data, found none of dale$/,
    );
    expect(existsSync(join(path, 'models'))).toBe(false);
    const licences = new Map([
      ['hill', 'MIT'],
      ['dale', 'CC BY 4.0'],
      ['elsewhere', 'GPL'],
    ]);
    const { release } = await publish(registry, learnt, licences);
    expect(release.licences.map(({ data }) => data)).toEqual(['dale', 'hill']);
  });
});

describe('aliases', () => {
  it('of eight who promote at once one wins, and the others are told', async () => {
    const { registry } = await newRegistry();
    const digests: string[] = [];
    for (const card of 'abcdefgh') digests.push((await publish(registry, modelFiles(card))).digest);
    const from = await registry.alias('stable');
    const moves = await Promise.all(
      digests.map((digest) => failureOf(() => registry.set('stable', digest, { ...MOVER, from }))),
    );
    expect(moves.filter((move) => move === 'none')).toHaveLength(1);
    expect(moves.filter((move) => /^lost-race: .*stable: expected it as it was read/.test(move))).toHaveLength(7);
    expect((await registry.alias('stable')).alias.release).toBe(digests[moves.indexOf('none')]);
  });

  it('go back the way they came, and no further', async () => {
    const { registry } = await newRegistry();
    const digests: string[] = [];
    for (const card of 'abc') digests.push((await publish(registry, modelFiles(card))).digest);
    const [a, b, c] = digests;
    const stable = async () => (await registry.alias('stable')).alias.release;
    const back = () => registry.rollback('stable', MOVER);
    expect(await failureOf(back)).toMatch(/^nothing-before/);
    for (const digest of [a, b, c]) await registry.set('stable', digest, MOVER);
    await back();
    expect(await stable()).toBe(b);
    await registry.set('stable', c, MOVER);
    await back();
    await back();
    expect(await stable()).toBe(a);
    expect(await failureOf(back)).toMatch(/^nothing-before: stable: expected a release before the present one/);
    const { history } = (await registry.alias('stable')).alias;
    expect(history.map(({ what }) => what)).toEqual(['set', 'set', 'set', 'rollback', 'set', 'rollback', 'rollback']);
  });

  it('the canary gets its share of the jobs, always the same ones, until it ends', async () => {
    const stable = setTo(freshAlias('stable'), 'a'.repeat(64), MOVER);
    const canary = setTo(freshAlias('canary'), 'b'.repeat(64), MOVER, 0.1);
    const jobs = Array.from({ length: 4000 }, (_, i) => `job-${i}`);
    const chosen = await Promise.all(jobs.map((job) => releaseFor(job, stable, canary)));
    const share = chosen.filter((digest) => digest === canary.release).length / jobs.length;
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.12);
    expect(await Promise.all(jobs.map((job) => releaseFor(job, stable, canary)))).toEqual(chosen);
    const wider = setTo(canary, canary.release!, MOVER, 0.5);
    for (const [i, job] of jobs.slice(0, 200).entries())
      if (chosen[i] === canary.release) expect(await releaseFor(job, stable, wider)).toBe(canary.release);
    expect(await releaseFor('job', undefined, undefined)).toBeUndefined();
    // SHA-256("abc") begins ba7816bf, FIPS 180-4
    expect(await placeOfJob('abc')).toBe(0xba7816bf / 2 ** 32);
    expect(() => setTo(freshAlias('canary'), 'c'.repeat(64), MOVER, 0)).toThrow(/share of the jobs above 0/);
    expect(() => setTo(freshAlias('stable'), 'c'.repeat(64), MOVER, 0.5)).toThrow(/no share/);

    const { registry } = await newRegistry();
    const one = (await publish(registry, modelFiles('one'))).digest;
    const two = (await publish(registry, modelFiles('two'))).digest;
    await registry.set('stable', one, MOVER);
    await registry.set('canary', two, { ...MOVER, share: 1 });
    expect(await registry.choose('any job')).toBe(two);
    await registry.rollback('canary', MOVER);
    expect(await registry.choose('any job')).toBe(one);
  });

  it('point to nothing that nobody trusted has signed', async () => {
    const { registry, store } = await newRegistry();
    const { privatePem, publicPem } = await makeKeyPair();
    const stranger = await signerOf(privatePem, publicPem, 'stranger');
    const { digest } = await registry.publish(modelFiles('x'), {
      licences: NO_LICENCES,
      signer: stranger,
      where: 'model',
    });
    expect(await failureOf(() => registry.set('stable', digest, MOVER))).toMatch(/^unsigned: .*found none$/);
    expect(await failureOf(() => registry.set('stable', '0'.repeat(64), MOVER))).toMatch(/^unknown/);
    await store.put(keysOf().alias('stable'), new TextEncoder().encode('{"schema":"firstbreak.alias/1"}'));
    expect(await failureOf(() => registry.alias('stable'))).toMatch(/^malformed/);
  });
});

describe('what was tampered with', () => {
  const damage = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte));

  it.each<[string, (digest: string, blob: string) => string, RegExp]>([
    ['a weight', (_, blob) => keysOf().blob(blob), /^tampered: .*model\.onnx: expected SHA-256 \w+, found \w+/],
    ['the release', (digest) => keysOf().release(digest), /^tampered: .*release \w+: expected SHA-256/],
    [
      'the signature',
      (digest) => keysOf().signature(digest, signer.key),
      /^tampered: .*expected a signature by \w+, found one that is wrong$/,
    ],
  ])('%s: is neither read nor put in use, and the model before works on', async (_, keyOf, expected) => {
    const { registry, store, path } = await newRegistry();
    const to = `${path}-models`;
    const old = await publish(registry, modelFiles('old'));
    const { digest, release } = await publish(registry, modelFiles('new'));
    await pull(registry, old.digest, to);
    const blob = release.files.find(({ file }) => file === 'model.onnx')!.sha256;
    const key = keyOf(digest, blob);
    const bytes = await store.get(key);
    await store.put(key, key.includes('signatures') ? tamperedSignature(bytes) : damage(bytes));
    expect(await failureOf(() => pull(registry, digest, to))).toMatch(expected);
    expect((await currentOf(to))?.current.release).toBe(old.digest);
    expect(readdirSync(to).sort()).toEqual([CURRENT_FILE, (await currentOf(to))!.current.folder].sort());
    await tryGolden(folderFiles(join(to, (await currentOf(to))!.current.folder)), 'old');
  });

  /** A signature of the right form, of something else. */
  function tamperedSignature(bytes: Uint8Array): Uint8Array {
    const { signature, ...rest } = JSON.parse(new TextDecoder().decode(bytes));
    const raw = Buffer.from(signature, 'base64');
    raw[5] ^= 1;
    return new TextEncoder().encode(JSON.stringify({ ...rest, signature: raw.toString('base64') }));
  }

  it('a signature that is copied from another release', async () => {
    const { registry, store } = await newRegistry();
    const [a, b] = [await publish(registry, modelFiles('a')), await publish(registry, modelFiles('b'))];
    await store.put(
      keysOf().signature(b.digest, signer.key),
      await store.get(keysOf().signature(a.digest, signer.key)),
    );
    expect(await failureOf(() => registry.release(b.digest))).toMatch(/^tampered/);
    for (const nonsense of ['', '[]', 'null', '{"schema":"firstbreak.signature/1","signature":"="}']) {
      await store.put(keysOf().signature(b.digest, signer.key), new TextEncoder().encode(nonsense));
      expect(await failureOf(() => registry.release(b.digest))).toMatch(/^tampered/);
    }
  });
});

const folderFiles = (path: string): ModelFiles =>
  new Map(readdirSync(path).map((name) => [name, new Uint8Array(readFileSync(join(path, name)))]));

describe('pulling', () => {
  it('switches, keeps the one before, and goes back to it', async () => {
    const { registry, path } = await newRegistry();
    const to = `${path}-models`;
    const digests: string[] = [];
    for (const card of 'abc') digests.push((await publish(registry, modelFiles(card))).digest);
    const [a, b, c] = digests;
    expect((await pull(registry, a, to)).fresh).toBe(true);
    expect((await pull(registry, a, to)).fresh).toBe(false);
    await pull(registry, b, to);
    expect(await currentOf(to)).toMatchObject({ current: { release: b }, previous: { release: a } });
    await pull(registry, c, to);
    expect(await currentOf(to)).toMatchObject({ current: { release: c }, previous: { release: b } });
    expect(readdirSync(to)).toHaveLength(3); // two models and current.json
    await usePrevious(to);
    expect(await currentOf(to)).toMatchObject({ current: { release: b }, previous: { release: c } });
    const { current } = readCurrent(readFileSync(join(to, CURRENT_FILE), 'utf8'), CURRENT_FILE);
    expect(folderFiles(join(to, current.folder))).toEqual(await registry.files(b));
  });

  it('mends a folder that was damaged on this disk, and clears up after a pull that was cut off', async () => {
    const { registry, path } = await newRegistry();
    const to = `${path}-models`;
    const { digest } = await publish(registry, modelFiles('a'));
    const { current } = await pull(registry, digest, to);
    writeFileSync(join(to, current.folder, 'model.onnx'), 'gone');
    cpSync(join(to, current.folder), join(to, '.pull-of-another-day'), { recursive: true });
    expect((await pull(registry, digest, to)).fresh).toBe(true);
    expect(folderFiles(join(to, current.folder))).toEqual(await registry.files(digest));
    expect(readdirSync(to).some((name) => name.startsWith('.'))).toBe(false);
    writeFileSync(join(to, CURRENT_FILE), 'garbage');
    expect((await pull(registry, digest, to)).fresh).toBe(true);
    expect((await currentOf(to))?.current.release).toBe(digest);
  });

  it('a model whose golden scores do not come out here stays out', async () => {
    const { registry, path } = await newRegistry();
    const to = `${path}-models`;
    const good = await publish(registry, modelFiles('good'));
    await pull(registry, good.digest, to);
    const files = modelFiles('bad');
    const golden = JSON.parse(new TextDecoder().decode(files.get('golden.json')));
    golden.gathers[0].scores[0][1] -= 1;
    const bad = await publish(registry, new Map([...files, ['golden.json', Buffer.from(JSON.stringify(golden))]]));
    expect(await failureOf(() => pull(registry, bad.digest, to))).toMatch(
      /^refused: picker-1-\w+\/model\.onnx: expected the scores of golden\.json, found others by 1\.00, above 0\.001$/,
    );
    expect((await currentOf(to))?.current.release).toBe(good.digest);
  });

  it('nor one whose weights, whole as they are signed, compute nothing', async () => {
    const { registry, path } = await newRegistry();
    const files = modelFiles('empty');
    const tflite = files.get('model.tflite')!.slice().fill(0, 60_000, 160_000);
    const digest = await sha256(tflite);
    const claimed = changed(files, (m) => ({
      ...m,
      artefacts: (m.artefacts as { file: string }[]).map((each) =>
        each.file === 'model.tflite' ? { ...each, sha256: digest } : each,
      ),
    }));
    const bad = await publish(registry, new Map([...claimed, ['model.tflite', tflite]]));
    expect(await failureOf(() => pull(registry, bad.digest, `${path}-models`))).toMatch(
      /^refused: picker-1-\w+\/model\.tflite: expected the scores of golden\.json, found a model that does not run \(/,
    );
    expect(existsSync(join(`${path}-models`, CURRENT_FILE))).toBe(false);
  });

  it('brings the checkpoint only to those who ask for all files, and those into a new folder', async () => {
    const { registry, path } = await newRegistry();
    const files = new Map([...modelFiles('a'), ['last.safetensors', new Uint8Array(5)]]);
    const { digest } = await publish(registry, files);
    const { current } = await pull(registry, digest, `${path}-models`);
    expect(readdirSync(join(`${path}-models`, current.folder))).not.toContain('last.safetensors');
    await pullAs(registry, digest, `${path}-all`);
    expect(folderFiles(`${path}-all`)).toEqual(files);
    await expect(pullAs(registry, digest, `${path}-all`)).rejects.toThrow(/-all: expected a new folder, found one/);
    expect(readdirSync(folder.path).some((name) => name.startsWith('.'))).toBe(false);
  });

  it('through a web server, which is only read from', async () => {
    const { registry, path } = await newRegistry();
    const { digest } = await publish(registry, modelFiles('a'));
    await registry.set('stable', digest, MOVER);
    const server = createServer((request, response) => {
      const file = join(path, decodeURIComponent(request.url!));
      if (!existsSync(file)) return response.writeHead(request.url!.includes('canary') ? 403 : 404).end();
      const bytes = readFileSync(file);
      return response.writeHead(200, { 'content-length': bytes.length, etag: '"1"' }).end(bytes);
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    try {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const far = registryIn(webStore(address), { trust });
      const stable = (await far.alias('stable')).alias.release!;
      expect((await far.alias('canary')).alias.release).toBeNull();
      expect((await pull(far, stable, `${path}-models`)).current.release).toBe(digest);
      await expect(far.set('stable', digest, MOVER)).rejects.toMatchObject({ _tag: 'StoreError', code: 'denied' });
      await expect(all(far.digests())).rejects.toMatchObject({ code: 'denied' });
    } finally {
      server.close();
      server.closeAllConnections();
    }
    await expect(webStore('http://127.0.0.1:9').head('x')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('keys', () => {
  const hasOpenssl = (() => {
    try {
      return /OpenSSL/.test(execFileSync('openssl', ['version'], { encoding: 'utf8' }));
    } catch {
      return false;
    }
  })();

  it('files that are no keys, or do not belong together, are refused', async () => {
    const [one, two] = [await makeKeyPair(), await makeKeyPair()];
    await expect(signerOf(one.privatePem, two.publicPem, 'k')).rejects.toThrow(/k: expected .* belong together/);
    await expect(verifierOf('hello', 'k')).rejects.toThrow(/k: expected a public key in PEM, found something else/);
    await expect(verifierOf(one.privatePem, 'k')).rejects.toThrow(/expected a public key in PEM/);
    await expect(fileSigner(at('nowhere.pem'))).rejects.toThrow(
      /nowhere\.pem: expected a key in PEM, found no such file/,
    );
  });

  it.skipIf(!hasOpenssl)('of another program sign as well (skipped where there is no openssl)', async () => {
    const [key, pub, message] = ['o.pem', 'o.pub.pem', 'message'].map((name) => at(name));
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', key]);
    execFileSync('openssl', ['pkey', '-in', key, '-pubout', '-out', pub]);
    const command = `cat > "${message}" && openssl pkeyutl -sign -rawin -inkey "${key}" -in "${message}" | base64`;
    const verifier = await verifierOf(readFileSync(pub, 'utf8'), pub);
    const store = await directoryStore(at('openssl-registry'));
    const registry = registryIn(store, { trust: [verifier] });
    const theirs = await programSigner(command, pub);
    const { digest } = await registry.publish(modelFiles('theirs'), {
      licences: NO_LICENCES,
      signer: theirs,
      where: 'model',
    });
    expect((await registry.release(digest)).name).toBe('picker-1');
    await expect((await programSigner('echo hello', pub)).sign(new Uint8Array(1))).rejects.toThrow(
      /expected an Ed25519 signature of 64 bytes as base64, found 'hello'/,
    );
    await expect((await programSigner('exit 3', pub)).sign(new Uint8Array(1))).rejects.toThrow(/found exit code 3/);
    rmSync(message);
  });
});
