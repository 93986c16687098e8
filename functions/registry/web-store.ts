/** A registry behind a web server, to read from: what CloudFront hands to laptops in the field. */
import { type ObjectStore, StoreError } from '#shared/object-store.ts';

/** Of a laptop on a bad line, without a byte arriving. */
const PATIENCE_MS = 60_000;

/** @param address `https://host/path`; plain http only to this machine */
export function webStore(address: string): ObjectStore {
  const base = address.replace(/\/*$/, '/');
  const only = async (): Promise<never> => {
    throw new StoreError('denied', base, 'expected a store that can be written and listed, found a web address');
  };
  async function request(key: string, method: 'GET' | 'HEAD', headers: Record<string, string> = {}): Promise<Response> {
    const url = new URL(key.split('/').map(encodeURIComponent).join('/'), base);
    const response = await fetch(url, {
      method,
      headers,
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch((cause) => {
      throw new StoreError('unavailable', key, `expected an answer of ${url.host}, found ${reasonOf(cause)}`, {
        cause,
      });
    });
    // S3 without the right to list says 403 of what is not there.
    if (response.status === 404 || response.status === 403)
      throw new StoreError('missing', key, `expected it at ${url.host}, found status ${response.status}`);
    if (response.status === 412)
      throw new StoreError('changed', key, `expected it unchanged at ${url.host}, found it changed`);
    if (!response.ok)
      throw new StoreError('unavailable', key, `expected it at ${url.host}, found status ${response.status}`);
    return response;
  }
  return {
    name: base,
    async head(key) {
      try {
        const { headers } = await request(key, 'HEAD');
        return {
          key,
          size: Number(headers.get('content-length')),
          etag: (headers.get('etag') ?? '').replace(/^W\/|"/g, ''),
          modified: new Date(headers.get('last-modified') ?? 0),
        };
      } catch (error) {
        if (error instanceof StoreError && error.code === 'missing') return undefined;
        throw error;
      }
    },
    async get(key, range) {
      const headers = range ? { range: `bytes=${range.at}-${range.at + range.length - 1}` } : undefined;
      const response = await request(key, 'GET', headers);
      return new Uint8Array(
        await response.arrayBuffer().catch((cause) => {
          throw new StoreError('unavailable', key, `expected all of it, found ${reasonOf(cause)}`, { cause });
        }),
      );
    },
    put: only,
    putStream: only,
    delete: only,
    list: only,
  };
}

const reasonOf = (cause: unknown): string => {
  const { message, cause: inner } = cause as Error;
  return inner instanceof Error ? inner.message : message;
};
