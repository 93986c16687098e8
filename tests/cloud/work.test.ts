/** Objects picked in steps: the tables are those of the command line, whatever the steps, how often and by how many they are done. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directoryStore } from '#functions/store/directory.ts';
import { workInThreads } from '#functions/work/in-threads.ts';
import type { Result } from '#functions/work/merge.ts';
import type { Plan } from '#functions/work/plan.ts';
import type { Pointer } from '#functions/work/pointer.ts';
import { isOwnKey, pointerKey, resultId, resultKeys } from '#functions/work/result-keys.ts';
import { isTask, type Task } from '#functions/work/task.ts';
import { type WorkDeps, workOn } from '#functions/work/work.ts';
import { isRecordError } from '#shared/errors.ts';
import { everyObject, getJson, isStoreError, keyFault, type ObjectStore } from '#shared/object-store.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { virtualSegy } from '../formats/virtual-segy.ts';
import { lineBytes, shotBytes } from './made-survey.ts';

const folder = scratch();
let line: Buffer;
const SHOTS = 30;
/** A shot of 24 traces takes 28,800 bytes: 3 shots a shard. */
const SIZES = { whole: 100_000, shard: 86_400 };
const deps: WorkDeps = { picker: classicalPicker, sizes: SIZES };

beforeAll(async () => {
  line = await lineBytes(SHOTS);
  writeFileSync(join(folder.path, 'line.sgy'), line);
  writeFileSync(join(folder.path, 'shot.sg2'), shotBytes());
}, 60_000);
afterAll(folder.remove);

let stores = 0;
const newStore = () => directoryStore(join(folder.path, `store-${++stores}`));

/** Everything that follows from a task; `times` how often each step is done, all at once. */
async function finish(store: ObjectStore, task: Task, given: WorkDeps = deps, times = 1): Promise<Task[]> {
  const done: Task[] = [];
  let waiting: Task[] = [task];
  while (waiting.length > 0) {
    const next = await Promise.all(
      waiting.flatMap((one) => Array.from({ length: times }, () => workOn(store, one, given))),
    );
    done.push(...waiting);
    const seen = new Set(done.map((one) => JSON.stringify(one)));
    waiting = [...new Map(next.flat().map((one) => [JSON.stringify(one), one])).values()].filter(
      (one) => !seen.has(JSON.stringify(one)),
    );
  }
  return done;
}

const commandLine = async (...words: string[]) =>
  (await firstbreak(['pick', '--quiet', ...words], { cwd: folder.path })).out;

const text = async (store: ObjectStore, key: string) => new TextDecoder().decode(await store.get(key));

async function pointerOf(store: ObjectStore, key: string): Promise<Pointer & { state: 'picked' }> {
  const found = await getJson<Pointer>(store, pointerKey(key));
  expect(found?.value.state).toBe('picked');
  return found!.value as Pointer & { state: 'picked' };
}

