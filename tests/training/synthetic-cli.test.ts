/** `firstbreak train synth` and `firstbreak train data` as a user runs them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { open } from '#shared/formats/open.ts';
import { readPicksCsv } from '#shared/report/csv.ts';
import { memorySource } from '#shared/source.ts';
import { syntheticGather } from '../../training/synthetic/gather.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { all } from '../formats/segy-bytes.ts';

const folder = scratch();
afterAll(() => folder.remove());
const PROGRAM = resolve(import.meta.dirname, '../../training/cli.ts');
/** What stands behind `firstbreak train`. */
const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: folder.path,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
};
const at = (...parts: string[]) => join(folder.path, ...parts);
const PNG = '89504e470d0a1a0a';
const size = (path: string) => {
  const bytes = readFileSync(path);
  expect(bytes.subarray(0, 8).toString('hex')).toBe(PNG);
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
};

describe('docs/synthetic.md', () => {
  it.each(['synth', 'data'])('says of %s what --help says', (name) => {
    const text = readFileSync(resolve(import.meta.dirname, '../../docs/synthetic.md'), 'utf8');
    expect(text).toContain(`\`\`\`text\n${run(name, '--help').out}\`\`\`\n`);
  });
});

describe('firstbreak train', () => {
  it('hands over arguments, output and exit code', async () => {
    const [help, wrong, none] = await Promise.all(
      [['synth', '--help'], ['synth', '--count', 'x', '--out', 'y'], []].map((args) => firstbreak(['train', ...args])),
    );
    expect([help.code, help.out, help.err]).toEqual([0, run('synth', '--help').out, '']);
    expect([wrong.code, wrong.out]).toEqual([2, '']);
    expect(wrong.err).toMatch(/^firstbreak train: --count: expected a whole number from 1 to 1000000, found 'x'/);
    expect([none.code, none.out]).toEqual([2, '']);
  });
  it.each([
    [['--help'], 0, /usage: firstbreak train SUBCOMMAND/, /^$/],
    [['synth', '--help'], 0, /usage: firstbreak train synth --count N/, /^$/],
    [['data', '--help'], 0, /--bad-gathers FILE\.yaml/, /^$/],
    [[], 2, /^$/, /synth +synthetic shots with known first breaks/],
    [['snooze'], 2, /^$/, /unknown subcommand 'snooze'; there are synth, data/],
    [['synth', '--cuont', '3'], 2, /^$/, /Unknown option '--cuont' \(see firstbreak train synth --help\)/],
    [['synth', '--count', '2'], 2, /^$/, /expected --out DIR, --plot DIR or --sheet FILE\.png, found none/],
    [['synth', '--count', '0', '--out', 'x'], 2, /^$/, /--count: expected a whole number from 1 to 1000000, found '0'/],
    [['synth', '--count', '1.5', '--out', 'x'], 2, /^$/, /--count: expected a whole number/],
    [['synth', '--seed', '-3', '--out', 'x'], 2, /^$/, /seed/],
    [['synth', '--format', 'segd', '--out', 'x'], 2, /^$/, /--format: expected segy, seg2, found 'segd'/],
    [
      ['synth', '--setting', 'moon', '--out', 'x'],
      2,
      /^$/,
      /expected near-surface, hard-rock, ocean-bottom, found 'moon'/,
    ],
    [['data'], 2, /^$/, /expected at least one site, found none/],
    [['data', 'nowhere'], 1, /^$/, /nowhere: expected a readable file, found no such file/],
  ])('%j ends with %d', (args, code, out, err) => {
    const result = run(...args);
    expect([result.code, result.out, result.err]).toEqual([
      code,
      expect.stringMatching(out),
      expect.stringMatching(err),
    ]);
  });
});

