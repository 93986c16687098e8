/**
 * What a crew holds the archives of the field station against (`npm run bundle:edge`): a list of them by their digests, and beside it
 * its signature, Ed25519 over the bytes of the list, which OpenSSL can check where nothing of ours is installed yet.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryError } from '#shared/model/release.ts';
import type { Signer, Verifier } from '#shared/model/signing.ts';

export const BUNDLES_SCHEMA = 'firstbreak.bundles/1';
export const BUNDLES_FILE = 'bundles.json';
/** 64 bytes. */
export const BUNDLES_SIGNATURE = 'bundles.json.sig';

export interface Bundles {
  readonly schema: typeof BUNDLES_SCHEMA;
  readonly version: string;
  /** In the order of their names. */
  readonly files: readonly { readonly file: string; readonly bytes: number; readonly sha256: string }[];
}

const ARCHIVE = /^firstbreak-[\w.-]+\.zip$/;

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** Writes list and signature beside the archives. @throws RegistryError when there are none, or the signature is not of `verifier` */
export async function signBundles(
  folder: string,
  { version, signer, verifier }: { readonly version: string; readonly signer: Signer; readonly verifier: Verifier },
): Promise<Bundles> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => ARCHIVE.test(name)).sort();
  if (names.length === 0)
    throw new RegistryError('unknown', folder, 'expected archives of npm run bundle:edge, found none');
  const files = [];
  for (const file of names) {
    const path = join(folder, file);
    files.push({ file, bytes: (await stat(path)).size, sha256: await sha256Of(path) });
  }
  const list: Bundles = { schema: BUNDLES_SCHEMA, version, files };
  const bytes = new TextEncoder().encode(`${JSON.stringify(list, undefined, 2)}\n`);
  const signature = await signer.sign(bytes);
  if (!(await verifier.verify(bytes, signature)))
    throw new RegistryError('tampered', folder, 'expected a signature by the public key, found one that is wrong');
  await writeFile(join(folder, BUNDLES_FILE), bytes);
  await writeFile(join(folder, BUNDLES_SIGNATURE), signature);
  return list;
}

/** @throws RegistryError when the list was signed by nobody who is trusted, or an archive is not the one that is listed */
export async function checkBundles(folder: string, trust: readonly Verifier[]): Promise<Bundles> {
  const read = (file: string) =>
    readFile(join(folder, file)).catch((cause) => {
      throw new RegistryError('unknown', folder, `expected ${file}, found none`, { cause });
    });
  const bytes = new Uint8Array(await read(BUNDLES_FILE));
  const signature = new Uint8Array(await read(BUNDLES_SIGNATURE));
  const by = trust.map(({ key }) => key).join(' or ') || 'a trusted key (none was given)';
  const verified = await Promise.all(trust.map((verifier) => verifier.verify(bytes, signature)));
  if (!verified.includes(true))
    throw new RegistryError('unsigned', join(folder, BUNDLES_FILE), `expected a signature by ${by}, found another`);
  const list: Bundles = JSON.parse(new TextDecoder().decode(bytes));
  for (const { file, sha256 } of list.files) {
    const found = await sha256Of(join(folder, file)).catch(() => 'no such file');
    if (found !== sha256)
      throw new RegistryError('tampered', join(folder, file), `expected SHA-256 ${sha256}, found ${found}`);
  }
  return list;
}