describe('a file of several shards', () => {
  let store: ObjectStore;
  let tasks: Task[];
  let told: Pointer & { state: 'picked' };

  beforeAll(async () => {
    store = await newStore();
    await store.put('survey/line.sgy', line);
    tasks = await finish(store, { kind: 'file', key: 'survey/line.sgy' });
    told = await pointerOf(store, 'survey/line.sgy');
  }, 60_000);

  it('is planned from its headers, in whole shots', async () => {
    const { value: plan } = (await getJson<Plan>(store, resultKeys(told.result).plan))!;
    expect(plan).toMatchObject({ schema: 'firstbreak.plan/1', file: 'line.sgy', format: 'segy', size: line.length });
    expect(plan.shards).toHaveLength(10);
    expect(plan.shards.map(({ trace }) => trace)).toEqual(plan.shards.map((_, i) => 72 * i));
    expect(plan.shards.reduce((sum, { bytes }) => sum + bytes[1], 3600)).toBe(line.length);
    expect(tasks.map(({ kind }) => kind)).toEqual(['file', ...plan.shards.map(() => 'shard'), 'merge']);
  });

  it('has the picks of the command line, byte for byte', async () => {
    expect(await text(store, told.files.csv)).toBe(await commandLine('line.sgy', '--picker', 'classical'));
    const json = await commandLine('line.sgy', '--picker', 'classical', '--format', 'json');
    const ours = await text(store, told.files.json);
    expect(ours).toContain('"sha256":null');
    expect(ours).toBe(json.replace(/"sha256":"[0-9a-f]{64}"/, '"sha256":null'));
  });

  it('has the same picks as Parquet', async () => {
    const bytes = await store.get(told.files.parquet);
    const rows = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset) as ArrayBuffer });
    const [header, ...csv] = (await text(store, told.files.csv)).trimEnd().split('\n');
    const word = (value: unknown) => (value === null || value === undefined ? '' : String(value));
    expect(Object.keys(rows[0])).toEqual(header.split(','));
    expect(rows.map((row) => Object.values(row).map(word).join(','))).toEqual(csv);
  });

  it('is judged, shot by shot and as a line, on a page with pictures where somebody draws them', async () => {
    const qc = JSON.parse(await text(store, told.files.qc)) as { ffid: number; verdict: string }[];
    expect(qc.map(({ ffid }) => ffid)).toEqual(Array.from({ length: SHOTS }, (_, i) => i + 1));
    const lines = JSON.parse(await text(store, told.files.lines));
    expect(lines.lines[0].shots).toHaveLength(SHOTS);
    const page = await text(store, told.files.report);
    expect(page).toContain(`${SHOTS} shots: `);
    expect(told.files.pictures).toEqual([]);
    expect(told.verdicts.pass + told.verdicts.warn + told.verdicts.fail).toBe(SHOTS);
    const { value: result } = (await getJson<Result>(store, resultKeys(told.result).result))!;
    expect(result).toMatchObject({ shots: SHOTS, traces: 24 * SHOTS, shards: 10, failed: [] });
    expect(result.skipped.dead).toBe(SHOTS / 3);
    expect(result.picked).toBe(24 * SHOTS - SHOTS / 3);
  });

  it('leaves nothing behind but results', async () => {
    const keys: string[] = [];
    for await (const { key } of everyObject(store, '')) keys.push(key.replace(/^results\/[0-9a-f]{64}\//, ''));
    expect(keys.sort()).toEqual(
      [
        'picks.csv',
        'picks.json',
        'picks.parquet',
        'plan.json',
        'qc-lines.json',
        'qc.json',
        'report.html',
        'result.json',
      ]
        .concat(Array.from({ length: 10 }, (_, i) => `shots/0000${i}.ndjson.gz`))
        .concat(['survey/line.sgy', 'survey/line.sgy.firstbreak.json'])
        .sort(),
    );
  });

  it('is not picked again: each task finds its results', async () => {
    const picker = { ...classicalPicker, pick: () => Promise.reject(new Error('picked again')) };
    for (const task of tasks) expect(await workOn(store, task, { ...deps, picker })).toEqual([]);
  });
});

describe('steps done twice', () => {
  it('at the same time, by several: one result', async () => {
    const [once, often] = [await newStore(), await newStore()];
    for (const store of [once, often]) await store.put('line.sgy', line);
    await finish(once, { kind: 'file', key: 'line.sgy' });
    await finish(often, { kind: 'file', key: 'line.sgy' }, deps, 3);
    const keys = (await pointerOf(often, 'line.sgy')).files;
    expect(await text(often, keys.csv)).toBe(await text(once, (await pointerOf(once, 'line.sgy')).files.csv));
    expect((await often.list('results/')).objects.filter(({ key }) => key.endsWith('/result.json'))).toHaveLength(1);
  });

  it('after a death in the middle of any of them', async () => {
    const store = await newStore();
    await store.put('line.sgy', line);
    const [first, ...others] = await workOn(store, { kind: 'file', key: 'line.sgy' }, deps);
    await workOn(store, first, deps);
    // The worker of the second shard dies while it picks; the plan is asked for again, then all is done over.
    let shots = 0;
    const dies = {
      ...classicalPicker,
      pick: () => (++shots > 2 ? Promise.reject(new Error('killed')) : classicalPicker.pick(undefined as never)),
    };
    await expect(workOn(store, others[0], { ...deps, picker: dies })).rejects.toThrow();
    await finish(store, { kind: 'file', key: 'line.sgy' });
    const { files } = await pointerOf(store, 'line.sgy');
    expect(await text(store, files.csv)).toBe(await commandLine('line.sgy', '--picker', 'classical'));
  });
});

