/** `firstbreak qc` as a crew and a labeller use it: profiles, tables, lines, picks of others, pictures of the worst. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { metres, ms } from '#shared/units.ts';
import { firstbreak, scratch } from './run.ts';

const folder = scratch();
const cwd = folder.path;
const path = (...parts: string[]) => join(cwd, ...parts);
const CLASSICAL = ['--picker', 'classical', '--quiet'];

const made = Array.from({ length: 6 }, (_, i) =>
  syntheticShot({
    ffid: 10 + i,
    source: metres(8 * i + 1),
    channels: 24,
    firstSample: ms(-50),
    length: ms(250),
    dead: [9],
  }),
);
/** One label of the third shot is 30 ms late; the sixth has none. */
const labels = [
  'file,trace,time_ms',
  ...made
    .slice(0, 5)
    .flatMap(({ onsets }, i) =>
      onsets.map((time, k) =>
        [`${10 + i}.sg2`, k, time === undefined ? '' : (time + (i === 2 && k === 4 ? 30 : 0)).toFixed(2)].join(','),
      ),
    ),
].join('\n');

beforeAll(() => {
  mkdirSync(path('line'));
  for (const { shot } of made) writeFileSync(path('line', `${shot.ffid}.sg2`), writeSeg2(shot));
  writeFileSync(path('labels.csv'), `${labels}\n`);
});
afterAll(() => folder.remove());

describe('the line', () => {
  it('is told after its shots, in the table, as JSON and on the page', async () => {
    const outputs = ['--csv', 'out/qc.csv', '--line-json', 'out/line.json', '--html', 'out/qc.html', '--pictures', '2'];
    const run = await firstbreak(['qc', 'line', ...CLASSICAL, ...outputs], { cwd });
    expect([run.code, run.err]).toEqual([0, '']);
    expect(run.out).toMatch(/^warn {2}line line: channel 9 at 16 m has dead-traces in 6 of 6 shots/m);
    const rows = readFileSync(path('out/qc.csv'), 'utf8').trim().split('\n');
    expect(rows[0]).toBe('about,file,ffid,verdict,code,severity,value,unit,threshold,where,traces,cause,advice');
    expect(rows.filter((row) => row.includes(',dead-traces,'))).toHaveLength(6);
    expect(rows.at(-1)).toMatch(/^line,line,10–15,warn,bad-receivers,warn,100,% of its shots,40,channel 9 at 16 m,,/);
    const document = JSON.parse(readFileSync(path('out/line.json'), 'utf8'));
    expect(document.schema).toBe('firstbreak.qc-lines/1');
    expect(document.lines[0].shots.map(({ ffid }: { ffid: number }) => ffid)).toEqual([10, 11, 12, 13, 14, 15]);
    const page = readFileSync(path('out/qc.html'), 'utf8');
    expect(page.match(/<img src="data:image\/png;base64,/g)).toHaveLength(2);
    expect(page).toContain('Pictures of the 2 worst of 6 shots');
    expect(page).not.toMatch(/(src|href)="(?!data:|#)/);
  });

  it('leaves the array of shots as it is', async () => {
    const run = await firstbreak(['qc', 'line', ...CLASSICAL, '--json'], { cwd });
    const entries = JSON.parse(run.out);
    expect(entries).toHaveLength(6);
    expect(Object.keys(entries[0])).toEqual(['file', 'ffid', 'verdict', 'reason', 'findings']);
  });
});

describe('profiles', () => {
  it('a file changes thresholds of a preset', async () => {
    writeFileSync(
      path('project.json'),
      JSON.stringify({ extends: 'refraction', limits: { 'dead-traces.warn': '10 %', 'bad-receivers.share': 'never' } }),
    );
    const run = await firstbreak(['qc', 'line/10.sg2', 'line/11.sg2', ...CLASSICAL, '--profile', 'project.json'], {
      cwd,
    });
    expect(run.out).toMatch(/^pass {2}line\/10\.sg2/m);
    expect(run.out).not.toContain('warn dead-traces');
  });

  it.each([
    [
      'nobody',
      /^firstbreak: --profile: expected refraction, land-3d, obs, training-set or a readable file, found 'nobody'/,
    ],
    ['labels.csv', /^firstbreak: labels\.csv: expected a profile in JSON/],
  ])('%s is refused in one line', async (profile, message) => {
    const run = await firstbreak(['qc', 'line/10.sg2', '--profile', profile], { cwd });
    expect(run.code).toBeGreaterThan(0);
    expect(run.out).toBe('');
    expect(run.err).toMatch(message);
    expect(run.err.trim().split('\n')).toHaveLength(1);
  });
});

describe('picks of others', () => {
  it('are judged in place of fresh ones, suspect ones are listed, shots without any are passed over', async () => {
    const audit = ['--picks', 'labels.csv', '--profile', 'training-set', '--quiet', '--html', 'audit.html'];
    const run = await firstbreak(['qc', 'line', ...audit], { cwd });
    const suspects = run.out.split('\n').filter((line) => line.includes('suspect channel'));
    expect(suspects).toHaveLength(1);
    expect(suspects[0]).toMatch(
      /^ {6}suspect channel 5, trace 4: [\d.]+ ms, (2\d|3\d)\.\d ms too late \(allowed [\d.]+\)$/,
    );
    expect(run.out).toMatch(/^\w+ +line\/12\.sg2 .*picks lie off the moveout/m);
    expect(run.err).toBe('line/15.sg2: labels.csv holds no picks of FFID 15\n');
    expect(run.out).not.toContain('15.sg2');
    const page = readFileSync(path('audit.html'), 'utf8');
    expect(page).toContain('Picks: labels.csv. Thresholds: training-set.');
    expect(page).not.toContain('To shoot again');
  });

  it('of other shots altogether are a failure', async () => {
    const run = await firstbreak(['qc', 'line/15.sg2', '--picks', 'labels.csv', '--quiet'], { cwd });
    expect([run.code, run.out]).toEqual([1, '']);
  });
});

describe('wrong usage', () => {
  it.each([
    [['--pictures', '-1'], /--pictures: expected a whole number from 0, found '-1'/],
    [['--picks', 'gone.csv'], /gone\.csv: expected a table of picks, found no such file/],
    [['--csv', 'line/10.sg2'], /would be written over the input/],
    [['--line-json', 'line/10.sg2'], /would be written over the input/],
  ])('%s', async (args, message) => {
    const run = await firstbreak(['qc', 'line/10.sg2', ...args], { cwd });
    expect(run.code).toBeGreaterThan(0);
    expect(run.err).toMatch(message);
    expect(run.out).toBe('');
  });
});
