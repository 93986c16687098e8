/** Messages of a bucket become picks, once each: whatever comes in them, however often, in whatever order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bucketMessage } from '#functions/lambda/s3-event.ts';
import { asOne } from '#functions/lambda/two-places.ts';
import { type PickObjectDeps, pickMessage } from '#functions/pick-object.ts';
import { directoryStore } from '#functions/store/directory.ts';
import type { Pointer } from '#functions/work/pointer.ts';
import { pointerKey } from '#functions/work/result-keys.ts';
import { everyObject, getJson, type ObjectStore } from '#shared/object-store.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import { scratch } from '../cli/run.ts';
import { lineBytes, shotBytes } from './made-survey.ts';

const event = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, 'events', name), 'utf8'));
const arrival = (key: string, eventName = 'ObjectCreated:Put') => {
  const message = event('put.json');
  message.Records[0].eventName = eventName;
  message.Records[0].s3.object.key = encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
  return message;
};

describe('messages of buckets', () => {
  const keysOf = (name: string) => {
    const message = bucketMessage(event(name));
    return message?.kind === 'arrivals' ? message.arrivals.map(({ key }) => key) : message?.kind;
  };

  it('are read in any version, with their keys decoded where they are encoded', () => {
    expect(keysOf('put.json')).toEqual(['line-7/shot-001.sg2']);
    expect(keysOf('put-newer.json')).toEqual(['line 7/shöt +1.sg2']);
    expect(keysOf('ceph.json')).toEqual(['line 7/shöt +1.sg2']);
    expect(keysOf('test.json')).toBe('test');
  });

  it('tell of what was written, not of what was removed', () => {
    expect(keysOf('several.json')).toEqual([
      'line-7/shot-001.sg2',
      'line-7/',
      'line-7/shot-001.sg2.firstbreak.json',
      'line-7/shot-002.sg2',
    ]);
  });

  it('are told from others', () => {
    for (const other of [null, 7, 'text', {}, { Records: 'none' }, { Records: [{ eventSource: 'aws:sns' }] }])
      expect(bucketMessage(other)).toBeUndefined();
  });

  it('with a key that is no encoding keep it as it is', () => {
    const message = arrival('x');
    message.Records[0].s3.object.key = '100%.sg2';
    expect(bucketMessage(message)).toEqual({ kind: 'arrivals', arrivals: [{ bucket: 'surveys', key: '100%.sg2' }] });
  });
});

describe('the trigger', () => {
  const folder = scratch();
  let surveys: ObjectStore;
  let results: ObjectStore;
  let deps: PickObjectDeps;
  let sent: object[] = [];
  let line: Buffer;
  let picked = 0;
  let n = 0;

  beforeAll(async () => {
    line = await lineBytes(12);
  });
  afterAll(folder.remove);
  beforeEach(async () => {
    n++;
    [surveys, results] = [
      await directoryStore(join(folder.path, `surveys-${n}`)),
      await directoryStore(join(folder.path, `results-${n}`)),
    ];
    sent = [];
    picked = 0;
    deps = {
      picker: classicalPicker,
      surveys,
      results,
      jobs: asOne(surveys, results),
      bucket: 'surveys',
      tries: 4,
      sizes: { whole: 100_000, shard: 86_400 },
      send: async (messages) => void sent.push(...messages),
      onShot: () => void picked++,
    };
  });

  const receive = (message: unknown, received = 1) =>
    pickMessage({ body: typeof message === 'string' ? message : JSON.stringify(message), received }, deps);
  const pointer = async (key: string) => (await getJson<Pointer>(surveys, pointerKey(key)))?.value;
  const csv = async (key: string) => {
    const told = await pointer(key);
    if (told?.state !== 'picked') throw new Error(`expected picks, found ${JSON.stringify(told)}`);
    return new TextDecoder().decode(await results.get(told.files.csv));
  };
  const keysIn = async (store: ObjectStore) => {
    const keys: string[] = [];
    for await (const { key } of everyObject(store, '')) keys.push(key);
    return keys;
  };

  it('picks what arrived and says so beside it', async () => {
    await surveys.put('line 7/shöt +1.sg2', shotBytes());
    expect(await receive(event('put-newer.json'))).toBe('done');
    expect(await csv('line 7/shöt +1.sg2')).toContain('shöt +1.sg2,0,1,1,');
    expect(await keysIn(surveys)).toEqual(['line 7/shöt +1.sg2', 'line 7/shöt +1.sg2.firstbreak.json']);
  });

  it('picks once what comes twice, also at the same time', async () => {
    await surveys.put('line-7/shot-001.sg2', shotBytes());
    await Promise.all([receive(event('put.json')), receive(event('put.json'))]);
    const before = await keysIn(results);
    const first = await csv('line-7/shot-001.sg2');
    picked = 0;
    expect(await receive(event('put.json'), 2)).toBe('done');
    expect(picked).toBe(0);
    expect(await keysIn(results)).toEqual(before);
    expect(await csv('line-7/shot-001.sg2')).toBe(first);
  });

  it('of two versions picks the one that is there, in whatever order they are told of', async () => {
    await surveys.put('line-7/shot-001.sg2', shotBytes(1));
    await surveys.put('line-7/shot-001.sg2', shotBytes(2));
    await receive(event('put.json'));
    await receive(event('put.json'));
    const ffids = new Set(
      (await csv('line-7/shot-001.sg2'))
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((row) => row.split(',')[2]),
    );
    expect([...ffids]).toEqual(['2']);
    expect((await keysIn(results)).filter((key) => key.endsWith('/result.json'))).toHaveLength(1);
  });

  it('has nothing to do with what was deleted before it was read, its own objects, folders, removals and tests', async () => {
    expect(await receive(event('put.json'))).toBe('gone');
    expect(await receive(event('test.json'))).toBe('test');
    for (const key of [
      'line-7/',
      'a.sg2.firstbreak.json',
      `results/${'a'.repeat(64)}/picks.csv`,
      '_firstbreak/queue/x',
    ])
      expect(await receive(arrival(key))).toBe('nothing');
    expect(await receive(arrival('line-7/shot-001.sg2', 'ObjectRemoved:DeleteMarkerCreated'))).toBe('nothing');
    expect([...(await keysIn(surveys)), ...(await keysIn(results))]).toEqual([]);
  });

  it('works on all objects of a message', async () => {
    await surveys.put('line-7/shot-001.sg2', shotBytes(1));
    await surveys.put('line-7/shot-002.sg2', shotBytes(2));
    expect(await receive(event('several.json'))).toBe('done');
    expect(await csv('line-7/shot-001.sg2')).toContain(',1,1,');
    expect(await csv('line-7/shot-002.sg2')).toContain(',2,1,');
  });

  it('puts the steps of a large file into the queue, and works on them', async () => {
    await surveys.put('line.sgy', line);
    expect(await receive(arrival('line.sgy'))).toBe('done');
    expect(sent).toHaveLength(4);
    for (let i = 0; i < sent.length; i++) await receive(sent[i]);
    expect(sent.at(-1)).toMatchObject({ kind: 'merge' });
    expect((await csv('line.sgy')).trimEnd().split('\n')).toHaveLength(1 + 12 * 24);
    expect((await keysIn(results)).filter((key) => key.includes('/shards/'))).toEqual([]);
  });

  it('when the queue does not take the steps, fails and is done again', async () => {
    await surveys.put('line.sgy', line);
    const { send } = deps;
    deps = { ...deps, send: () => Promise.reject(new Error('throttled')) };
    await expect(receive(arrival('line.sgy'))).rejects.toThrow('throttled');
    deps = { ...deps, send };
    await receive(arrival('line.sgy'), 2);
    for (let i = 0; i < sent.length; i++) await receive(sent[i]);
    expect(await pointer('line.sgy')).toMatchObject({ state: 'picked', shots: 12 });
  });

  it('keeps to the part of the store that a caller has', async () => {
    const part = `sub-${'0'.repeat(24)}/`;
    await surveys.put(`${part}line.sgy`, line);
    await receive(arrival(`${part}line.sgy`));
    for (let i = 0; i < sent.length; i++) await receive(sent[i]);
    expect(await pointer(`${part}line.sgy`)).toMatchObject({ key: 'line.sgy', state: 'picked' });
    expect((await keysIn(results)).every((key) => key.startsWith(`${part}results/`))).toBe(true);
  });

  describe('poison', () => {
    it('a damaged file fails with its reason beside it, each time', async () => {
      await surveys.put('bad.sg2', shotBytes().slice(0, 900));
      for (const received of [1, 2, 3, 4])
        await expect(receive(arrival('bad.sg2'), received)).rejects.toThrow('expected');
      expect(await pointer('bad.sg2')).toMatchObject({ state: 'failed', error: { code: 'truncated' } });
    });

    it('what is no shot file is passed over with a word', async () => {
      await surveys.put('README.txt', new TextEncoder().encode('Line 7, shot on a rainy day. '.repeat(300)));
      expect(await receive(arrival('README.txt'))).toBe('no-shot-file');
      expect(await pointer('README.txt')).toMatchObject({ state: 'failed', error: { code: 'not-recognised' } });
    });

    it('what ends without a word every time has one before the last', async () => {
      await surveys.put('shot.sg2', shotBytes());
      // As if memory ran out: nothing is caught, nothing is written.
      const dies = { ...classicalPicker, pick: () => Promise.reject(new Error('out of memory')) };
      const { picker } = deps;
      deps = { ...deps, picker: dies };
      for (const received of [1, 2, 3]) await expect(receive(arrival('shot.sg2'), received)).rejects.toThrow();
      expect(await pointer('shot.sg2')).toBeUndefined();
      await expect(receive(arrival('shot.sg2'), 4)).rejects.toThrow();
      expect(await pointer('shot.sg2')).toMatchObject({ state: 'failed', error: { code: 'given-up' } });
      // Sent again from the dead letters after it was mended.
      deps = { ...deps, picker };
      await receive(arrival('shot.sg2'));
      expect(await pointer('shot.sg2')).toMatchObject({ state: 'picked' });
    });

    it('messages that are none, and buckets that are not ours', async () => {
      for (const message of [
        'no json',
        '"text"',
        '{}',
        '[]',
        '{"kind":"shard","result":"../../x","index":0,"part":""}',
      ])
        await expect(receive(message)).rejects.toMatchObject({ name: 'Poison' });
      const other = arrival('shot.sg2');
      other.Records[0].s3.bucket.name = 'others';
      await expect(receive(other)).rejects.toMatchObject({ name: 'Poison' });
      for (const part of ['../', 'a/b/', '/', 'a'])
        await expect(receive({ kind: 'file', key: 'shot.sg2', part })).rejects.toMatchObject({
          name: expect.stringMatching(/Poison|StoreError/),
        });
    });
  });
});
