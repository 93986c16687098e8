/** Gathers that nobody has picked: which are taken, how they are known again, and what is said of those that are of no use. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { readCorpus } from '../../training/pretrain/corpus.ts';
import { checkSameCorpus, parted } from '../../training/pretrain/held-back.ts';
import { CLEAR, madeShots } from './made-site.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-corpus-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const shots = madeShots('line', [1, 2, 3], { ...CLEAR, mostSamples: 2000 });
const folder = (name: string) => {
  const path = join(scratch, name);
  mkdirSync(path, { recursive: true });
  return path;
};
const put = (name: string, files: Readonly<Record<string, string | Uint8Array>>) => {
  const path = folder(name);
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(path, file), bytes);
  return path;
};

describe('a corpus', () => {
  let line: string;
  beforeAll(() => {
    line = put('line', {
      ...Object.fromEntries(shots.map(({ file, shot }) => [file, writeSeg2(shot)])),
      'README.md': 'Three shots.',
      'again.sg2': writeSeg2(shots[0].shot),
    });
  });

  it('takes every shot once, whatever else lies beside it', async () => {
    const { record, gathers } = await readCorpus([line]);
    expect(gathers.map(({ file }) => file)).toEqual(['1.sg2', '2.sg2', '3.sg2']);
    expect(record.sites).toEqual([
      { name: 'line', gathers: 3, traces: shots.reduce((sum, { shot }) => sum + shot.traces.length, 0) },
    ]);
    expect(record.gathers).toEqual(gathers.map(({ digest }) => digest).sort());
  });

  it('a folder without shots, and one with a single shot, are refused in one line', async () => {
    const [empty, single] = [folder('empty'), put('single', { 'a.sg2': writeSeg2(shots[0].shot) })];
    await expect(readCorpus([empty])).rejects.toThrow(
      `${empty}: expected at least 2 gathers to learn from, found none`,
    );
    await expect(readCorpus([single])).rejects.toThrow(`${single}: expected at least 2 gathers to learn from, found 1`);
  });

  it('gathers of nothing but NaN are named and left out; NaN traces among others are passed over', async () => {
    const { shot } = shots[1];
    const hollow = { ...shot, amplitudes: shot.amplitudes.map(() => Number.NaN) };
    const patchy = {
      ...shot,
      amplitudes: shot.amplitudes.map((value, i) => (i < 2 * shot.samples ? Number.NaN : value)),
    };
    const path = put('hollow', {
      'a.sg2': writeSeg2(shots[0].shot),
      'b.sg2': writeSeg2(hollow),
      'c.sg2': writeSeg2(patchy),
    });
    const said: string[] = [];
    const { gathers } = await readCorpus([path], ({ message }) => said.push(message));
    expect(gathers.map(({ file }) => file)).toEqual(['a.sg2', 'c.sg2']);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/b\.sg2: FFID \d+: expected 4 live traces, found 0/);
  });

  it('holds back every fifth gather of ten or more, by what they are and not by their order', async () => {
    const many = Array.from({ length: 11 }, (_, i) => ({
      site: 'line',
      file: `${i}`,
      shot: shots[0].shot,
      digest: `${(7 * i) % 11}`.padStart(2, '0'),
    }));
    const { learnt, held } = parted(many);
    expect(held.map(({ digest }) => digest)).toEqual(['00', '05', '10']);
    expect(learnt).toHaveLength(8);
    expect(parted(many.toReversed())).toEqual({ learnt, held });
    expect(parted(many.slice(0, 9)).held).toEqual([]);
  });

  it('is known again: a run does not go on with other gathers', async () => {
    const { record } = await readCorpus([line]);
    expect(() => checkSameCorpus(record, record)).not.toThrow();
    const less = { ...record, gathers: record.gathers.slice(1) };
    expect(() => checkSameCorpus(less, record)).toThrow(/expected line \(3\), found 2 gathers, 2 of them the same/);
  });
});
