/** A registry as the words of the command line name it: a directory, a bucket or a web address, and the keys that are trusted. */
import { readFile } from 'node:fs/promises';
import { type Registry, registryIn } from '#shared/model/registry.ts';
import { type Verifier, verifierOf } from '#shared/model/signing.ts';
import type { ObjectStore } from '#shared/object-store.ts';
import { webStore } from './web-store.ts';

/** @param address a directory, `s3://bucket/prefix`, or `https://host/path` to read from */
export async function storeAt(address: string): Promise<ObjectStore> {
  if (/^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(address)) return webStore(address);
  if (/^http:/.test(address)) throw new Error(`${address}: expected https, found a line that anybody can change`);
  if (address.startsWith('s3:')) {
    const { s3Place, s3Store } = await import('../store/s3.ts').catch((cause) => {
      throw new Error(`${address}: expected a directory or https, found S3, which is not part of this installation`, {
        cause,
      });
    });
    const place = s3Place(address);
    if (!place) throw new Error(`${address}: expected s3://bucket/prefix, found something else`);
    return s3Store(place);
  }
  const { directoryStore } = await import('../store/directory.ts');
  return directoryStore(address);
}

/** @param trust files of public keys */
export const openRegistry = async (address: string, trust: readonly string[]): Promise<Registry> =>
  registryIn(await storeAt(address), { trust: await Promise.all(trust.map(trusted)) });

export const trusted = async (file: string): Promise<Verifier> => verifierOf(await readKey(file), file);

export async function readKey(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Error(
      `${file}: expected a key in PEM, found ${cause.code === 'ENOENT' ? 'no such file' : cause.message}`,
      {
        cause,
      },
    );
  });
}