describe('a small file', () => {
  it('is done in one step, with the digest of its bytes', async () => {
    const store = await newStore();
    await store.put('a b/shot.sg2', shotBytes());
    expect(await finish(store, { kind: 'file', key: 'a b/shot.sg2' })).toHaveLength(1);
    const { files } = await pointerOf(store, 'a b/shot.sg2');
    expect(await text(store, files.csv)).toBe(await commandLine('shot.sg2', '--picker', 'classical'));
    expect(await text(store, files.json)).toBe(
      await commandLine('shot.sg2', '--picker', 'classical', '--format', 'json'),
    );
  });

  it('is picked as it was asked for, each way under a name of its own', async () => {
    const store = await newStore();
    await store.put('shot.sg2', shotBytes());
    const settings = { convention: 'trough', minConfidence: 0.5 } as const;
    await finish(store, { kind: 'file', key: 'shot.sg2' });
    const plain = await pointerOf(store, 'shot.sg2');
    await finish(store, { kind: 'file', key: 'shot.sg2', settings });
    const asked = await pointerOf(store, 'shot.sg2');
    expect(asked.result).not.toBe(plain.result);
    expect(asked.result).toBe(resultId((await store.head('shot.sg2'))!, classicalPicker, settings));
    expect(await text(store, asked.files.csv)).toBe(
      await commandLine('shot.sg2', '--picker', 'classical', '--convention', 'trough', '--min-confidence', '0.5'),
    );
  });

  it('that was replaced is told of as it is now, whoever ends last', async () => {
    const store = await newStore();
    await store.put('shot.sg2', shotBytes(1));
    let replace = async () => {
      replace = async () => {};
      await store.put('shot.sg2', shotBytes(2));
      await finish(store, { kind: 'file', key: 'shot.sg2' });
    };
    const slow: WorkDeps = {
      ...deps,
      picker: {
        ...classicalPicker,
        async pick(shot) {
          await replace();
          return classicalPicker.pick(shot);
        },
      },
    };
    await finish(store, { kind: 'file', key: 'shot.sg2' }, slow);
    const { etag, files } = await pointerOf(store, 'shot.sg2');
    expect(etag).toBe((await store.head('shot.sg2'))!.etag);
    const ffids = new Set(
      (await text(store, files.csv))
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((row) => row.split(',')[2]),
    );
    expect([...ffids]).toEqual(['2']);
  });
});

describe('a file that has to be read whole', () => {
  it('lies on the disk meanwhile, has no name there, and is the same', async () => {
    const store = await newStore();
    // Its shots lie apart, so there is no plan for it.
    const [traces, samples] = [200, 1000];
    const { size, read } = virtualSegy({ shots: traces, traces: 1, samples });
    const bytes = new Uint8Array(size);
    read(0, bytes);
    const view = new DataView(bytes.buffer);
    for (let trace = 0; trace < traces; trace++) {
      view.setInt32(3600 + trace * (240 + 4 * samples) + 8, 1 + (trace % 2));
      view.setInt32(3600 + trace * (240 + 4 * samples) + 12, 1 + (trace >> 1));
    }
    await store.put('apart.sgy', bytes);
    const spare = { directory: join(folder.path, 'spare'), most: 2 ** 30, above: 100_000 };
    await finish(store, { kind: 'file', key: 'apart.sgy' }, { ...deps, spare });
    const told = await pointerOf(store, 'apart.sgy');
    expect(told).toMatchObject({ shots: 2, traces });
    const { value: result } = (await getJson<Result>(store, resultKeys(told.result).result))!;
    expect(result.problems.map(({ code }) => code)).toContain('shots-interleaved');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(await text(store, told.files.json)).toContain(`"sha256":"${sha256}"`);
    expect(readdirSync(spare.directory)).toEqual([]);
  });
});

