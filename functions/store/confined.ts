/** The part of a store under a prefix, as a store of its own: whoever holds it can name nothing outside. */
import { goodKey, type ObjectStore, type SignedUploads, type StoredObject } from '#shared/object-store.ts';

/** @param prefix empty, or ends with a slash */
export function confined(store: ObjectStore, prefix: string): ObjectStore {
  if (prefix === '') return store;
  if (!prefix.endsWith('/')) throw new Error(`expected a prefix that ends with a slash, found ${prefix}`);
  goodKey(prefix.slice(0, -1));
  const inside = (key: string) => prefix + goodKey(key);
  const seen = (object: StoredObject): StoredObject => ({ ...object, key: object.key.slice(prefix.length) });
  const { uploads } = store;
  const signed: SignedUploads | undefined = uploads && {
    begin: (key, options) => uploads.begin(inside(key), options),
    signPart: (key, id, part, options) => uploads.signPart(inside(key), id, part, options),
    complete: async (key, id, parts) => seen(await uploads.complete(inside(key), id, parts)),
    abort: (key, id) => uploads.abort(inside(key), id),
    signGet: (key, options) => uploads.signGet(inside(key), options),
  };
  return {
    name: `${store.name.replace(/\/$/, '')}/${prefix}`,
    async head(key) {
      const object = await store.head(inside(key));
      return object && seen(object);
    },
    get: async (key, range, matches) => store.get(inside(key), range, matches),
    put: async (key, bytes, options) => store.put(inside(key), bytes, options),
    putStream: async (key, pieces, options) => seen(await store.putStream(inside(key), pieces, options)),
    delete: async (key) => store.delete(inside(key)),
    async list(wanted, { after, ...options } = {}) {
      const from = after === undefined ? {} : { after: prefix + after };
      const { objects, next } = await store.list(prefix + wanted, { ...options, ...from });
      return { objects: objects.map(seen), ...(next !== undefined && { next: next.slice(prefix.length) }) };
    },
    ...(signed && { uploads: signed }),
  };
}
