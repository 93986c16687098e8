/** Where results go when places are odd: folders of shots that hold earlier results, links, pipes, full disks, wrong names. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { readPicksCsv } from '#shared/report/csv.ts';
import { metres } from '#shared/units.ts';
import { syntheticShot } from '../../edge/demo/synthetic-shot.ts';
import { firstbreak, scratch } from './run.ts';

const folder = scratch();
const cwd = folder.path;
const path = (...parts: string[]) => join(cwd, ...parts);
const binary = join(import.meta.dirname, '../../edge/cli/firstbreak.ts');
const shell = (command: string) =>
  spawnSync('sh', ['-c', command.replaceAll('firstbreak', `"${process.execPath}" "${binary}"`)], { cwd });
const posix = process.platform !== 'win32';

beforeAll(() => {
  mkdirSync(path('shots'));
  writeFileSync(path('shots', 'a.sg2'), writeSeg2(syntheticShot({ ffid: 1, source: metres(-4), channels: 12 }).shot));
  writeFileSync(path('shots', 'b.sg2'), writeSeg2(syntheticShot({ ffid: 2, source: metres(40), channels: 12 }).shot));
});
afterAll(() => folder.remove());

describe('results beside the shots', () => {
  it.each([
    ['pick', 'shots', '--quiet', '--out', 'shots/picks.csv', '--plot', 'shots/pictures'],
    ['pick', 'shots', '--quiet', '--format', 'pyrefra', '--out', 'shots'],
    ['qc', 'shots', '--quiet', '--html', 'shots/qc.html'],
  ])('are written again by the same command: %s %s %s %s %s', async (...args) => {
    expect((await firstbreak(args, { cwd })).code).toBe(0);
    const again = await firstbreak(args, { cwd });
    expect([again.code, again.err]).toEqual([0, '']);
  });

  it('never take the place of a shot that was found there', async () => {
    const before = readFileSync(path('shots', 'b.sg2'));
    const { code, err } = await firstbreak(['pick', 'shots', '--format', 'csv', '--out', 'shots/b.sg2'], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('would be written over the input shots/b.sg2');
    expect(readFileSync(path('shots', 'b.sg2')).equals(before)).toBe(true);
  });
});

describe.skipIf(!posix)('places that are no plain file', () => {
  it('a link stays a link, and its file gets the result', async () => {
    writeFileSync(path('target.csv'), 'earlier');
    symlinkSync('target.csv', path('link.csv'));
    expect((await firstbreak(['pick', 'shots/a.sg2', '--quiet', '--out', 'link.csv'], { cwd })).code).toBe(0);
    expect(lstatSync(path('link.csv')).isSymbolicLink()).toBe(true);
    expect(readPicksCsv(readFileSync(path('target.csv'), 'utf8'))).toHaveLength(12);
  });

  it('a pipe is written to, and still there', () => {
    execFileSync('mkfifo', [path('pipe')]);
    shell('cat pipe > received & firstbreak pick shots/a.sg2 --quiet --out pipe; wait');
    expect(lstatSync(path('pipe')).isFIFO()).toBe(true);
    expect(readPicksCsv(readFileSync(path('received'), 'utf8'))).toHaveLength(12);
  });

  it('a pipe among the inputs is refused instead of waited for', async () => {
    execFileSync('mkfifo', [path('input.sg2')]);
    const { code, err } = await firstbreak(['info', 'input.sg2'], { cwd });
    expect([code, err]).toEqual([
      1,
      'firstbreak: input.sg2: expected a readable file, found something that is not a regular file\n',
    ]);
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk behind stdout is one line', () => {
    const { status, stderr } = shell('firstbreak pick shots/a.sg2 --quiet > /dev/full');
    expect([status, stderr.toString()]).toEqual([1, 'firstbreak: cannot write stdout: no space left\n']);
  });
});

describe('places where nothing can be written', () => {
  it('end the command with one line that names them, not the shots', async () => {
    writeFileSync(path('plain'), '');
    for (const args of [
      ['pick', 'shots', '--quiet', '--out', 'plain/picks.csv'],
      ['pick', 'shots', '--quiet', '--out', 'p.csv', '--plot', 'plain/pictures'],
      ['qc', 'shots', '--quiet', '--html', 'plain/qc.html'],
      ['convert', 'shots/a.sg2', '--out', 'plain/a.sgy'],
    ]) {
      const { code, err } = await firstbreak(args, { cwd });
      expect(code, args.join(' ')).toBe(1);
      expect(err, args.join(' ')).toMatch(
        /^firstbreak: cannot write plain.*: there is a file where a folder should be\n$/,
      );
    }
    expect(readdirSync(cwd).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it.each([
    [['--plot', 'shots/a.sg2'], /^firstbreak: --plot: expected FILE\.png or a directory, found 'shots\/a\.sg2'/],
    [['--plot', 'a.pdf'], /^firstbreak: --plot: expected FILE\.png or a directory, found 'a\.pdf'/],
    [['--out', 'a.sgy'], /^firstbreak: --out: expected a name that ends in .*\.csv.*, or --format; found 'a\.sgy'/],
  ])('%j is wrong usage', async (options, message) => {
    const { code, out, err } = await firstbreak(['pick', 'shots/a.sg2', ...options], { cwd });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });
});

describe('folders in place of files', () => {
  it('several files of one format make one', async () => {
    expect(
      (await firstbreak(['pick', 'shots', '--quiet', '--format', 'pyrefra', '--out', 'refra'], { cwd })).code,
    ).toBe(0);
    expect(readdirSync(path('refra')).sort()).toEqual(['picks.dat', 'receivers.geo', 'shots.geo']);
  });

  it.each([
    ['segy', 'a.sgy'],
    ['segd', 'a.segd'],
    ['seg2', 'a-ffid1.sg2'],
  ])('convert to %s', async (format, name) => {
    const { code, err } = await firstbreak(['convert', 'shots/a.sg2', '--format', format, '--out', `as-${format}/`], {
      cwd,
    });
    expect([code, err]).toEqual([0, `[1/1] shots/a.sg2: as-${format}/${name}\n`]);
    expect(readdirSync(path(`as-${format}`))).toEqual([name]);
  });
});

describe('a tomography file of shots without geometry', () => {
  it('is written with a warning, however quiet', async () => {
    const { shot } = syntheticShot({ ffid: 3, source: metres(2), channels: 12 });
    const { source: _, ...unplaced } = shot;
    const traces = shot.traces.map(({ receiver: _place, offset: _offset, ...trace }) => trace);
    writeFileSync(path('bare.sg2'), writeSeg2({ ...unplaced, traces }));
    const { code, err } = await firstbreak(['pick', 'bare.sg2', '--quiet', '--out', 'bare.sgt'], { cwd });
    expect([code, err]).toEqual([
      0,
      'firstbreak: bare.sgt: no geometry in the files: x is the channel number, the shot is at the channel of its earliest pick\n',
    ]);
  });
});

const terminal = posix && spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
describe.skipIf(!terminal)('on a terminal (needs the program script)', () => {
  const typed = (command: string) => shell(`script -qec '${command}' /dev/null`).stdout.toString();

  it('results and progress take turns', () => {
    expect(typed('firstbreak pick shots/a.sg2 shots/b.sg2')).not.toContain('\u001b');
    expect(typed('firstbreak qc --json shots/a.sg2 shots/b.sg2')).not.toContain('\u001b');
  });

  it('a bar shows the progress when the results go to a file', () => {
    expect(typed('firstbreak pick shots/a.sg2 shots/b.sg2 --out p.csv')).toMatch(
      /2 of 2 files read, the last one shots\/b\.sg2/,
    );
  });
});

describe('inputs', () => {
  it('named twice are read once', async () => {
    const { out } = await firstbreak(['pick', 'shots/a.sg2', './shots/a.sg2', 'shots/../shots/a.sg2'], { cwd });
    const files = readPicksCsv(out).map(({ file }) => file);
    expect([files.length, ...new Set(files)]).toEqual([12, 'shots/a.sg2']);
  });
});
