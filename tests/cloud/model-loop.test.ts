/**
 * The life of a model on one machine, from the weights that ship: a crew corrects picks, the answers learn from them, become integers
 * and go into the registry; `serve` picks a share of the jobs with them, the gate lets them pass, the station pulls them and picks
 * with them. Then everything that must not pass, and the old model works on.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pickerChoice } from '#edge/cli/opening.ts';
import { followModel } from '#edge/station/follow-model.ts';
import { openStation } from '#edge/station/station.ts';
import { openStore } from '#edge/station/store.ts';
import { byLocalhost } from '#functions/auth/localhost.ts';
import { main as models } from '#functions/models-cli.ts';
import { openRegistry } from '#functions/registry/open.ts';
import { startServer } from '#functions/server.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { keysOf } from '#shared/model/registry.ts';
import { main as train } from '../../training/cli.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { HASTY, until } from '../station/station.ts';
import { CLEAR, madeShots, writeSite } from '../training/made-site.ts';
import { type Program, run } from './run-program.ts';
import { writeShippedRun } from './shipped-run.ts';

const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
const SMALL = { ...CLEAR, channels: [16, 16] as const, mostSamples: 2000 };
const BATCH = ['--windows', '2', '--traces', '8', '--validation-batches', '1', '--backend', 'wasm', '--quiet'];
const REGISTRY = ['--registry', at('registry'), '--trust', at('key.pub.pem')];
const LINE = madeShots('line', [1, 2], { ...SMALL, channels: [16, 16] });

async function well(program: Program, ...args: string[]): Promise<string> {
  const { code, out, err } = await run(program, ...args);
  expect(code, `${args.join(' ')}\n${out}${err}`).toBe(0);
  return out;
}

const digestOf = (said: string): string => /\b[0-9a-f]{64}\b/.exec(said)![0];
const stable = async () => (await (await openRegistry(at('registry'), [at('key.pub.pem')])).alias('stable')).alias;

/** A run becomes a model that was measured, ready to be published. */
async function exported(name: string): Promise<void> {
  await well(train, 'export', '--from', at(`${name}-run`), '--out', at(name));
}
async function measured(name: string): Promise<void> {
  const report = ['--picker', 'classical', '--quiet', '--out', at(`${name}.md`)];
  await well(train, 'evaluate', at('frozen'), '--model', at(name), ...report);
}

const publish = (name: string, ...more: string[]) =>
  run(models, 'publish', at(name), ...REGISTRY, '--key', at('key.pem'), ...more);

/** The station of the laptop, with whatever model is in use there, until it has seen all shots. */
async function withStation<T>(
  data: string,
  act: (station: Awaited<ReturnType<typeof openStation>>) => T | Promise<T>,
): Promise<T> {
  const station = await openStation({
    folders: [at('line')],
    data: at(data),
    choice: pickerChoice({ model: at('models') }),
    version: 'test',
    pollMs: 50,
    patience: HASTY,
  });
  try {
    await until(() => station.list({ limit: 10 }).shots.length === LINE.length, 'all shots', 60_000);
    return await act(station);
  } finally {
    await station.close();
  }
}

/** Words of the last column of the picks. */
const modelsUsed = (station: Awaited<ReturnType<typeof openStation>>): readonly string[] => {
  const rows = `${station.export({ format: 'csv', rejected: true }).content}`.trim().split('\n').slice(1);
  return [...new Set(rows.map((row) => row.split(',').at(-1)!))];
};

let first: string;
let second: string;

beforeAll(async () => {
  writeSite(at('frozen', 'hill'), madeShots('hill', [11, 12], { ...SMALL, channels: [16, 16] }));
  mkdirSync(at('line'));
  for (const { file, shot } of LINE) writeFileSync(at('line', file), writeSeg2(shot));
  await well(models, 'keygen', '--out', at('key.pem'));
  writeShippedRun(at('shipped-run'));
  await well(
    train,
    'finetune',
    '--from',
    at('shipped-run'),
    '--freeze',
    'down,up',
    '--steps',
    '1',
    ...BATCH,
    '--out',
    at('one-run'),
  );
  await exported('one');
  await measured('one');
}, 600_000);
afterAll(folder.remove);

