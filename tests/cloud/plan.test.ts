/** What the plan of a large object costs: bytes and requests, of a store that counts them. */
import { describe, expect, it } from 'vitest';
import { objectSource } from '#functions/store/object-source.ts';
import { planOf } from '#functions/work/plan.ts';
import type { ObjectStore, StoredObject } from '#shared/object-store.ts';
import { virtualSegy } from '../formats/virtual-segy.ts';

const OBJECT = { key: 'survey/line.sgy', etag: '1', modified: new Date(0) };

function virtualStore(given: Parameters<typeof virtualSegy>[0]) {
  const { size, read } = virtualSegy(given);
  let requests = 0;
  const store = {
    async get(_key: string, { at, length }: { at: number; length: number }) {
      requests++;
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, read(at, bytes));
    },
  } as unknown as ObjectStore;
  return { store, object: { ...OBJECT, size } satisfies StoredObject, requests: () => requests };
}

describe('the plan', () => {
  for (const [gigabytes, shots] of [
    [20, 2400],
    [100, 12_000],
  ])
    it(`of ${gigabytes} GB reads less than a hundredth of the bytes`, async () => {
      const { store, object, requests } = virtualStore({ shots, traces: 1040, samples: 2000 });
      expect(object.size / 1e9).toBeGreaterThan(gigabytes);
      let fetched = 0;
      const plan = await planOf(objectSource(store, object, { onFetch: (bytes) => (fetched += bytes) }), object);
      expect(fetched / object.size).toBeLessThan(0.001);
      expect(requests()).toBeLessThan(200 * gigabytes);
      expect(plan.shards.length).toBeGreaterThan(7 * gigabytes);
      let at = 3600;
      for (const { bytes, trace } of plan.shards) {
        expect(bytes[0]).toBe(at);
        expect(trace! % 1040).toBe(0);
        expect(bytes[1]).toBeLessThanOrEqual(256 * 2 ** 20);
        at += bytes[1];
      }
      expect(at).toBe(object.size);
      expect(plan.shards.slice(0, -1).every(({ bytes }) => bytes[1] >= 64 * 2 ** 20)).toBe(true);
    });
});

describe('an object as a file', () => {
  const bytes = Uint8Array.from({ length: 5_000_000 }, (_, i) => i * 7 + (i >> 8));
  const object = { ...OBJECT, size: bytes.length };
  const counted = () => {
    const ranges: [number, number][] = [];
    const get = async (_key: string, { at, length }: { at: number; length: number }) => {
      ranges.push([at, length]);
      return bytes.slice(at, at + length);
    };
    return { ranges, store: { get } as unknown as ObjectStore };
  };
  const read = async (source: ReturnType<typeof objectSource>, at: number, length: number) => {
    const into = new Uint8Array(length);
    return into.subarray(0, await source.read(at, into));
  };

  it('gives its bytes, whatever is asked for and however many ask at once', async () => {
    const { store } = counted();
    const source = objectSource(store, object, { block: 300_000 });
    let seed = 1;
    const random = (most: number) => (seed = (seed * 48271) % 2147483647) % most;
    const asked = Array.from({ length: 300 }, () => [random(5_100_000), random(random(3) === 0 ? 900_000 : 400)]);
    for (let i = 0; i < asked.length; i += 10)
      await Promise.all(
        asked.slice(i, i + 10).map(async ([at, length]) => {
          expect(Buffer.compare(await read(source, at, length), bytes.subarray(at, at + length))).toBe(0);
        }),
      );
  });

  it('is fetched once by who reads it through, ahead of the reader', async () => {
    const { ranges, store } = counted();
    const source = objectSource(store, object, { block: 500_000, ahead: 2 });
    for (let at = 0; at < bytes.length; at += 100_000) await read(source, at, 100_000);
    expect(ranges).toHaveLength(10);
    expect(new Set(ranges.map(([at]) => at)).size).toBe(10);
  });

  it('costs headers alone where only headers are asked for', async () => {
    const { ranges, store } = counted();
    const source = objectSource(store, object);
    for (let at = 1_000_000; at < bytes.length; at += 200_000) await read(source, at, 240);
    expect(ranges.every(([, length]) => length === 240)).toBe(true);
  });
});
