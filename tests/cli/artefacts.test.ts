/** Which file of a model picks, and in which runtime: as asked for, said in the results, and never another in its place. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import type { Artefact } from '#shared/model/manifest.ts';
import { fastest, type Runtime } from '#shared/model/runtime.ts';
import { readPicksCsv } from '#shared/report/csv.ts';
import { metres, ms } from '#shared/units.ts';
import { quantise } from '../../training/quantise/quantise.ts';
import { madeModel } from '../model/made-model.ts';
import { firstbreak, scratch } from './run.ts';

const folder = scratch();
const cwd = folder.path;
let artefacts: readonly Artefact[];
beforeAll(async () => {
  const { shot } = syntheticShot({ ffid: 31, source: metres(-6), channels: 24, length: ms(500) });
  writeFileSync(join(cwd, '31.sg2'), writeSeg2(shot));
  await madeModel(join(cwd, 'tiny'), 'tiny');
  const made = await quantise({ folder: join(cwd, 'tiny'), shots: [], trials: [], syntheticWindows: 8, size: 1 });
  artefacts = made.manifest.artefacts;
}, 60_000);
afterAll(() => folder.remove());

const pick = (...args: string[]) => firstbreak(['pick', '31.sg2', '--quiet', ...args], { cwd });

describe('--artefact', () => {
  it.each(['fp32', 'int8'])('%s picks, and is named in JSON and CSV', async (precision) => {
    const name = precision === 'fp32' ? 'tiny' : 'tiny:int8';
    const { sha256 } = artefacts.find(({ kind, precision: own }) => kind === 'onnx' && own === precision)!;
    const args = ['--model', 'tiny', '--artefact', precision, '--runtime', 'onnx-web'];
    const json = await pick(...args, '--format', 'json');
    expect(json).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(json.out)).toMatchObject({ model: { name, digest: sha256 }, runtime: 'onnx-web' });
    const csv = await pick(...args);
    expect(readPicksCsv(csv.out)).toHaveLength(24);
    expect(csv.out.trim().split('\n').at(-1)?.split(',').at(-1)).toBe(name);
  });

  it('serves demo and qc, too', async () => {
    const args = ['--model', 'tiny', '--artefact', 'int8'];
    expect((await firstbreak(['qc', '31.sg2', '--quiet', ...args], { cwd })).code).not.toBe(2);
    expect(await firstbreak(['demo', '--out', 'demo', ...args], { cwd })).toMatchObject({ code: 0 });
  });

  it.each([
    [['--artefact', 'int4'], 2, /--artefact: expected fp32, int8, found 'int4'/],
    [['--runtime', 'cuda'], 2, /--runtime: expected auto, tflite, onnx-web, onnx-node, found 'cuda'/],
    [['--picker', 'aic', '--artefact', 'int8'], 2, /--artefact: expected the neural picker, found --picker aic/],
    [['--picker', 'classical', '--runtime', 'onnx-web'], 2, /--runtime: expected the neural picker/],
  ] as const)('%j ends with %d', async (args, code, err) => {
    const run = await pick(...args);
    expect(run).toMatchObject({ code, out: '' });
    expect(run.err).toMatch(err);
  });
});

const isInstalled = (() => {
  try {
    import.meta.resolve('onnxruntime-node');
    return true;
  } catch {
    return false;
  }
})();

describe('--runtime', () => {
  it.skipIf(isInstalled)('that is not installed is a failure (skipped where onnxruntime-node is)', async () => {
    const run = await pick('--model', 'tiny', '--runtime', 'onnx-node');
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toMatch(
      /^firstbreak: onnxruntime-node: expected it to be installed \(npm install .*\), found it missing\n$/,
    );
  });

  it.skipIf(!isInstalled)(
    'onnx-node picks as onnx-web does (skipped unless onnxruntime-node is installed)',
    async () => {
      const [web, node] = [await pick('--runtime', 'onnx-web'), await pick('--runtime', 'onnx-node')];
      const times = [web, node].map(({ out }) => readPicksCsv(out).map(({ time }) => time));
      times[0].forEach((time, i) => {
        expect(Math.abs((time ?? 0) - (times[1][i] ?? 0))).toBeLessThan(0.1);
      });
      expect(node.out).toContain('@onnx-node');
    },
  );

  it('auto takes the faster one and closes the other', async () => {
    const closed: string[] = [];
    const runtime = (name: string, wait: number): Runtime => ({
      name,
      async run(_, windows, traces) {
        await new Promise((done) => setTimeout(done, wait));
        return { onset: new Float32Array(128 * traces * windows), none: new Float32Array(traces * windows) };
      },
      close: async () => void closed.push(name),
    });
    expect((await fastest([runtime('slow', 30), runtime('fast', 3)])).name).toBe('fast');
    expect(closed).toEqual(['slow']);
  });
});
