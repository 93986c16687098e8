/** Surveys and results, which lie in buckets of their own, as the one store that the HTTP API knows. */
import type { ObjectStore } from '#shared/object-store.ts';

/** Of a service's own objects, in the store as a whole or in the part of a caller. */
const OURS = /^(?:sub-[0-9a-f]{24}\/)?(?:results\/|_firstbreak\/)/;

/** Results and what the service keeps go to the one, all else to the other. Lists are of the one that the prefix belongs to. */
export function asOne(surveys: ObjectStore, results: ObjectStore): ObjectStore {
  const of = (key: string) => (OURS.test(key) ? results : surveys);
  const { uploads } = surveys;
  return {
    name: surveys.name,
    head: (key) => of(key).head(key),
    get: (key, range, matches) => of(key).get(key, range, matches),
    put: (key, bytes, options) => of(key).put(key, bytes, options),
    putStream: (key, pieces, options) => of(key).putStream(key, pieces, options),
    delete: (key) => of(key).delete(key),
    list: (prefix, options) => of(prefix).list(prefix, options),
    ...(uploads && {
      uploads: { ...uploads, signGet: (key, options) => (of(key).uploads ?? uploads).signGet(key, options) },
    }),
  };
}
