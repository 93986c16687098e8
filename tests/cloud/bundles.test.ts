/** Archives of the field station, signed: what a crew can check before anything of ours is installed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main as models } from '#functions/models-cli.ts';
import { scratch } from '../cli/run.ts';
import { run } from './run-program.ts';

const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
const check = () => run(models, 'bundles', at('dist'), '--check', '--trust', at('key.pub.pem'));
const installed = (program: string) => {
  try {
    execFileSync(program, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

beforeAll(async () => {
  mkdirSync(at('dist', 'firstbreak-linux-x64'), { recursive: true });
  for (const name of ['linux', 'win']) writeFileSync(at('dist', `firstbreak-${name}-x64.zip`), `archive of ${name}`);
  expect(await run(models, 'keygen', '--out', at('key.pem'))).toMatchObject({ code: 0 });
});
afterAll(folder.remove);

describe('firstbreak models bundles', () => {
  it('signs a list of the archives by their digests, and holds archives against it', async () => {
    expect(await check()).toMatchObject({
      code: 1,
      err: expect.stringMatching(/expected bundles\.json, found none\n$/),
    });
    const signed = await run(models, 'bundles', at('dist'), '--key', at('key.pem'));
    expect(signed).toMatchObject({ code: 0 });
    // printf 'archive of win' | sha256sum
    const win = '8bf3ea59a2f0b55c93c46773c366c63b3cc5f40d8eac56cd20a05d67ac4e82b5';
    const list = JSON.parse(readFileSync(at('dist/bundles.json'), 'utf8'));
    expect(list).toMatchObject({ schema: 'firstbreak.bundles/1', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    expect(list.files.map(({ file, bytes }: { file: string; bytes: number }) => [file, bytes])).toEqual([
      ['firstbreak-linux-x64.zip', 16],
      ['firstbreak-win-x64.zip', 14],
    ]);
    expect(readFileSync(at('dist/bundles.json.sig'))).toHaveLength(64);
    expect(list.files[1].sha256).toBe(win);
    expect(await check()).toMatchObject({ code: 0, out: expect.stringMatching(/win-x64\.zip {2}fine\n$/) });
  });

  it.skipIf(!installed('openssl'))('OpenSSL finds the signature good (skipped where there is none)', () => {
    const words = [
      'pkeyutl',
      '-verify',
      '-pubin',
      '-inkey',
      at('key.pub.pem'),
      '-rawin',
      '-in',
      at('dist/bundles.json'),
    ];
    const said = execFileSync('openssl', [...words, '-sigfile', at('dist/bundles.json.sig')], { encoding: 'utf8' });
    expect(said).toMatch(/Verified Successfully/);
  });

  it('refuses an archive that was changed, a list that was changed, and a key that nobody trusts', async () => {
    const archive = at('dist/firstbreak-win-x64.zip');
    const before = readFileSync(archive);
    writeFileSync(archive, 'another');
    expect((await check()).err).toMatch(/win-x64\.zip: expected SHA-256 \w{64}, found \w{64}\n$/);
    writeFileSync(archive, before);
    expect((await run(models, 'bundles', at('dist'), '--check')).err).toMatch(/expected a signature by a trusted key/);
    writeFileSync(at('dist/bundles.json'), readFileSync(at('dist/bundles.json'), 'utf8').replace('win', 'won'));
    expect((await check()).err).toMatch(/bundles\.json: expected a signature by \w{16}, found another\n$/);
    expect((await run(models, 'bundles', at('nowhere'), '--key', at('key.pem'))).err).toMatch(
      /nowhere: expected archives of npm run bundle:edge, found none\n$/,
    );
  });
});