describe('what cannot be picked', () => {
  const broken = {
    empty: { bytes: new Uint8Array(0), code: 'empty' },
    'no shot file': { bytes: new TextEncoder().encode('hello, this is no shot'.repeat(500)), code: 'not-recognised' },
    'cut short': { bytes: shotBytes().slice(0, 900), code: 'truncated' },
  };
  for (const [name, { bytes, code }] of Object.entries(broken))
    it(`${name}: refused with the reason beside it`, async () => {
      const store = await newStore();
      await store.put('bad.dat', bytes);
      const failed = await workOn(store, { kind: 'file', key: 'bad.dat' }, deps).catch((error: unknown) => error);
      expect(isRecordError(failed)).toBe(true);
      const { value } = (await getJson<Pointer>(store, pointerKey('bad.dat')))!;
      expect(value).toMatchObject({ state: 'failed', error: { code, message: expect.stringContaining('expected') } });
    });

  it('an object that is gone', async () => {
    const store = await newStore();
    const failed = await workOn(store, { kind: 'file', key: 'gone.sgy' }, deps).catch((error: unknown) => error);
    expect(isStoreError(failed, 'missing')).toBe(true);
    expect((await store.list('')).objects).toEqual([]);
  });

  it('a shard of which the middle cannot be read is told of beside the others', async () => {
    const store = await newStore();
    // From shot 10 on no trace states an interval, nor does the file.
    const bytes = Buffer.from(line);
    bytes.writeUInt16BE(0, 3216);
    const step = 240 + 4 * 240;
    for (let trace = 9 * 24; 3600 + trace * step < bytes.length; trace++)
      bytes.writeUInt16BE(0, 3600 + trace * step + 116);
    await store.put('line.sgy', bytes);
    await finish(store, { kind: 'file', key: 'line.sgy' });
    const { shots, failed, files } = await pointerOf(store, 'line.sgy');
    expect(shots).toBe(9);
    expect(failed.map(({ shard, code }) => `${shard} ${code}`)).toEqual(
      [3, 4, 5, 6, 7, 8, 9].map((shard) => `${shard} no-sample-interval`),
    );
    expect((await text(store, files.csv)).trimEnd().split('\n')).toHaveLength(1 + 9 * 24);
  });
});

describe('keys', () => {
  it('of results and pointers are known again', () => {
    expect(isOwnKey(resultKeys('a'.repeat(64)).csv)).toBe(true);
    expect(isOwnKey(pointerKey('line/shot.sg2'))).toBe(true);
    expect(isOwnKey('line/shot.sg2')).toBe(false);
  });

  it('of pointers stay within what stores can hold', () => {
    const long = `line/${'x'.repeat(250)}.sg2`;
    expect(keyFault(`${long}.firstbreak.json`)).toBeDefined();
    expect(keyFault(pointerKey(long))).toBeUndefined();
    expect(pointerKey(long)).not.toBe(pointerKey(`line/${'x'.repeat(249)}y.sg2`));
  });
});

describe('tasks', () => {
  it('are known from other messages', () => {
    for (const task of [
      { kind: 'file', key: 'a.sgy' },
      { kind: 'file', key: 'a.sgy', settings: { convention: 'peak' } },
      { kind: 'shard', result: 'f'.repeat(64), index: 0 },
      { kind: 'merge', result: 'f'.repeat(64) },
    ])
      expect(isTask(task)).toBe(true);
    for (const other of [
      null,
      'file',
      { kind: 'file' },
      { kind: 'file', key: 'a', settings: { convention: 'best' } },
      { kind: 'file', key: 'a', settings: { minConfidence: 2 } },
      { kind: 'shard', result: '../secret', index: 0 },
      { kind: 'shard', result: 'f'.repeat(64), index: -1 },
    ])
      expect(isTask(other)).toBe(false);
  });
});

describe('threads', () => {
  it('pick a file of shards with the model that ships, as the command line does', async () => {
    const place = join(folder.path, 'threads');
    const store = await directoryStore(place);
    await store.put('line.sgy', line);
    const pool = workInThreads({ store: place, sizes: { whole: 100_000, shard: 400_000 } }, 2);
    try {
      const done = await pool.finish({ kind: 'file', key: 'line.sgy' });
      expect(done.picked + done.skipped).toBe(24 * SHOTS);
      const { files } = await pointerOf(store, 'line.sgy');
      expect(await text(store, files.csv)).toBe(await commandLine('line.sgy', '--runtime', 'onnx-web'));
      expect(files.pictures.length).toBeGreaterThan(0);
      const png = readFileSync(join(place, ...files.pictures[0].split('/')));
      expect(png.subarray(1, 4).toString()).toBe('PNG');
      expect(await text(store, files.report)).toContain(`data:image/png;base64,${png.toString('base64').slice(0, 40)}`);
    } finally {
      await pool.close();
    }
  }, 180_000);
});
