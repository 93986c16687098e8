/** The worker of the page, in headless Chromium: files that are dropped are picked as the command line picks them. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { modelFolder, openModelFolder } from '#edge/models.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { pickShot } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { metres, ms } from '#shared/units.ts';
import { openTestPage, type TestPage } from './open-page.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-dropped-'));
const shots = [1, 2, 3].map(
  (ffid) => syntheticShot({ ffid, source: metres(2 * ffid - 7), channels: 48, length: ms(500) }).shot,
);
const LINE = { name: 'line.sgy', address: '/dropped/line.sgy' };

let page: TestPage;
beforeAll(async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeSegy(shots)) chunks.push(chunk.slice());
  writeFileSync(join(scratch, 'line.sgy'), Buffer.concat(chunks));
  writeFileSync(join(scratch, 'one.sg2'), writeSeg2(shots[0]));
  writeFileSync(join(scratch, 'page.html'), '<!doctype html><title>no shot</title>');
  cpSync(modelFolder(), join(scratch, 'damaged'), { recursive: true });
  const weights = readFileSync(join(scratch, 'damaged/model.tflite'));
  weights[weights.length >> 1] ^= 1;
  writeFileSync(join(scratch, 'damaged/model.tflite'), weights);
  page = await openTestPage({ '/dropped/': scratch });
}, 120_000);
afterAll(async () => {
  await page?.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe('the worker', () => {
  it.each(['tflite', 'onnx-web'] as const)(
    'picks and judges as Node does, by %s, and says what did',
    async (runtime) => {
      const [{ model, summary, shots: found }] = await page.pick({ runtime, files: [LINE] });
      const opened = await openModelFolder(modelFolder(), { runtime });
      const picker = await PICKERS.neural({ model: async () => opened });
      const { artefact } = opened;
      expect(model).toMatchObject({ runtime, artefact: artefact.file, digest: artefact.sha256, word: picker.name });
      expect(model.goldenDifference).toBeLessThan(model.goldenTolerance);
      expect(summary).toMatchObject({ format: 'segy', shots: 3, traces: 144 });
      for (const [i, shot] of shots.entries()) {
        const { picks } = await pickShot('line.sgy', shot, picker);
        const timed = { ...shot, sampleInterval: shot.sampleInterval! };
        expect(found[i]).toMatchObject({ ffid: shot.ffid, verdict: judgeShot(timed, picks).verdict });
        expect(found[i].amplitudes).toBe(shot.amplitudes.length);
        expect(picks.filter(({ kind }) => kind === 'picked').length).toBeGreaterThan(40);
        picks.forEach((pick, t) => {
          const other = found[i].picks[t];
          expect(other.kind).toBe(pick.kind);
          // Amplitudes went through 32-bit floats of the file, otherwise nothing differs.
          if (pick.kind === 'picked' && other.kind === 'picked')
            expect(Math.abs(pick.time - other.time)).toBeLessThan(0.01);
        });
      }
    },
  );

  it('takes what is fastest when nobody says what', async () => {
    const [{ model }] = await page.pick({ runtime: 'auto', files: [LINE] });
    const { runtime, artefact } = await openModelFolder(modelFolder());
    expect(model).toMatchObject({ runtime: runtime.name, artefact: artefact.file });
  });

  it('works through files in turn, and stops when it is told to', async () => {
    const one = { name: 'one.sg2', address: '/dropped/one.sg2' };
    const both = await page.pick({ runtime: 'auto', files: [LINE, one] });
    expect(both.map(({ summary }) => summary?.shots)).toEqual([3, 1]);
    expect(both.map(({ summary }) => summary?.format)).toEqual(['segy', 'seg2']);
    const [{ summary, shots }] = await page.pick({ runtime: 'auto', files: [LINE], stopAfter: 1 });
    expect(shots.length).toBeLessThan(4);
    if (shots.length < 3) expect(summary).toBeUndefined();
  });

  it.each([
    [
      { files: [{ name: 'page.html', address: '/dropped/page.html' }] },
      /page\.html: expected SEG-Y, .* found HTML or XML/,
    ],
    [{ files: [LINE], folder: '/dropped/damaged/' }, /damaged\/model\.tflite: expected SHA-256 \w+, found \w+$/],
    [{ files: [LINE], folder: '/dropped/gone/' }, /gone\/manifest\.json: expected a file of a model, found status 404/],
  ])('says in one line what is wrong: %j', async (task, expected) => {
    const error = await page.pick({ runtime: 'auto', ...task }).catch((error: Error) => error);
    expect(error).toBeInstanceOf(Error);
    const [line] = (error as Error).message.split('\n').filter((each) => each.includes('expected'));
    expect(line).toMatch(expected);
  });
});
