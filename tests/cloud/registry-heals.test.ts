/** What was damaged in a registry is refused, and healed by whoever has the bytes still: in a directory and in a bucket. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main as models } from '#functions/models-cli.ts';
import { directoryStore } from '#functions/store/directory.ts';
import { s3Store } from '#functions/store/s3.ts';
import { keysOf, registryIn } from '#shared/model/registry.ts';
import type { ModelFiles } from '#shared/model/release.ts';
import { makeKeyPair, type Signer, signerOf, type Verifier, verifierOf } from '#shared/model/signing.ts';
import type { ObjectStore } from '#shared/object-store.ts';
import { scratch } from '../cli/run.ts';
import { missingPrograms, type RadosGateway, startRadosGateway } from './radosgw.ts';
import { run } from './run-program.ts';

const SHIPPED = resolve(import.meta.dirname, '../../shared/models/picker-1');
const files: ModelFiles = new Map(
  readdirSync(SHIPPED).map((name) => [name, new Uint8Array(readFileSync(join(SHIPPED, name)))]),
);
const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
let signer: Signer;
let trust: Verifier[];

beforeAll(async () => {
  const { privatePem, publicPem } = await makeKeyPair();
  writeFileSync(at('key.pem'), privatePem);
  writeFileSync(at('key.pub.pem'), publicPem);
  signer = await signerOf(privatePem, publicPem, 'key');
  trust = [await verifierOf(publicPem, 'key')];
});
afterAll(folder.remove);

function heals(open: () => Promise<ObjectStore>): void {
  const published = async () => {
    const store = await open();
    const registry = registryIn(store, { trust });
    const publish = () => registry.publish(files, { licences: new Map(), signer, where: 'model' });
    const { digest, release, healed } = await publish();
    expect(healed).toEqual([]);
    const blobOf = (name: string) => keysOf().blob(release.files.find(({ file }) => file === name)!.sha256);
    const damage = (key: string) => store.put(key, new TextEncoder().encode('damaged'));
    return { store, registry, publish, digest, blobOf, damage };
  };

  it('publishing the same once more', async () => {
    const { store, registry, publish, digest, blobOf, damage } = await published();
    await damage(blobOf('golden.json'));
    await damage(keysOf().release(digest));
    await damage(keysOf().signature(digest, signer.key));
    await store.delete(blobOf('CARD.md'));
    await expect(registry.files(digest)).rejects.toMatchObject({ code: 'tampered' });
    expect(await publish()).toMatchObject({ digest, fresh: false, healed: ['golden.json', 'the release'] });
    expect(await registry.files(digest)).toEqual(files);
  });

  it('from files that have its digests, and from no others', async () => {
    const { registry, digest, blobOf, damage } = await published();
    await damage(blobOf('golden.json'));
    const others = new Map([...files].map(([name, bytes]) => [name, bytes.slice(1)]));
    expect(await registry.heal(digest, others)).toEqual([]);
    await expect(registry.files(digest)).rejects.toMatchObject({ code: 'tampered' });
    expect(await registry.heal(digest, files)).toEqual(['golden.json']);
    expect(await registry.heal(digest, files)).toEqual([]);
    expect(await registry.files(digest)).toEqual(files);
  });

  it('of two who heal at once neither harms the other', async () => {
    const { registry, publish, digest, blobOf, damage } = await published();
    await damage(blobOf('golden.json'));
    await Promise.all([publish(), registry.heal(digest, files), publish()]);
    expect(await registry.files(digest)).toEqual(files);
  });
}

describe('in a directory', () => {
  let stores = 0;
  heals(() => directoryStore(at(`store-${++stores}`)));

  it('by the command line', async () => {
    const place = ['--registry', at('registry'), '--trust', at('key.pub.pem')];
    const published = await run(models, 'publish', 'picker-1', ...place, '--key', at('key.pem'));
    expect(published).toMatchObject({ code: 0 });
    const store = await directoryStore(at('registry'));
    const digest = /[0-9a-f]{64}/.exec(published.out)![0];
    const card = (await registryIn(store, { trust }).release(digest)).files.find(({ file }) => file === 'CARD.md')!;
    await store.put(keysOf().blob(card.sha256), new Uint8Array(3));
    const found = await run(models, 'verify', ...place);
    expect(found).toMatchObject({ code: 1, out: '' });
    expect(found.err).toMatch(/CARD\.md: expected SHA-256 \w{64}, found \w{64} \(3 bytes\)\n$/);
    expect(await run(models, 'verify', ...place, '--repair', at('nowhere'))).toMatchObject({
      code: 1,
      err: `firstbreak models: ${at('nowhere')}: expected a folder of a model, found no such folder\n`,
    });
    expect(await run(models, 'promote', 'canary', ...place, '--or-end', '--canary', '0.2')).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected --or-end or --canary SHARE, found both'),
    });
    const healed = await run(models, 'verify', ...place, '--repair', 'picker-1');
    expect(healed).toMatchObject({
      code: 0,
      out: expect.stringMatching(/CARD\.md {2}healed\n\w{12} {2}picker-1 {2}fine\n$/),
    });
  });
});

const missing = missingPrograms();
describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `in a bucket (skipped: ${missing.join(', ')} not installed)` : 'in a bucket',
  () => {
    let server: RadosGateway;
    beforeAll(async () => {
      server = await startRadosGateway();
    }, 120_000);
    afterAll(() => server?.stop());
    heals(async () => s3Store({ bucket: await server.bucket(), prefix: '' }, server.client()));
  },
);
