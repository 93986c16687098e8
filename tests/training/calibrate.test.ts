/** Calibration of a model folder: what it is fitted to, and what is written. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '#shared/model/manifest.ts';
import { ms } from '#shared/units.ts';
import { evened, sitePairs, syntheticPairs } from '../../training/calibrate/pairs.ts';
import { type Site, siteAt, siteTable } from '../../training/evaluate/sites.ts';
import { changeManifest } from '../../training/export/model-folder.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { madeModel } from '../model/made-model.ts';
import { madeShots, writeSite } from './made-site.ts';

const folder = scratch();
afterAll(() => folder.remove());
const at = (...parts: string[]) => join(folder.path, ...parts);
const calibrate = (...args: string[]) => firstbreak(['train', 'calibrate', ...args]);
const manifest = (model: string) => readManifest(readFileSync(at(model, 'manifest.json'), 'utf8'), model);

beforeAll(async () => {
  writeSite(at('data', 'hillside'), madeShots('hillside', [7]));
  writeSite(at('data', 'meadow'), madeShots('meadow', [9]));
  writeSite(at('data', 'deepfb-obs'), madeShots('deepfb-obs', [11]));
  await madeModel(at('model'), 'tiny', 1, 20);
  for (const fold of ['meadow', 'hillside']) cpSync(at('model'), at('folds', fold), { recursive: true });
  cpSync(at('model'), at('tuned'), { recursive: true });
  for (const [name, sites] of [
    ['tuned', ['hillside', 'meadow']],
    ['folds/hillside', ['meadow']],
    ['folds/meadow', ['hillside']],
  ] as const)
    changeManifest(at(name), (old) => ({ ...old, training: { ...old.training, sites } }));
});

describe('pairs', () => {
  it('weigh the same in each set, and as much as there are in all', () => {
    const set = (name: string, count: number) => ({
      name,
      pairs: Array.from({ length: count }, () => ({ raw: 0.5, hit: true })),
    });
    const pairs = evened([set('large', 30), set('small', 10), set('empty', 0)]);
    const weight = (some: typeof pairs) => some.reduce((sum, pair) => sum + pair.weight!, 0);
    expect(weight(pairs.slice(0, 30))).toBeCloseTo(20, 9);
    expect(weight(pairs.slice(30))).toBeCloseTo(20, 9);
  });

  it('of a site are judged by the convention of its people', async () => {
    const [made] = madeShots('shear', [7]);
    writeSite(at('shear'), [made]);
    const early = {
      name: 'early',
      pick: async () =>
        made.labels.map((label) => ({
          kind: 'picked' as const,
          time: ms(label.kind === 'onset' ? label.time - 8 : 0),
          confidence: 0.8,
        })),
    };
    const hits = async (site: Partial<Site>) =>
      (await sitePairs({ ...siteAt(at('shear'), siteTable()), ...site }, early)).pairs.filter(({ hit }) => hit).length;
    expect(await hits({})).toBe(0);
    expect(await hits({ convention: 'dominant' })).toBeGreaterThan(made.labels.length / 2);
  });

  it('of synthetic shots know the breaks that noise hides, and the channels that are dead', async () => {
    const sure = (time: number) => ({ kind: 'picked', time, confidence: 0.8 }) as never;
    const first = await syntheticPairs(3, 1, { name: 'zero', pick: async (shot) => shot.traces.map(() => sure(-1e6)) });
    expect(first.pairs.length).toBeGreaterThan(60);
    expect(first.pairs.every(({ raw, hit }) => raw === 0.8 && !hit)).toBe(true);
  });
});

describe('firstbreak train calibrate', () => {
  it('fits to sites and synthetic shots, and writes it into manifest and card', async () => {
    const { code, out, err } = await calibrate(at('model'), at('data'), '--hold-out', 'meadow', '--synthetic', '2');
    expect(code, err).toBe(0);
    expect(err).toContain('deepfb-obs: for evaluation only, left out\n');
    expect(out).toMatch(/^tiny: \d+ knots from \d+ picks of hillside, synthetic shots\nexpected calibration error/);
    const { calibration, calibratedOn } = manifest('model');
    expect(calibration.length).toBeGreaterThan(1);
    expect(calibratedOn).toEqual(['hillside']);
    expect(readFileSync(at('model', 'CARD.md'), 'utf8')).toContain('calibrated on hillside');
  });

  it('fits to sites alone with --synthetic 0', async () => {
    const { code, out, err } = await calibrate(at('model'), at('data'), '--synthetic', '0', '--quiet');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^tiny: \d+ knots from \d+ picks of hillside, meadow\nexpected calibration error, before and by a fit to the other sets alone:\n {2}hillside: 0\.\d{3}, 0\.\d{3}\n {2}meadow: 0\.\d{3}, 0\.\d{3}\n$/,
    );
    expect(manifest('model').calibratedOn).toEqual(['hillside', 'meadow']);
  });

  it('fits to the confidence of the network, not to what an earlier calibration made of it', async () => {
    const fit = async () => {
      const { code, err } = await calibrate(at('model'), at('data', 'hillside'), '--synthetic', '2', '--quiet');
      expect([code, err]).toEqual([0, '']);
      return manifest('model').calibration;
    };
    expect(await fit()).toEqual(await fit());
  });

  it('lets folds pick what the model has learnt from', async () => {
    const refused = await calibrate(at('tuned'), at('data', 'hillside'), '--synthetic', '0', '--quiet');
    expect([refused.code, refused.err]).toEqual([
      1,
      `firstbreak train: ${at('tuned')}: expected a model that has not seen hillside, found it trained on it\n`,
    ]);
    const { code, err } = await calibrate(
      at('tuned'),
      at('data', 'hillside'),
      at('data', 'meadow'),
      '--folds',
      at('folds'),
      '--synthetic',
      '0',
    );
    expect(code, err).toBe(0);
    expect(err).toContain(`picks by ${at('folds', 'hillside')}, `);
    expect(manifest('tuned').calibratedOn).toEqual(['hillside', 'meadow']);
  });

  it.each([
    [[], /expected MODEL, found none/],
    [['--hold-out', 'valley'], /--hold-out: expected one of hillside, found 'valley'/],
    [['--synthetic', 'some'], /--synthetic: expected a whole number from 0/],
  ])('%j is wrong usage', async (args, message) => {
    const { code, err } = await calibrate(...(args.length > 0 ? [at('model'), at('data', 'hillside'), ...args] : []));
    expect([code, message.test(err)]).toEqual([2, true]);
  });

  it('says so when there is nothing to fit to', async () => {
    const { code, err } = await calibrate(at('model'), '--synthetic', '0');
    expect([code, /expected 20 picks to fit to or more, found 0/.test(err)]).toEqual([2, true]);
  });
});
