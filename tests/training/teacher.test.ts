/** A smaller picker follows a larger one: the loss, a run in miniature, and what is kept of the teacher. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readManifest } from '#shared/model/manifest.ts';
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { type Tensor, type Tensor2D, type Tensor3D, tf } from '../../training/backend/tf.ts';
import { startBackend } from '../../training/backend.ts';
import { main } from '../../training/cli.ts';
import { type Batch, scoresOf } from '../../training/picker/gradients.ts';
import { syntheticBatch } from '../../training/picker/synthetic-batches.ts';
import { pickerLoss } from '../../training/picker.ts';
import { LAST, type RunSettings, readCheckpoint, sitesSeen } from '../../training/train/checkpoint.ts';
import { openTeacher, type Teacher, teacherAgain } from '../../training/train/teacher.ts';
import { SETTINGS, train } from '../../training/train.ts';
import { firstbreak, scratch } from '../cli/run.ts';

const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
beforeAll(() => startBackend('wasm'));
afterAll(() => folder.remove());

const LARGE = 'shared/models/picker-1';
const settings: RunSettings = {
  seed: 5,
  picker: { ...SETTINGS.picker, widths: [4, 4, 4, 4] },
  batch: { windows: 2, traces: 8, windowsPerShot: 2 },
  schedule: { rate: 3e-2, warmUp: 5, steps: 20 },
};

describe('loss beside a teacher', () => {
  const [traces, position] = [3, [20, 50, 90]];
  const row = (values: readonly number[]) => tf.tensor2d([...values], [1, traces]) as Tensor2D;
  const near = (places: readonly number[]) =>
    tf.tensor3d(
      Float32Array.from(
        { length: traces * SAMPLES },
        (_, i) => -0.1 * Math.abs((i % SAMPLES) - places[Math.floor(i / SAMPLES)]),
      ),
      [1, traces, SAMPLES],
    ) as Tensor3D;
  const targets = { position: row(position), seen: row([1, 1, 0]), known: row([1, 1, 1]) };
  const said = { onset: near([25, 50, 10]), none: row([-2, -3, 0.5]) };
  const lossOf = (scores: { onset: Tensor3D; none: Tensor2D }, share?: number): number =>
    pickerLoss(scores, targets, share === undefined ? undefined : { ...said, share }).total.dataSync()[0];
  const other = { onset: near([20, 52, 90]), none: row([-1, 2, 0]) };

  it('is that of the labels, that to its scores, or both in their shares', () => {
    const [labels, scores] = [lossOf(other), lossOf(other, 1)];
    expect(lossOf(other, 0)).toBeCloseTo(labels, 5);
    expect(lossOf(other, 0.25)).toBeCloseTo(0.75 * labels + 0.25 * scores, 4);
  });

  it('is least where the same is said, also of traces without a label', () => {
    const slope = tf.grads((...[onset, none]: Tensor[]) => {
      const scores = { onset: onset as Tensor3D, none: none as Tensor2D };
      return pickerLoss(scores, targets, { ...said, share: 1 }).total;
    });
    for (const gradient of slope([said.onset.clone(), said.none.clone()]))
      for (const g of gradient.dataSync()) expect(g).toBeCloseTo(0, 5);
    expect(lossOf({ ...said, onset: near([25, 50, 11]) }, 1)).toBeGreaterThan(lossOf(said, 1));
  });
});

describe('a run beside a teacher', () => {
  /** It says what no label says: breaks at every fourth sample, and none in any window. */
  const odd: Teacher = {
    record: { name: 'odd', sha256: 'ab'.repeat(32), sites: ['hillside'] },
    traceMultiple: 4,
    teach: async (batch, share) => {
      const cells = batch.shape[0] * batch.shape[1];
      const onset = Float32Array.from({ length: cells * SAMPLES }, (_, i) => (i % 4 === 1 ? 4 : 0));
      return { ...batch, taught: { onset, none: new Float32Array(cells), share } };
    },
    close: async () => {},
  };
  const batch = syntheticBatch(9, 'validation', 0, { windows: 4, traces: 8, windowsPerShot: 1 });
  /** Share of the traces whose best sample is one that the teacher names. */
  const asSaid = async (run: string): Promise<number> => {
    const { parameters } = readCheckpoint(join(run, LAST));
    const { onset } = await scoresOf(batch, parameters, settings.picker);
    let hits = 0;
    for (let from = 0; from < onset.length; from += SAMPLES) {
      const trace = onset.subarray(from, from + SAMPLES);
      if (trace.indexOf(Math.max(...trace)) % 4 === 1) hits++;
    }
    return (hits * SAMPLES) / onset.length;
  };

  it('follows it, and is known to have heard of the sites that it has seen', async () => {
    const taught = { ...settings, teacher: { ...odd.record, share: 1 } };
    await train(at('taught'), { settings: taught, teacher: odd, validationBatches: 1, validateEvery: 20, workers: 0 });
    await train(at('untaught'), { settings, validationBatches: 1, validateEvery: 20, workers: 0 });
    expect(await asSaid(at('taught'))).toBe(1);
    expect(await asSaid(at('untaught'))).toBeLessThan(0.6);
    expect(sitesSeen(readCheckpoint(at('taught', LAST)).settings)).toEqual(['hillside']);
    expect(sitesSeen(readCheckpoint(at('untaught', LAST)).settings)).toEqual([]);
  });

  it('a model folder says of a batch what it says of windows', async () => {
    const teacher = await openTeacher(LARGE);
    const small: Batch = syntheticBatch(9, 'validation', 1, { windows: 2, traces: 8, windowsPerShot: 1 });
    const { taught, ...same } = await teacher.teach(small, 0.3);
    await teacher.close();
    expect(same).toEqual(small);
    expect(taught).toMatchObject({ share: 0.3 });
    expect([taught!.onset.length, taught!.none.length]).toEqual([16 * SAMPLES, 16]);
    expect(small.shape[3]).toBe(CHANNELS.length);
  });

  it('from the command line: its record is kept, and stands in the model', async () => {
    const run = at('small');
    const command = (...args: string[]) =>
      firstbreak(['train', 'picker', '--backend', 'wasm', '--quiet', '--out', run, ...args]);
    const sizes = ['--fold', '8', '--top-kernel', '1,3', '--widths', '4,4,4,4', '--windows', '1', '--traces', '8'];
    const short = ['--steps', '2', '--validation-batches', '1', '--seed', '3'];
    expect(await command('--teacher', LARGE, '--teacher-share', '0.7', ...sizes, ...short)).toMatchObject({
      code: 0,
      err: '',
    });
    const { artefacts } = readManifest(readFileSync(join(LARGE, 'manifest.json'), 'utf8'), 'manifest.json');
    const { settings } = readCheckpoint(join(run, LAST));
    expect(settings.teacher).toEqual({ name: 'picker-1', sha256: artefacts[0].sha256, sites: [], share: 0.7 });
    expect(settings.picker).toMatchObject({ fold: 8, topKernel: [1, 3], widths: [4, 4, 4, 4] });

    expect(await command('--resume', '--teacher', LARGE)).toMatchObject({ code: 0, err: '' });

    const model = at('model');
    expect(await firstbreak(['train', 'export', '--from', run, '--out', model])).toMatchObject({ code: 0, err: '' });
    const { training } = readManifest(readFileSync(join(model, 'manifest.json'), 'utf8'), 'manifest.json');
    expect(training.data).toBe('synthetic shots, and what picker-1 says of them');
  });

  it('says in a line what does not fit', async () => {
    const wrong = async (...args: string[]) => {
      const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      try {
        expect(await main(['picker', '--out', at('never'), ...args])).toBeGreaterThan(0);
        return said.mock.calls.map(([text]) => text).join('');
      } finally {
        said.mockRestore();
      }
    };
    const cases: readonly (readonly [string[], RegExp])[] = [
      [['--teacher-share', '0.5'], /--teacher-share: expected --teacher MODEL with it/],
      [['--teacher', at('nothing')], /nothing.manifest.json: expected a readable file, found no such file/],
      [['--fold', '3'], /--fold: expected fold and pools to divide 128 samples, found 24/],
      [['--top-kernel', '2,3'], /--top-kernel: expected two odd numbers from 1 to 15, found '2,3'/],
      [['--resume', '--fold', '8'], /--fold: a run goes on with the settings it began with/],
    ];
    for (const [args, message] of cases) {
      const err = await wrong(...args);
      expect(err).toMatch(message);
      expect(err.trim().split('\n')).toHaveLength(1);
    }
  });

  it('another teacher, or none, does not go on with a run', () => {
    const [record, other] = [odd.record, { ...odd, record: { ...odd.record, sha256: 'cd'.repeat(32) } }];
    expect(teacherAgain({ ...record, share: 1 }, odd)).toBe(odd);
    expect(teacherAgain(undefined, undefined)).toBeUndefined();
    expect(() => teacherAgain({ ...record, share: 1 }, undefined)).toThrow(
      '--teacher: expected odd (abababab…) as the run began, found none',
    );
    expect(() => teacherAgain({ ...record, share: 1 }, other)).toThrow('found odd (cdcdcdcd…)');
    expect(() => teacherAgain(undefined, odd)).toThrow('--teacher: expected none as the run began, found odd');
  });
});
