/** Which picker a command uses: the model that was named, the one that ships, or the classical picker with a word about it. */
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import type { Manifest } from '#shared/model/manifest.ts';
import { SHIPPED_MODEL } from '#shared/model/open-model.ts';
import { readPicksCsv } from '#shared/report/csv.ts';
import { metres, ms } from '#shared/units.ts';
import { madeModel } from '../model/made-model.ts';
import { firstbreak, scratch } from './run.ts';

const folder = scratch();
const cwd = folder.path;
const path = (...parts: string[]) => join(cwd, ...parts);
const ROOT = resolve(import.meta.dirname, '../..');
const modelsOf = (words: string) => [
  ...new Set(
    words
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',').at(-1)),
  ),
];

let manifest: Manifest;
beforeAll(async () => {
  writeFileSync(
    path('31.sg2'),
    writeSeg2(syntheticShot({ ffid: 31, source: metres(-6), channels: 24, length: ms(500) }).shot),
  );
  manifest = await madeModel(path('tiny'), 'tiny');
});
afterAll(() => folder.remove());

describe('--model', () => {
  it('picks with the model of a folder, on as many threads as asked for, the same each time', async () => {
    const one = await firstbreak(['pick', '31.sg2', '--model', 'tiny', '--quiet'], { cwd });
    expect(one).toMatchObject({ code: 0, err: '' });
    expect(readPicksCsv(one.out)).toHaveLength(24);
    expect(modelsOf(one.out)).toEqual(['tiny']);
    const two = await firstbreak(['pick', '31.sg2', '--model', 'tiny', '--quiet', '--threads', '2'], { cwd });
    expect(two).toMatchObject({ code: 0, err: '' });
    expect(two.out).toBe(one.out);
  });

  it('is told of in JSON: name, digest of the weights, runtime', async () => {
    const learned = await firstbreak(['pick', '31.sg2', '--model', 'tiny', '--format', 'json', '--quiet'], { cwd });
    const digest = manifest.artefacts[0].sha256;
    expect(JSON.parse(learned.out)).toMatchObject({ model: { name: 'tiny', digest }, runtime: 'onnx-web' });
    const code = await firstbreak(['pick', '31.sg2', '--picker', 'classical', '--format', 'json', '--quiet'], { cwd });
    expect(JSON.parse(code.out)).toMatchObject({ model: { name: 'classical', digest: null }, runtime: 'javascript' });
  });

  it('serves qc and plot, too', async () => {
    expect((await firstbreak(['qc', '31.sg2', '--model', 'tiny', '--json', '--quiet'], { cwd })).err).toBe('');
    const plot = await firstbreak(['plot', '31.sg2', '--model', 'tiny', '--out', '31.png'], { cwd });
    expect(plot.code, plot.err).toBe(0);
  });

  it.each([
    [['--model', 'gone'], 1, /^firstbreak: gone\/manifest\.json: expected a file of a model, found no such file\n$/],
    [
      ['--model', '31.sg2'],
      1,
      /^firstbreak: 31\.sg2\/manifest\.json: expected a file of a model, found no such file\n$/,
    ],
    [
      ['--model', 'tiny', '--picker', 'aic'],
      2,
      /^firstbreak: --model: expected the neural picker, found --picker aic /,
    ],
    [['--threads', '1.5'], 2, /--threads: expected a whole number from 1 to 64, found '1\.5'/],
    [['--picker', 'magic'], 2, /--picker: expected neural, classical, sta-lta, aic, found 'magic'/],
  ] as const)('%j ends with %d', async (args, code, err) => {
    const run = await firstbreak(['pick', '31.sg2', ...args], { cwd });
    expect(run).toMatchObject({ code, out: '' });
    expect(run.err).toMatch(err);
  });
});

/** An installation of its own: the code, and of the packages and models what a test wants there. */
function installation(name: string, { packages = true } = {}) {
  const root = path(name);
  for (const room of ['edge', 'shared', 'package.json'])
    cpSync(join(ROOT, room), join(root, room), { recursive: true, filter: (from) => !/shared.models/.test(from) });
  if (packages) symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'dir');
  const binary = join(root, 'edge/cli/firstbreak.ts');
  return {
    model: join(root, 'shared/models', SHIPPED_MODEL),
    run: (...args: string[]) => firstbreak(args, { cwd, binary }),
  };
}

describe('without a name', () => {
  it('the model that ships is used, and nothing is said', async () => {
    const { model, run } = installation('whole');
    mkdirSync(dirname(model), { recursive: true });
    cpSync(path('tiny'), model, { recursive: true });
    const { code, out, err } = await run('pick', '31.sg2', '--quiet');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(modelsOf(out)).toEqual(['tiny']);
    expect(modelsOf((await run('pick', '31.sg2', '--quiet', '--model', SHIPPED_MODEL)).out)).toEqual(['tiny']);
    expect((await run('demo', '--out', 'demo')).err).not.toContain('classical');
  });

  const FALLBACK =
    /^firstbreak: .*; picking with the classical picker \(--picker classical does so without this line\)\n$/;

  it('the classical picker is used in an installation that leaves models out', async () => {
    const { run } = installation('without-model');
    const { code, out, err } = await run('pick', '31.sg2', '--quiet');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(modelsOf(out)).toEqual(['classical']);
  });

  it('the classical picker steps in where the model is not whole, with one line on stderr', async () => {
    const { model, run } = installation('half');
    cpSync(path('tiny'), model, { recursive: true });
    rmSync(join(model, 'manifest.json'));
    const { code, out, err } = await run('pick', '31.sg2', '--quiet');
    expect(code).toBe(0);
    expect(modelsOf(out)).toEqual(['classical']);
    expect(err).toMatch(FALLBACK);
    expect(err).toMatch(/manifest\.json: expected a file of a model, found no such file/);
    expect((await run('pick', '31.sg2', '--quiet', '--picker', 'classical')).err).toBe('');
    expect((await run('plot', '31.sg2', '--out', 'fallback.png')).err).toMatch(/picking with the classical picker/);
  });

  it('also where it was damaged', async () => {
    const { model, run } = installation('damaged');
    cpSync(path('tiny'), model, { recursive: true });
    rmSync(join(model, 'model.onnx'));
    writeFileSync(join(model, 'model.onnx'), 'something else');
    const { code, out, err } = await run('pick', '31.sg2', '--quiet');
    expect(code).toBe(0);
    expect(modelsOf(out)).toEqual(['classical']);
    expect(err).toMatch(FALLBACK);
    expect(err).toMatch(/model\.onnx: expected SHA-256/);
  });

  it('and where the runtime is not installed', async () => {
    const { model, run } = installation('without-runtime', { packages: false });
    cpSync(path('tiny'), model, { recursive: true });
    const { code, out, err } = await run('pick', '31.sg2', '--quiet');
    expect(code).toBe(0);
    expect(modelsOf(out)).toEqual(['classical']);
    expect(err).toMatch(FALLBACK);
    expect(err).toContain('onnxruntime-web: expected it to be installed (npm ci), found it missing');
  });

  it('but not where neural picks were asked for', async () => {
    const { run } = installation('asked');
    const { code, out, err } = await run('pick', '31.sg2', '--picker', 'neural');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^firstbreak: .*manifest\.json: expected a file of a model, found no such file\n$/);
  });
});
