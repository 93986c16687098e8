/**
 * A bucket of a hundred thousand objects, on a real S3 server: listed page by page, in order, each once, whole and by prefix.
 * `node tests/cloud/many-keys.ts [OBJECTS]` (100,000; minutes, most of them to put the objects there).
 */
import { s3Store } from '#functions/store/s3.ts';
import { everyObject, type ObjectStore } from '#shared/object-store.ts';
import { missingPrograms, startRadosGateway } from './radosgw.ts';

export interface ManyKeys {
  readonly objects: number;
  readonly putSeconds: number;
  readonly listSeconds: number;
  readonly pages: number;
  /** MiB that the process grew by while it listed. */
  readonly listMiB: number;
}

const AT_ONCE = 64;
/** Objects a second that are listed at least: a hundred thousand within a minute. */
export const LEAST_RATE = 100_000 / 60;

/** @throws Error when the list is not what was put there */
export async function manyKeys(store: ObjectStore, objects: number): Promise<ManyKeys> {
  // In no order, and with folders, so that nothing but the list sorts them.
  const keyOf = (i: number) => `line-${(i * 7) % 10}/${String((i * 7919) % objects).padStart(6, '0')}-${i}.sg2`;
  const started = performance.now();
  let next = 0;
  const body = new Uint8Array([1, 2, 3]);
  const put = async () => {
    while (next < objects) await store.put(keyOf(next++), body);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, put));
  const putSeconds = (performance.now() - started) / 1000;
  const expected = Array.from({ length: objects }, (_, i) => keyOf(i)).sort();

  let pages = 0;
  const counted: Pick<ObjectStore, 'list'> = {
    list(prefix, options) {
      pages++;
      return store.list(prefix, options);
    },
  };
  const before = process.memoryUsage().rss;
  const from = performance.now();
  let at = 0;
  for await (const { key, size } of everyObject(counted, ''))
    if (key !== expected[at++] || size !== body.length)
      throw new Error(`expected ${expected[at - 1]} at ${at - 1} of the list, found ${key} of ${size} bytes`);
  const listSeconds = (performance.now() - from) / 1000;
  const listMiB = (process.memoryUsage().rss - before) / 2 ** 20;
  if (at !== objects) throw new Error(`expected a list of ${objects}, found ${at}`);
  const prefix = 'line-7/';
  let some = 0;
  for await (const { key } of everyObject(store, prefix)) if (key.startsWith(prefix)) some++;
  const wanted = expected.filter((key) => key.startsWith(prefix)).length;
  if (some !== wanted) throw new Error(`expected ${wanted} below ${prefix}, found ${some}`);
  return { objects, putSeconds, listSeconds, pages, listMiB };
}

if (import.meta.main) {
  const missing = missingPrograms();
  if (missing.length > 0) {
    console.log(`skipped: ${missing.join(', ')} not installed`);
  } else {
    const server = await startRadosGateway();
    try {
      const store = s3Store({ bucket: await server.bucket(), prefix: '' }, server.client());
      const run = await manyKeys(store, Number(process.argv[2] ?? 100_000));
      const rate = run.objects / run.listSeconds;
      console.log(JSON.stringify({ ...run, putsASecond: run.objects / run.putSeconds, listedASecond: rate }, null, 1));
      if (rate < LEAST_RATE) process.exitCode = 1;
    } finally {
      await server.stop();
    }
  }
}