describe('synth', () => {
  let first: ReturnType<typeof run>;
  beforeAll(() => {
    first = run('synth', '--count', '3', '--seed', '41', '--out', 'made', '--plot', 'pictures', '--sheet', 'sheet.png');
  });

  it('writes shots, picks and pictures', () => {
    expect([first.code, first.out]).toEqual([0, '']);
    expect(first.err).toMatch(/^3 shots in [\d.]+ s: \d+ first breaks, \d+ hidden by noise, \d+ dead traces\n$/);
    expect(readdirSync(at('made')).sort()).toEqual(['41.sgy', '42.sgy', '43.sgy', 'picks.csv']);
    expect(readdirSync(at('pictures')).sort()).toEqual(['41.png', '42.png', '43.png']);
    expect(size(at('pictures', '41.png'))).toEqual([1100, 720]);
    expect(size(at('sheet.png'))).toEqual([3 * 480, 360]);
  });

  it('keeps samples, interval and delay in the file, and the true onsets in the table', async () => {
    const rows = readPicksCsv(readFileSync(at('made', 'picks.csv'), 'utf8'));
    for (const seed of [41, 42, 43]) {
      const { shot, labels } = syntheticGather(seed);
      const recording = await open(memorySource('x', readFileSync(at('made', `${seed}.sgy`))));
      const [read] = await all(recording.shots());
      expect(read.amplitudes).toEqual(shot.amplitudes);
      expect(read.sampleInterval).toBeCloseTo(shot.sampleInterval, 9);
      expect(read.firstSample.time).toBeCloseTo(shot.firstSample.time, 3);
      const own = rows.filter(({ file }) => file === `${seed}.sgy`);
      expect(own.map(({ time }) => time !== undefined)).toEqual(labels.map(({ kind }) => kind === 'onset'));
      own.forEach(({ time, sample }, i) => {
        const label = labels[i];
        if (label.kind !== 'onset') return;
        expect(time).toBeCloseTo(label.time, 3);
        expect(sample).toBeCloseTo((label.time - shot.firstSample.time) / shot.sampleInterval, 2);
      });
    }
  });

  it('makes the same again', async () => {
    run('synth', '--count', '3', '--seed', '41', '--out', 'again');
    for (const name of readdirSync(at('made')))
      expect(readFileSync(at('again', name)).equals(readFileSync(at('made', name))), name).toBe(true);
  });

  it('is read by pick and score', async () => {
    const picked = await firstbreak(['pick', 'made', '--out', 'picked.csv'], { cwd: folder.path });
    expect(picked.code, picked.err).toBe(0);
    const { code, out } = await firstbreak(['score', 'picked.csv', 'made/picks.csv', '--json'], { cwd: folder.path });
    expect(code).toBe(0);
    const score = JSON.parse(out);
    expect(score.missing).toEqual([]);
    const asked = readPicksCsv(readFileSync(at('made', 'picks.csv'), 'utf8')).filter(({ time }) => time !== undefined);
    expect(score.all.referencePicks).toBe(asked.length);
  });

  it('writes SEG-2, of one setting', async () => {
    const { code } = run(
      'synth',
      '--count',
      '2',
      '--out',
      'seg2',
      '--format',
      'seg2',
      '--setting',
      'hard-rock',
      '--later',
      'weak',
    );
    expect(code).toBe(0);
    const [shot] = await all((await open(memorySource('x', readFileSync(at('seg2', '1.sg2'))))).shots());
    expect(shot.recorder).toBe('Firstbreak synthetic, hard-rock');
  });
});

describe('data', () => {
  it('says what sites hold, and their folds', async () => {
    for (const [site, seed] of [
      ['a', '51'],
      ['b', '53'],
    ])
      run('synth', '--count', '2', '--seed', seed, '--out', site);
    const { code, out } = run('data', 'a', 'b', '--json', '--sheet', 'augmented.png');
    expect(code).toBe(0);
    const { sites, folds } = JSON.parse(out);
    const labels = [51, 52].flatMap((seed) => syntheticGather(seed).labels);
    expect(sites[0]).toMatchObject({
      site: 'a',
      shots: 2,
      traces: labels.length,
      onset: labels.filter(({ kind }) => kind === 'onset').length,
    });
    expect(sites[0].dead).toBe(labels.filter(({ kind }) => kind === 'dead').length);
    expect(folds.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    expect(size(at('augmented.png'))).toEqual([4 * 480, 2 * 360]);
    const table = run('data', 'a', 'b');
    expect(table.out).toMatch(/^site +shots +traces +labelled +dead +unpicked +interval/);
    expect(table.out).toMatch(/hold out a: train on b\n/);
  });

  it('goes on behind a bad file, and says so', async () => {
    run('synth', '--count', '2', '--seed', '51', '--out', 'torn');
    writeFileSync(at('torn', '51.sgy'), readFileSync(at('torn', '51.sgy')).subarray(0, 3700));
    const { code, out, err } = run('data', 'torn');
    expect(code).toBe(1);
    expect(err).toMatch(/51\.sgy: /);
    expect(out).toMatch(/torn +1 /);
  });

  it('does not leave half-written pictures', async () => {
    mkdirSync(at('blocked.png'));
    const { code } = run('synth', '--count', '1', '--sheet', 'blocked.png');
    expect(code).toBe(1);
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(existsSync(at('blocked.png'))).toBe(true);
  });
});
