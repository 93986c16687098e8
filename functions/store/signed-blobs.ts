/**
 * URLs of a directory's objects: what may be done, with which object and until when, signed by a secret that the directory
 * keeps (HMAC-SHA256, RFC 2104). The app serves them; nobody else can make or change one.
 */
import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goodKey, type ObjectStore, type SignedUploads, StoreError } from '#shared/object-store.ts';
import { type DirectoryStore, OWN } from './directory.ts';

/** What a URL allows. */
export type Grant =
  | {
      readonly act: 'put';
      readonly key: string;
      readonly id: string;
      readonly part: number;
      readonly size: number;
      readonly sha256?: string;
      readonly until: number;
    }
  | { readonly act: 'get'; readonly key: string; readonly fileName?: string; readonly until: number };

export interface Blobs {
  /** undefined: not signed here, changed, or expired. */
  granted(token: string): Grant | undefined;
  /** @throws StoreError `missing` when there is no such upload, `changed` when the bytes are not those announced */
  putPart(grant: Extract<Grant, { act: 'put' }>, pieces: AsyncIterable<Uint8Array>): Promise<{ readonly etag: string }>;
}

/** @param urlOf the address of a token, as clients reach it */
export function signedBlobs(
  store: DirectoryStore,
  urlOf: (token: string) => string,
): { readonly store: ObjectStore; readonly blobs: Blobs } {
  const secret = secretOf(join(store.root, OWN, 'secret'));
  const folderOf = (id: string) => join(store.root, OWN, 'uploads', id);

  const signature = (payload: string) => createHmac('sha256', secret).update(payload).digest();
  function signed(grant: Grant): string {
    const payload = Buffer.from(JSON.stringify(grant)).toString('base64url');
    return urlOf(`${payload}.${signature(payload).toString('base64url')}`);
  }

  /** The key of an upload that is under way. */
  async function keyOf(id: string, key: string): Promise<void> {
    const found = /^[0-9a-f-]{36}$/.test(id)
      ? await readFile(join(folderOf(id), 'key'), 'utf8').catch(() => undefined)
      : undefined;
    if (found !== key) throw new StoreError('missing', key, 'expected an upload that has begun, found none');
  }

  const uploads: SignedUploads = {
    async begin(key) {
      const id = randomUUID();
      await mkdir(folderOf(id), { recursive: true });
      await writeFile(join(folderOf(id), 'key'), goodKey(key));
      return id;
    },
    async signPart(key, id, part, { expiresSeconds, size, sha256 }) {
      const until = Date.now() + 1000 * expiresSeconds;
      const url = signed({
        act: 'put',
        key: goodKey(key),
        id,
        part,
        size,
        ...(sha256 !== undefined && { sha256 }),
        until,
      });
      return { method: 'PUT', url, headers: { 'content-length': `${size}` } };
    },
    async complete(key, id, parts) {
      await keyOf(id, key);
      const names = new Set(await readdir(folderOf(id)));
      async function* pieces() {
        for (const { part, etag } of parts) {
          const file = `${part}-${etag.replaceAll('"', '')}`;
          if (!/^\d{1,5}-[0-9a-f]{64}$/.test(file) || !names.has(file)) {
            const there = [...names].some((name) => name.startsWith(`${part}-`));
            throw new StoreError(
              there ? 'changed' : 'missing',
              key,
              `expected part ${part} as announced, found ${there ? 'another' : 'none'}`,
            );
          }
          const handle = await open(join(folderOf(id), file));
          try {
            yield* handle.createReadStream({ autoClose: false, highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>;
          } finally {
            await handle.close();
          }
        }
      }
      const object = await store.putStream(key, pieces());
      await rm(folderOf(id), { recursive: true, force: true });
      return object;
    },
    async abort(key, id) {
      await keyOf(id, key).then(
        () => rm(folderOf(id), { recursive: true, force: true }),
        () => {},
      );
    },
    async signGet(key, { expiresSeconds, fileName }) {
      const until = Date.now() + 1000 * expiresSeconds;
      const url = signed({ act: 'get', key: goodKey(key), ...(fileName !== undefined && { fileName }), until });
      return { method: 'GET', url, headers: {} };
    },
  };

  const blobs: Blobs = {
    granted(token) {
      const [payload, mac, ...rest] = token.split('.');
      if (!payload || !mac || rest.length > 0) return undefined;
      const [found, expected] = [Buffer.from(mac, 'base64url'), signature(payload)];
      if (found.length !== expected.length || !timingSafeEqual(found, expected)) return undefined;
      const grant = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Grant;
      return grant.until > Date.now() ? grant : undefined;
    },
    async putPart({ key, id, part, size, sha256 }, pieces) {
      await keyOf(id, key);
      const beside = join(folderOf(id), `${randomUUID()}.coming`);
      const hash = createHash('sha256');
      let got = 0;
      const handle = await open(beside, 'wx');
      try {
        for await (const piece of pieces) {
          hash.update(piece);
          got += piece.length;
          await handle.writeFile(piece);
        }
        await handle.sync();
      } catch (error) {
        await unlink(beside).catch(() => {});
        throw error;
      } finally {
        await handle.close();
      }
      const etag = hash.digest('hex');
      if (got !== size || (sha256 !== undefined && sha256 !== etag)) {
        await unlink(beside);
        throw new StoreError(
          'changed',
          key,
          `expected ${size} bytes${sha256 ? ` of SHA-256 ${sha256}` : ''}, found ${got} of ${etag}`,
        );
      }
      await rename(beside, join(folderOf(id), `${part}-${etag}`));
      return { etag };
    },
  };
  return { store: { ...store, uploads }, blobs };
}

/** Made once, whole or not at all; of two processes that make it at the same time, one does. */
function secretOf(path: string): Buffer {
  const beside = `${path}.${randomUUID()}`;
  try {
    if (existsSync(path)) return readFileSync(path);
    writeFileSync(beside, randomBytes(32), { flag: 'wx', mode: 0o600 });
    linkSync(beside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(beside, { force: true });
  }
  return readFileSync(path);
}

/** Uploads that nobody has gone on with for long. */
export async function clearOldUploads(store: DirectoryStore, olderThanMs: number): Promise<void> {
  const folder = join(store.root, OWN, 'uploads');
  for (const id of await readdir(folder).catch(() => [])) {
    const seen = await stat(join(folder, id)).catch(() => undefined);
    if (seen && Date.now() - seen.mtimeMs > olderThanMs) await rm(join(folder, id), { recursive: true, force: true });
  }
}