interface JobJson {
  readonly id: string;
  readonly state: string;
  readonly release: string | null;
}

/** `firstbreak serve` over a store of its own, and jobs of one shot each until all of what is expected has picked one. */
async function served(expected: ReadonlySet<string>): Promise<readonly (JobJson & { readonly model: string })[]> {
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = folder.path; // where it keeps the releases it has pulled
  const registry = await openRegistry(at('registry'), [at('key.pub.pem')]);
  const troubles: string[] = [];
  const server = await startServer({
    ...{ host: '127.0.0.1', port: 0, store: at('store'), authenticate: byLocalhost, version: 'test' },
    log: ({ error }) => void (error && troubles.push(error)),
    ...{ registry: async () => registry, runtime: 'auto', workers: 1 },
  });
  const api = async (path: string, body?: unknown): Promise<JobJson> => {
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await fetch(`${server.url}${path}`, { ...sent, headers: { 'content-type': 'application/json' } })).json();
  };
  const done: (JobJson & { readonly model: string })[] = [];
  try {
    for (const missing = new Set(expected); missing.size > 0; ) {
      expect(done.length).toBeLessThan(40);
      const key = `line/${done.length}.sg2`;
      mkdirSync(at('store', 'line'), { recursive: true });
      cpSync(at('line', LINE[0].file), at('store', ...key.split('/')));
      let job = await api('/v1/jobs', { input: { key } });
      while (['queued', 'running'].includes(job.state)) {
        await sleep(50);
        job = await api(`/v1/jobs/${job.id}`);
      }
      expect(job.state).toBe('succeeded');
      expect(job.release, troubles.join('\n')).toBe(await registry.choose(job.id));
      missing.delete(job.release!);
      const { model } = JSON.parse(readFileSync(at('store', `${key}.firstbreak.json`), 'utf8'));
      done.push({ ...job, model: model.name });
    }
  } finally {
    await server.stop();
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
  }
  return done;
}

