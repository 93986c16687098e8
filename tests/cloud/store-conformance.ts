/** What every object store keeps, whatever it is made of. */
import { expect, it } from 'vitest';
import { everyObject, getJson, isStoreError, type ObjectStore, putJson } from '#shared/object-store.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (got: Uint8Array) => new TextDecoder().decode(got);
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error) => (isStoreError(error) ? error.code : `${error}`),
  );

async function* pieces(count: number, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(size).fill(i + 1);
}

export function storeConformance(open: () => ObjectStore): void {
  it('gives back the bytes that were put, and their size and etag', async () => {
    const store = open();
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const put = await store.put('a/bytes.bin', all);
    const head = await store.head('a/bytes.bin');
    expect(head).toMatchObject({ key: 'a/bytes.bin', size: 256 });
    expect(put).toEqual({ written: true, etag: head?.etag });
    expect(head?.etag).not.toMatch(/"/);
    expect(Math.abs(Date.now() - head!.modified.getTime())).toBeLessThan(60_000);
    expect(await store.get('a/bytes.bin')).toEqual(all);
  });

  it('reads ranges, fewer bytes at the end, none after it', async () => {
    const store = open();
    await store.put('range', bytes('0123456789'));
    const range = async (at: number, length: number) => text(await store.get('range', { at, length }));
    expect(await range(0, 4)).toBe('0123');
    expect(await range(8, 10)).toBe('89');
    expect(await range(10, 4)).toBe('');
    expect(await range(50, 4)).toBe('');
    expect(await range(3, 0)).toBe('');
  });

  it('holds empty objects', async () => {
    const store = open();
    await store.put('empty', new Uint8Array(0));
    expect((await store.head('empty'))?.size).toBe(0);
    expect(await store.get('empty')).toHaveLength(0);
    expect(await store.get('empty', { at: 0, length: 10 })).toHaveLength(0);
  });

  it('says what is not there', async () => {
    const store = open();
    expect(await store.head('not/there')).toBeUndefined();
    expect(await codeOf(store.get('not/there'))).toBe('missing');
    await store.delete('not/there');
  });

  it('reads only the version that was asked for', async () => {
    const store = open();
    await store.put('version', bytes('one'));
    const { etag } = (await store.head('version'))!;
    expect(text(await store.get('version', { at: 0, length: 3 }, etag))).toBe('one');
    await store.put('version', bytes('two'));
    expect(await codeOf(store.get('version', undefined, etag))).toBe('changed');
  });

  it('makes an object once: of twenty writers one wins, and what it wrote stays', async () => {
    const store = open();
    const writers = Array.from({ length: 20 }, (_, i) =>
      store.put('race/absent', bytes(`writer ${i}`), { condition: 'absent' }),
    );
    const won = (await Promise.all(writers)).map(({ written }) => written);
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(text(await store.get('race/absent'))).toBe(`writer ${won.indexOf(true)}`);
  });

  it('changes an object only from the version that was read', async () => {
    const store = open();
    await store.put('cas', bytes('one'));
    const { etag } = (await store.head('cas'))!;
    const writers = Array.from({ length: 20 }, (_, i) =>
      store.put('cas', bytes(`writer ${i}`), { condition: { matches: etag } }),
    );
    const won = (await Promise.all(writers)).map(({ written }) => written);
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(text(await store.get('cas'))).toBe(`writer ${won.indexOf(true)}`);
    expect(
      await store.put('cas/none', bytes('x'), { condition: { matches: etag } }).catch(() => ({ written: false })),
    ).toEqual({ written: false });
  });

  it('counts right when many add one at a time', async () => {
    const store = open();
    await putJson(store, 'counter', 0);
    const addOne = async () => {
      for (;;) {
        const { value, etag } = (await getJson<number>(store, 'counter'))!;
        if ((await putJson(store, 'counter', value + 1, { matches: etag })).written) return;
      }
    };
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let i = 0; i < 5; i++) await addOne();
      }),
    );
    expect((await getJson<number>(store, 'counter'))?.value).toBe(30);
  });

  it('deletes', async () => {
    const store = open();
    await store.put('gone/soon', bytes('x'));
    await store.delete('gone/soon');
    expect(await store.head('gone/soon')).toBeUndefined();
    expect((await store.list('gone')).objects).toEqual([]);
  });

  it('lists by prefix, in the order of bytes, page by page', async () => {
    const store = open();
    const keys = ['l/a', 'l/a-b', 'l/a.b/c', 'l/b/1', 'l/b/10', 'l/b/2', 'l/b0', 'l/é', 'l/z', 'l2/x'];
    for (const key of keys) await store.put(key, bytes(key));
    const expected = keys
      .filter((key) => key.startsWith('l/'))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const listed = async (prefix: string, limit: number) => {
      const found: string[] = [];
      for await (const { key } of everyObject(store, prefix, { limit })) found.push(key);
      return found;
    };
    expect(await listed('l/', 1000)).toEqual(expected);
    expect(await listed('l/', 3)).toEqual(expected);
    expect(await listed('l/b', 2)).toEqual(['l/b/1', 'l/b/10', 'l/b/2', 'l/b0']);
    expect(await listed('nothing', 5)).toEqual([]);
    const page = await store.list('l/', { after: 'l/b/1', limit: 2 });
    expect(page.objects.map(({ key }) => key)).toEqual(['l/b/10', 'l/b/2']);
    expect(page.next).toBe('l/b/2');
    expect(page.objects[0].size).toBe(6);
  });

  it('lists a folder of more than a page to its end', async () => {
    const store = open();
    const count = 1203;
    for (let i = 0; i < count; i += 100)
      await Promise.all(
        Array.from({ length: Math.min(100, count - i) }, (_, j) => store.put(`many/${i + j}`, bytes('x'))),
      );
    const seen = new Set<string>();
    for await (const { key } of everyObject(store, 'many/', { limit: 500 })) seen.add(key);
    expect(seen.size).toBe(count);
  });

  it('writes streams whole, or not at all', async () => {
    const store = open();
    const size = 40 * 1024 * 1024;
    const written = await store.putStream('stream/large', pieces(40, 1024 * 1024));
    expect(written.size).toBe(size);
    const edge = await store.get('stream/large', { at: 17 * 1024 * 1024 - 1, length: 2 });
    expect([...edge]).toEqual([17, 18]);
    await store.putStream('stream/empty', pieces(0, 1));
    expect((await store.head('stream/empty'))?.size).toBe(0);
    async function* broken() {
      yield* pieces(20, 1024 * 1024);
      throw new Error('the writer died');
    }
    await expect(store.putStream('stream/broken', broken())).rejects.toThrow('the writer died');
    expect(await store.head('stream/broken')).toBeUndefined();
  });

  it.each([
    '',
    '/a',
    'a//b',
    'a/',
    './a',
    '../a',
    'a/../../b',
    'a/..',
    'a\u0000b',
    'a\nb',
    'a\\..\\b',
    `a/${'x'.repeat(300)}`,
    'y/'.repeat(600),
    '\ud800',
  ])('refuses the key %j everywhere', async (key) => {
    const store = open();
    expect(await codeOf(store.put(key, bytes('x')))).toBe('bad-key');
    expect(await codeOf(store.get(key))).toBe('bad-key');
    expect(await codeOf(store.head(key))).toBe('bad-key');
    expect(await codeOf(store.delete(key))).toBe('bad-key');
    expect(await codeOf(store.putStream(key, pieces(1, 1)))).toBe('bad-key');
  });

  it.each(['with space', 'ünï/cödé.sgy', 'a+b&c=d', "it's", '%2e%2e/x', 'a:b', '...', 'semi;colon', '#1?'])(
    'holds the key %j',
    async (key) => {
      const store = open();
      await store.put(`odd/${key}`, bytes(key));
      expect(text(await store.get(`odd/${key}`))).toBe(key);
      expect((await store.list(`odd/${key}`)).objects.map((object) => object.key)).toContain(`odd/${key}`);
    },
  );
}
