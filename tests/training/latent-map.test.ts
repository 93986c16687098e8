/** The map of a survey: a gather that is unlike the others is found without labels, and the page needs nothing but itself. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import type { TimedShot } from '#shared/gather.ts';
import { startBackend } from '../../training/backend.ts';
import { main } from '../../training/cli.ts';
import { embeddingsOf } from '../../training/map/embed.ts';
import { ODD } from '../../training/map/outliers.ts';
import { AUTOENCODER, readAutoencoder, trainAutoencoder } from '../../training/pretrain/autoencoder-run.ts';
import { writePretrain } from '../../training/pretrain/checkpoint.ts';
import { readCorpus } from '../../training/pretrain/corpus.ts';
import { diceOf, fillNormal } from '../../training/synthetic/dice.ts';
import { LAST } from '../../training/train/checkpoint.ts';
import { madeShots } from './made-site.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-map-'));
const [survey, run, page, json] = ['survey', 'run', 'map.html', 'map.json'].map((name) => join(scratch, name));
const ODD_FILE = '07-misfire.sg2';

/** The shot once more on a slightly different day. @param share of the wave that is left */
function again(shot: TimedShot, seed: number, share: number): TimedShot {
  const amplitudes = shot.amplitudes.map((value) => share * value);
  const noise = new Float32Array(amplitudes.length);
  fillNormal(diceOf(seed), noise);
  const loudest = shot.amplitudes.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  amplitudes.forEach((value, i) => {
    amplitudes[i] = value + 0.004 * loudest * noise[i];
  });
  return { ...shot, ffid: 100 + seed, amplitudes };
}

let said: string[] = [];
beforeAll(async () => {
  await startBackend('wasm');
  mkdirSync(survey);
  const [base] = madeShots('survey', [5]);
  for (let k = 0; k < 14; k++) {
    const name = k === 7 ? ODD_FILE : `${`${k}`.padStart(2, '0')}.sg2`;
    writeFileSync(join(survey, name), writeSeg2(again(base.shot, k, k === 7 ? 0 : 1)));
  }
  const corpus = await readCorpus([survey]);
  expect(corpus.gathers).toHaveLength(14);
  const unet = { ...AUTOENCODER.autoencoder.unet, widths: [6, 6, 6, 6] };
  await trainAutoencoder(run, {
    settings: {
      ...AUTOENCODER,
      autoencoder: { unet, traces: 8, code: 6, skips: false },
      mix: { windows: 6, straight: 1, synthetic: 0 },
      schedule: { rate: 1e-2, warmUp: 5, steps: 40 },
    },
    corpus,
    lookBatches: 1,
    workers: 0,
  });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
  said = [];
});

function listen(stream: 'stdout' | 'stderr') {
  vi.spyOn(process[stream], 'write').mockImplementation((text) => {
    said.push(`${text}`);
    return true;
  });
}

describe('train map', () => {
  it('names the misfire among the shots first, and says what is odd about it', async () => {
    listen('stdout');
    expect(
      await main(['map', survey, '--from', run, '--out', page, '--json', json, '--backend', 'wasm', '--quiet']),
    ).toBe(0);
    const { gathers } = JSON.parse(readFileSync(json, 'utf8'));
    expect(gathers).toHaveLength(14);
    expect(said[0]).toContain(`survey: ${ODD_FILE}, FFID 107: `);
    expect(said[0]).toMatch(/noisy: breaks stand|rebuilt badly|waves are unlike/);
    const oddest = gathers.toSorted((a: { score: number }, b: { score: number }) => b.score - a.score)[0];
    expect(oddest.file).toBe(ODD_FILE);
    expect(oddest.score).toBeGreaterThan(ODD);
    expect(oddest.code).toHaveLength(6);
    expect(Object.keys(oddest.places)).toEqual(['Principal components', 'UMAP']);
  });

  it('writes one page that loads nothing and can be read without JavaScript', () => {
    const html = readFileSync(page, 'utf8');
    expect(html).not.toMatch(/https?:|<link|src="(?!data:)/);
    const plain = html.replace(/<script[\s\S]*?<\/script>/g, '');
    expect(plain.match(/class="dot"/g)).toHaveLength(2 * 14);
    expect(plain.match(/data:image\/png;base64,/g)).toHaveLength(14);
    const table = plain.slice(plain.indexOf('<h2>Odd gathers'));
    expect(table.indexOf(ODD_FILE)).toBeGreaterThan(0);
    expect(table.indexOf(ODD_FILE)).toBeLessThan(table.indexOf('</tr>', table.indexOf('<td>')));
    const data = JSON.parse(/id="gathers">([\s\S]*?)<\/script>/.exec(html)![1]);
    expect(data).toHaveLength(14);
    expect(data[0].colours).toHaveLength(4);
  });

  it('wrong calls are answered in one line', async () => {
    listen('stderr');
    expect(await main(['map', survey, '--out', page])).toBe(2);
    expect(await main(['map', survey, '--from', run, '--out', 'map.png'])).toBe(2);
    const gan = join(scratch, 'gan');
    writePretrain(join(gan, LAST), { ...readAutoencoder(join(run, LAST)), kind: 'gan' });
    expect(await main(['map', survey, '--from', gan, '--out', page])).toBe(1);
    const empty = join(scratch, 'empty');
    mkdirSync(empty);
    expect(await main(['map', empty, '--from', run, '--out', page])).toBe(1);
    expect(said.map((line) => line.trim())).toEqual([
      'firstbreak train: expected --from RUN, found none (see firstbreak train map --help)',
      'firstbreak train: --out: expected FILE.html, found map.png (see firstbreak train map --help)',
      expect.stringMatching(/expected a run of an autoencoder, found one of a GAN$/),
      expect.stringMatching(/expected at least 2 gathers to learn from, found none$/),
    ]);
  });
});

describe('places in the plane', () => {
  const dice = diceOf(4);
  const codes = Array.from({ length: 30 }, (_, i) =>
    Array.from({ length: 5 }, (_, j) => (i < 15 ? 0 : 8) * Number(j === 0) + dice.normal()),
  );

  it('the same seed gives the same places', () => {
    expect(embeddingsOf(codes, 3)).toEqual(embeddingsOf(codes, 3));
  });

  it('groups that lie apart stay apart', () => {
    for (const { name, points } of embeddingsOf(codes, 3)) {
      const middle = (from: number) => {
        const own = points.slice(from, from + 15);
        return [0, 1].map((axis) => own.reduce((sum, point) => sum + point[axis], 0) / 15);
      };
      const [a, b] = [middle(0), middle(15)];
      const near = points.filter(
        (point, i) =>
          Math.hypot(point[0] - a[0], point[1] - a[1]) < Math.hypot(point[0] - b[0], point[1] - b[1]) === i < 15,
      );
      expect(near.length, name).toBe(30);
    }
  });
});