describe('from a correction to a better model on the laptop', () => {
  it('the first model is published, stable and on the laptop', async () => {
    const said = await publish('one', '--report', at('one.json'), '--run', at('one-run'));
    expect(said).toMatchObject({ code: 0 });
    first = digestOf(said.out);
    expect(await well(models, 'promote', first, ...REGISTRY)).toMatch(
      /^stable: nothing to be held against\nstable: \w{12}\n$/,
    );
    await well(models, 'pull', ...REGISTRY, '--to', at('models'));
  });

  it('the crew corrects picks at the station', async () => {
    await withStation('day-1', (station) => {
      expect(modelsUsed(station)).toEqual(['one']);
      for (const { id, file } of station.list({ limit: 10 }).shots) {
        const { labels } = LINE.find((each) => file.endsWith(each.file))!;
        const edits = labels.map((label, trace) =>
          label.kind === 'onset'
            ? { kind: 'set' as const, trace, timeMs: label.time }
            : { kind: 'remove' as const, trace },
        );
        expect(station.edit(id, { base: 0, edits: [...edits, { kind: 'accept' }], who: 'observer' })[1]).toBe(200);
      }
      mkdirSync(at('labels'));
      cpSync(at('line'), at('labels', 'line'), { recursive: true });
      writeFileSync(at('labels', 'line', 'picks.csv'), station.labels());
    });
    const labelled = readFileSync(at('labels', 'line', 'picks.csv'), 'utf8')
      .split('\n')
      .filter((row) => row.includes('picked'));
    expect(labelled.length).toBe(LINE.flatMap(({ labels }) => labels.filter(({ kind }) => kind === 'onset')).length);
  });

  it('what is stable learns from them, becomes integers, and is canary for half of the jobs', async () => {
    await well(models, 'pull', ...REGISTRY, '--as', at('stable'));
    const labels = ['--field', at('labels', 'line'), '--freeze', 'down,up', '--steps', '2'];
    await well(train, 'finetune', '--from', at('stable'), ...labels, ...BATCH, '--out', at('two-run'));
    await exported('two');
    const quantised = await well(train, 'quantise', at('two'), '--windows', '8', '--quiet');
    expect(quantised).toMatch(
      /^two: .*; model\.onnx [\d,]+ bytes, model\.int8\.onnx [\d,]+ bytes, model\.tflite [\d,]+ bytes\n$/,
    );
    await measured('two');

    const canary = ['--report', at('two.json'), '--run', at('two-run'), '--canary', '0.5'];
    expect((await publish('two', ...canary)).err).toMatch(/expected a licence of each of its data, found none of line/);
    const said = await publish('two', ...canary, '--licence', 'line=ours');
    expect(said).toMatchObject({ code: 0 });
    second = digestOf(said.out);
    const registry = await openRegistry(at('registry'), [at('key.pub.pem')]);
    const { files } = await registry.release(second);
    const names = ['model.int8.onnx', 'model.onnx', 'model.tflite'];
    expect(files.map(({ file }) => file).filter((file) => file.startsWith('model.'))).toEqual(names);
    const jobs = await Promise.all(Array.from({ length: 200 }, (_, i) => registry.choose(`job ${i}`)));
    const share = jobs.filter((digest) => digest === second).length / jobs.length;
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.65);
    expect(jobs.every((digest) => digest === first || digest === second)).toBe(true);
  }, 600_000);

  it('serve picks each job with the release that its id points to, integers and all', async () => {
    for (const { release, model } of await served(new Set([first, second])))
      expect(model.split(':')[0]).toBe(release === second ? 'two' : 'one');
  }, 600_000);

  it('the gate refuses it with a table, or lets it pass', async () => {
    writeFileSync(at('strict.json'), '{"larger": 0.5}');
    const refused = await run(models, 'promote', 'canary', ...REGISTRY, '--tolerances', at('strict.json'));
    expect(refused.code).toBe(3);
    expect(refused.out).toMatch(/hill: hits +[\d.]+ %[\s\S]*^weights .* worse$/m);
    expect(refused.err).toMatch(/^firstbreak models: \w{12} is refused; stable is still \w{12}\n$/);
    expect((await stable()).release).toBe(first);

    // How fast it is on a machine where other tests run is no judgement on anything.
    writeFileSync(at('mild.json'), '{"slower": 9}');
    const passed = await well(
      models,
      'promote',
      'canary',
      ...REGISTRY,
      '--tolerances',
      at('mild.json'),
      '--by',
      'a test',
    );
    expect(passed).toMatch(/stable: \w{12}\ncanary: ended\n$/);
    expect(await stable()).toMatchObject({ release: second, history: [{}, { what: 'set', by: 'a test' }] });
    expect(await served(new Set([second]))).toMatchObject([{ release: second }]);
  }, 600_000);

  it('the station pulls it and picks the next shot with it, and keeps the one before', async () => {
    await withStation('day-2', async (station) => {
      expect(modelsUsed(station)).toEqual(['one']);
      expect(await followed(station)).toMatch(/^picking with .*two-\w{12} from now on\n$/);
      expect(await followed(station)).toBe('');
      const [{ shot }] = madeShots('line', [3], { ...SMALL, channels: [16, 16] });
      writeFileSync(at('line', '3.sg2'), writeSeg2(shot));
      await until(() => station.list({ limit: 10 }).shots.length === LINE.length + 1, 'the next shot', 60_000);
      expect(modelsUsed(station)).toEqual(['one', 'two:int8@tflite']);
    });
    expect(readdirSync(at('models')).length).toBe(3);
  });

  it('a station that takes what lies there and ends pulls it first', async () => {
    const { code, err } = await firstbreak([
      'station',
      '--once',
      '--watch',
      at('line'),
      '--data',
      at('day-3'),
      ...REGISTRY,
    ]);
    expect(err).toMatch(/^picking with .*two-\w{12}\n3 shots, 0 unreadable\n$/);
    expect(code).toBe(0);
    const store = openStore(at('day-3'));
    expect(new Set([...store.records()].map(({ record }) => record.model.split(':')[0]))).toEqual(new Set(['two']));
    store.close();
  });
});

/** One look of a station that follows the registry, and what it says. */
async function followed(station: Awaited<ReturnType<typeof openStation>>): Promise<string> {
  const said: string[] = [];
  const following = followModel({
    registry: at('registry'),
    trust: [at('key.pub.pem')],
    models: at('models'),
    use: station.useModel,
    say: (text) => said.push(text),
  });
  await following.looked;
  following.stop();
  return said.join('');
}

describe('what must not pass', () => {
  const pull = () => run(models, 'pull', ...REGISTRY, '--to', at('models'));
  const inUse = () => JSON.parse(readFileSync(at('models', 'current.json'), 'utf8')).current.folder;
  let third: string;

  beforeAll(async () => {
    cpSync(at('one'), at('three'), { recursive: true });
    writeFileSync(at('three', 'CARD.md'), 'another');
    third = digestOf((await publish('three', '--report', at('one.json'))).out);
    const registry = await openRegistry(at('registry'), [at('key.pub.pem')]);
    await registry.set('stable', third, { by: 'a test', at: '' });
  });

  /** Changes an object of the registry, sees the pull refused and the model in use untouched, and puts it back. */
  async function refusedWith(key: string, change: (bytes: Buffer) => Buffer | string, expected: RegExp): Promise<void> {
    const file = at('registry', ...key.split('/'));
    const before = readFileSync(file);
    const used = inUse();
    writeFileSync(file, change(Buffer.from(before)));
    try {
      const { code, err } = await pull();
      expect(code).toBe(1);
      expect(err).toMatch(expected);
      expect(err.trim().split('\n')).toHaveLength(1);
      expect(inUse()).toBe(used);
      const picked = await run(models, 'verify', ...REGISTRY);
      expect(picked.code).toBe(1);
    } finally {
      writeFileSync(file, before);
    }
    expect(inUse()).toMatch(/^two-/);
  }

  it('a tampered blob', async () => {
    const { files } = JSON.parse(readFileSync(at('registry', ...keysOf().release(third).split('/')), 'utf8'));
    const { sha256 } = files.find(({ file }: { file: string }) => file === 'CARD.md');
    await refusedWith(keysOf().blob(sha256), () => 'anything', /CARD\.md: expected SHA-256 \w{64}, found \w{64}/);
  });

  it('a wrong signature', async () => {
    const [signature] = readdirSync(at('registry', 'models', 'signatures', third));
    const [other] = readdirSync(at('registry', 'models', 'signatures', first));
    const theirs = readFileSync(at('registry', 'models', 'signatures', first, other));
    await refusedWith(
      `models/signatures/${third}/${signature}`,
      () => theirs,
      /release \w{12}: expected a signature by \w{16}, found one that is wrong/,
    );
  });

  it('a model whose golden scores do not come out', async () => {
    cpSync(at('one'), at('four'), { recursive: true });
    const golden = JSON.parse(readFileSync(at('four', 'golden.json'), 'utf8'));
    golden.gathers[0].scores[0][2] += 1;
    writeFileSync(at('four', 'golden.json'), JSON.stringify(golden));
    const { code, err } = await publish('four', '--report', at('one.json'));
    expect(code).toBe(1);
    expect(err).toMatch(/model\.onnx: expected the scores of golden\.json, found others by 1\.00, above 0\.001/);
  });

  it('a lost race', async () => {
    const registry = await openRegistry(at('registry'), [at('key.pub.pem')]);
    const seen = await registry.alias('stable');
    await well(models, 'rollback', ...REGISTRY);
    expect((await stable()).release).toBe(second);
    await expect(registry.set('stable', first, { by: 'late', at: '', from: seen })).rejects.toMatchObject({
      code: 'lost-race',
    });
    expect((await stable()).release).toBe(second);
    expect(await well(models, 'pull', ...REGISTRY, '--to', at('models'))).toMatch(/^two-\w{12} in use already\n$/);
  });
});
