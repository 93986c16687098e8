/** The contract of the command line: what goes where, exit codes, one bad file among good ones. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SyntheticShot, syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { readPicksCsv } from '#shared/report/csv.ts';
import { readSgt } from '#shared/report/sgt.ts';
import { metres, ms } from '#shared/units.ts';
import { firstbreak, scratch } from './run.ts';

const folder = scratch();
const cwd = folder.path;
const path = (...parts: string[]) => join(cwd, ...parts);
const PNG = '89504e470d0a1a0a';
const signature = (file: string) => readFileSync(path(file)).subarray(0, 8).toString('hex');

const one = syntheticShot({ ffid: 31, source: metres(-6), firstSample: ms(-50), channels: 24 });
const two = syntheticShot({ ffid: 32, source: metres(11), channels: 24 });
const three = syntheticShot({ ffid: 33, source: metres(52), channels: 24, dead: [4] });

async function bytesOf(shots: readonly SyntheticShot[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeSegy(shots.map(({ shot }) => shot))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

beforeAll(async () => {
  mkdirSync(path('line', 'deep'), { recursive: true });
  writeFileSync(path('line', '31.sg2'), writeSeg2(one.shot));
  writeFileSync(path('line', 'deep', 'both.sgy'), await bytesOf([two, three]));
  writeFileSync(path('line', 'notes.txt'), 'Tuesday, windy\n');
  writeFileSync(path('line', '.hidden'), 'not for us');
  const half = await bytesOf([two]);
  writeFileSync(path('cut.sgy'), half.subarray(0, 3600 + 10 * (240 + 4 * two.shot.samples) + 500));
  writeFileSync(path('empty.sgy'), '');
  mkdirSync(path('nothing'));
  mkdirSync(path('words'));
  writeFileSync(path('words', 'a.txt'), 'no shot here');
});
afterAll(() => folder.remove());

describe('usage', () => {
  it.each([
    [['--help'], 0, /usage: firstbreak COMMAND/, /^$/],
    [['help', 'pick'], 0, /usage: firstbreak pick FILE\|DIR…/, /^$/],
    [['pick', '--help'], 0, /--plot FILE\.png\|DIR/, /^$/],
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    [[], 2, /^$/, /usage: firstbreak COMMAND/],
    [['pikc'], 2, /^$/, /^firstbreak: unknown command 'pikc'; there are info, pick, .*\n$/],
    [
      ['pick'],
      2,
      /^$/,
      /^firstbreak: expected at least one file or directory, found none \(see firstbreak pick --help\)\n$/,
    ],
    [['info', '--jsn', 'x'], 2, /^$/, /^firstbreak: Unknown option '--jsn' \(see firstbreak info --help\)\n$/],
    [
      ['pick', 'x', '--picker', 'magic'],
      2,
      /^$/,
      /^firstbreak: --picker: expected neural, classical, sta-lta, aic, found 'magic'/,
    ],
    [
      ['pick', 'x', '--convention', 'middle'],
      2,
      /^$/,
      /--convention: expected onset, trough, peak, zero-crossing, dominant, found 'middle'/,
    ],
    [['pick', 'x', '--time-zero', 'soon'], 2, /^$/, /^firstbreak: --time-zero: expected a number of ms, found 'soon'/],
    [['pick', 'x', '--min-confidence', '7'], 2, /^$/, /expected a number from 0 to 1, found '7'/],
    [['pick', 'x', '--format', 'xls'], 2, /^$/, /--format: expected json, csv, sgt, .*found 'xls'/],
    [['pick', 'x', '--format', 'pyrefra'], 2, /^$/, /makes several files; give --out DIR/],
    [['pick', 'x', '--out'], 2, /^$/, /argument missing/],
    [['score', 'x'], 2, /^$/, /expected two tables, picks and reference, found 1/],
    [['plot', 'x'], 2, /^$/, /--out: expected FILE\.png, found nothing/],
    [['convert', 'x', '--out', 'y.xyz'], 1, /^$/, /x: expected a readable file, found no such file/],
  ] as const)('%j', async (args, code, out, err) => {
    const run = await firstbreak(args, { cwd });
    expect(run.code).toBe(code);
    expect(run.out).toMatch(out);
    expect(run.err).toMatch(err);
  });
});

describe('info', () => {
  it('gives an entry a file as JSON, good and bad alike', async () => {
    const { code, out, err } = await firstbreak(
      ['info', '--json', '--stats', 'line/31.sg2', 'gone.sgy', 'line', 'empty.sgy'],
      { cwd },
    );
    expect(code).toBe(1);
    const entries = JSON.parse(out);
    expect(entries.map(({ file }: { file: string }) => file)).toEqual([
      'line/31.sg2',
      'gone.sgy',
      'line/deep/both.sgy',
      'empty.sgy',
    ]);
    const [seg2, gone, segy, empty] = entries;
    expect(seg2).toMatchObject({
      format: 'seg2',
      byteOrder: 'little',
      sampleFormat: 4,
      traces: 24,
      shots: [{ ffid: 31, traces: 24, samples: 1600, sampleIntervalMs: 0.25, firstSampleMs: -50 }],
      problems: [],
    });
    const samples = one.shot.amplitudes;
    expect(seg2.head).toEqual([...samples.subarray(0, 8)]);
    expect(seg2.stats.max).toBe(samples.reduce((a, b) => Math.max(a, b)));
    expect(seg2.stats.rms).toBeCloseTo(Math.sqrt(samples.reduce((total, v) => total + v * v, 0) / samples.length), 9);
    expect(seg2.stats.nonFinite).toBe(0);
    expect(gone).toEqual({
      file: 'gone.sgy',
      error: { code: 'unreadable', message: 'gone.sgy: expected a readable file, found no such file' },
    });
    expect(segy).toMatchObject({ format: 'segy', revision: '1.0', traces: 48, shots: [{ ffid: 32 }, { ffid: 33 }] });
    expect(empty.error.code).toBe('empty');
    expect(err).toContain('line/notes.txt: not a shot file, passed over');
    expect(err).toContain('firstbreak: gone.sgy: expected a readable file');
  });

  it('says in words what the code of the samples means', async () => {
    const { out } = await firstbreak(['info', 'line'], { cwd });
    expect(out).toContain('SEG-2 revision 1, little-endian, sample format 4 (IEEE float, 32 bits)\n');
    expect(out).toContain('big-endian, sample format 5 (IEEE float, 32 bits)\n');
  });

  it('leaves statistics out when not asked for', async () => {
    const { out } = await firstbreak(['info', '--json', 'line/31.sg2'], { cwd });
    const [entry] = JSON.parse(out);
    expect(entry).not.toHaveProperty('stats');
    expect(entry).not.toHaveProperty('head');
  });

  it('says what was lost of a damaged file, and still reads it', async () => {
    const { code, out } = await firstbreak(['info', 'cut.sgy'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('10 traces');
    expect(out).toMatch(/! [a-z-]+: /);
  });

  it('fails on a named file that is no shot, and on directories without one', async () => {
    expect((await firstbreak(['info', 'words/a.txt'], { cwd })).code).toBe(1);
    const walked = await firstbreak(['info', 'words', 'nothing'], { cwd });
    expect(walked.code).toBe(1);
    expect(walked.err).toContain('no shot file found');
  });

  it('takes the shot instant and the interval from the user', async () => {
    const { out } = await firstbreak(
      ['info', '--json', '--time-zero', '20', '--sample-interval', '0.5', 'line/31.sg2'],
      { cwd },
    );
    expect(JSON.parse(out)[0].shots[0]).toMatchObject({ firstSampleMs: -20, sampleIntervalMs: 0.5 });
    const negative = await firstbreak(['info', '--json', '--time-zero', '-5', 'line/31.sg2'], { cwd });
    expect(JSON.parse(negative.out)[0].shots[0].firstSampleMs).toBe(5);
  });

  it('takes the sample format from the user', async () => {
    const asked = async (...more: string[]) =>
      JSON.parse((await firstbreak(['info', '--json', '--stats', ...more, 'line/deep/both.sgy'], { cwd })).out)[0].stats
        .max;
    expect(await asked('--sample-format', '2')).not.toBe(await asked());
    expect((await firstbreak(['info', '--sample-format', 'x', 'line/deep/both.sgy'], { cwd })).code).toBe(2);
  });

  it('follows a folder that contains itself once', async () => {
    mkdirSync(path('loop'));
    symlinkSync(path('loop'), path('loop', 'again'), 'dir');
    writeFileSync(path('loop', 'a.sg2'), writeSeg2(one.shot));
    const { code, out } = await firstbreak(['info', '--json', 'loop'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveLength(1);
  });
});

describe('pick', () => {
  it('writes one table in file order, whatever fails between', async () => {
    const { code, out, err } = await firstbreak(['pick', 'line/31.sg2', 'gone.sgy', 'line'], { cwd });
    expect(code).toBe(1);
    expect(out.split('\n')[0]).toBe('file,trace,ffid,channel,offset_m,time_ms,sample,confidence,status,reason,model');
    const rows = readPicksCsv(out);
    expect(rows).toHaveLength(72);
    expect(rows.map(({ file }) => file)).toEqual([
      ...Array(24).fill('line/31.sg2'),
      ...Array(48).fill('line/deep/both.sgy'),
    ]);
    expect(rows.slice(24).map(({ trace }) => trace)).toEqual(Array.from({ length: 48 }, (_, i) => i));
    expect(out).toContain(',skipped,dead,picker-1:int8@tflite\n');
    expect(err).toContain('firstbreak: gone.sgy: expected a readable file, found no such file');
    expect(err).toMatch(/line\/31\.sg2: 24 traces, \d+ picked/);
  });

  it('finds the known first breaks', async () => {
    const { out } = await firstbreak(['pick', '--quiet', 'line/31.sg2'], { cwd });
    const times = readPicksCsv(out).map(({ time }) => time);
    const close = one.onsets.filter((onset, i) => Math.abs((times[i] ?? Number.NaN) - onset!) < 2).length;
    expect(close).toBeGreaterThanOrEqual(22);
  });

  it('says nothing on stderr when quiet and all is well', async () => {
    expect((await firstbreak(['pick', '--quiet', 'line/31.sg2'], { cwd })).err).toBe('');
  });

  it('follows the ending of --out and leaves no temporary file', async () => {
    const run = await firstbreak(['pick', 'line', '--out', 'out/all.sgt', '--quiet'], { cwd });
    expect(run).toMatchObject({ code: 0, out: '', err: '' });
    const { picks } = readSgt(readFileSync(path('out', 'all.sgt'), 'utf8'));
    expect(picks.length).toBeGreaterThan(60);
    expect(readdirSync(path('out'))).toEqual(['all.sgt']);
  });

  it('writes several files of one format into a directory', async () => {
    await firstbreak(['pick', 'line', '--out', 'pyrefra/', '--format', 'pyrefra', '--quiet'], { cwd });
    expect(readdirSync(path('pyrefra')).sort()).toEqual(['picks.dat', 'receivers.geo', 'shots.geo']);
  });

  it('gives JSON with the digest of the file and the judgement of the shot', async () => {
    const { out } = await firstbreak(['pick', 'line/31.sg2', '--format', 'json', '--quiet'], { cwd });
    const document = JSON.parse(out);
    expect(document).toMatchObject({
      schema: 'firstbreak.picks/1',
      file: 'line/31.sg2',
      sha256: createHash('sha256')
        .update(readFileSync(path('line', '31.sg2')))
        .digest('hex'),
      format: 'seg2',
      model: { name: 'picker-1:int8@tflite' },
      runtime: 'tflite',
    });
    expect(document.shots).toHaveLength(1);
    expect(document.shots[0].picks).toHaveLength(24);
    expect(document.shots[0].qc.verdict).toMatch(/^(pass|warn|fail)$/);
    const several = JSON.parse((await firstbreak(['pick', 'line', '--format', 'json', '--quiet'], { cwd })).out);
    expect(several.map(({ shots }: { shots: unknown[] }) => shots.length)).toEqual([1, 2]);
  });

  it('leaves doubtful picks out on request', async () => {
    const { out } = await firstbreak(['pick', 'line/31.sg2', '--min-confidence', '1', '--quiet'], { cwd });
    const rows = readPicksCsv(out);
    expect(rows.every(({ confidence }) => confidence === undefined || confidence >= 1)).toBe(true);
    expect(rows.some(({ reason }) => reason === 'low-confidence')).toBe(true);
  });

  it('moves picks to the peak on request', async () => {
    const picked = async (...more: string[]) =>
      readPicksCsv((await firstbreak(['pick', 'line/31.sg2', '--quiet', ...more], { cwd })).out).map(
        ({ time }) => time!,
      );
    const onsets = await picked();
    const peaks = await picked('--convention', 'peak');
    // The first lobe of a 55 Hz wave is a peak, at most half a period after its onset.
    const after = peaks.map((time, i) => time - onsets[i]).filter((delay) => delay > 0 && delay < 10);
    expect(after.length).toBeGreaterThan(20);
  });

  it('draws a picture of each shot under its own name', async () => {
    mkdirSync(path('again'));
    writeFileSync(path('again', '31.sg2'), writeSeg2(two.shot));
    const run = await firstbreak(['pick', 'line', 'again', '--plot', 'pictures', '--out', 'p.csv', '--quiet'], { cwd });
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(readdirSync(path('pictures')).sort()).toEqual([
      '31.png',
      'again-31.png',
      'both-ffid32.png',
      'both-ffid33.png',
    ]);
    for (const name of readdirSync(path('pictures'))) expect(signature(join('pictures', name))).toBe(PNG);
  });

  it('draws a named picture', async () => {
    await firstbreak(['pick', 'line/deep/both.sgy', '--plot', 'mine.png', '--out', 'p.csv', '--quiet'], { cwd });
    expect(signature('mine.png')).toBe(PNG);
    expect(signature('mine-both-ffid33.png')).toBe(PNG);
  });

  it('never writes over an input', async () => {
    const before = readFileSync(path('line', '31.sg2'));
    symlinkSync(path('line', '31.sg2'), path('alias.csv'));
    for (const out of ['line/31.sg2', './line/../line/31.sg2', 'alias.csv']) {
      const run = await firstbreak(['pick', 'line/31.sg2', '--format', 'csv', '--out', out], { cwd });
      expect(run.code, out).toBe(2);
      expect(run.err).toContain('would be written over the input');
    }
    expect(readFileSync(path('line', '31.sg2')).equals(before)).toBe(true);
  });

  it('leaves an earlier result alone when nothing could be read', async () => {
    writeFileSync(path('kept.csv'), 'earlier');
    expect((await firstbreak(['pick', 'empty.sgy', '--out', 'kept.csv'], { cwd })).code).toBe(1);
    expect(readFileSync(path('kept.csv'), 'utf8')).toBe('earlier');
  });

  it('picks what is left of a damaged file and says what was lost', async () => {
    const { code, out, err } = await firstbreak(['pick', 'cut.sgy'], { cwd });
    expect(code).toBe(0);
    expect(readPicksCsv(out)).toHaveLength(10);
    expect(err).toMatch(/^cut\.sgy: .+$/m);
  });

  it.skipIf(process.platform === 'win32')('ends quietly when the reader of its output goes away', () => {
    const binary = join(import.meta.dirname, '../../edge/cli/firstbreak.ts');
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${binary}" pick --quiet line line line | head -n 1`],
      { cwd },
    );
    expect(stdout.toString()).toMatch(/^file,trace/);
    expect(stderr.toString()).toBe('');
  });
});

describe('score', () => {
  beforeAll(async () => {
    await firstbreak(['pick', 'line', '--out', 'picks.csv', '--quiet'], { cwd });
    const rows = one.onsets.map((time, i) => `31.sg2,${i},${(time! / 1000).toFixed(6)},A`);
    writeFileSync(path('reference.csv'), `file,trace,pick_s,picker\n${rows.join('\n')}\n31.sg2,0,0.5,B\n`);
  });

  it('prints a table, and JSON on request', async () => {
    const text = await firstbreak(['score', 'picks.csv', 'reference.csv'], { cwd });
    expect(text).toMatchObject({
      code: 0,
      err: 'firstbreak: reference.csv holds picks of A, B; the first row of each trace counts (--picker NAME)\n',
    });
    expect(text.out).toMatch(/^31\.sg2 +24 +24/m);
    const { out } = await firstbreak(['score', '--json', 'picks.csv', 'reference.csv'], { cwd });
    const result = JSON.parse(out);
    expect(result.all).toMatchObject({ referencePicks: 24, unpicked: { traces: 0 } });
    expect(result.all.hitRateMs['5']).toBeGreaterThan(0.9);
    expect(result.files[0].matched).toBe('line/31.sg2');
  });

  it('takes another picker by name', async () => {
    const { out } = await firstbreak(['score', '--json', '--picker', 'B', 'picks.csv', 'reference.csv'], { cwd });
    expect(JSON.parse(out).all).toMatchObject({ referencePicks: 1, hitRateMs: { 10: 0 } });
    expect((await firstbreak(['score', '--picker', 'C', 'picks.csv', 'reference.csv'], { cwd })).code).toBe(2);
  });

  it('warns of files that were not picked, and fails on what is no table', async () => {
    writeFileSync(path('other.csv'), 'file,trace,time_ms\n99.sg2,0,10\n');
    const run = await firstbreak(['score', 'picks.csv', 'other.csv'], { cwd });
    expect(run.code).toBe(0);
    expect(run.err).toContain('99.sg2 is not in the picks: its 1 reference picks count as missed');
    writeFileSync(path('nameless.csv'), 'trace,time_ms\n0,10\n');
    const nameless = await firstbreak(['score', 'nameless.csv', 'reference.csv', '--picker', 'A'], { cwd });
    expect(nameless).toMatchObject({
      code: 1,
      out: '',
      err: 'firstbreak: nameless.csv: expected picks with file and trace, found none\n',
    });
    expect((await firstbreak(['score', 'picks.csv', 'line/notes.txt'], { cwd })).code).toBe(1);
    expect((await firstbreak(['score', 'picks.csv', 'gone.csv'], { cwd })).err).toContain(
      'gone.csv: expected a table of picks, found no such file',
    );
  });
});

describe('qc', () => {
  it('judges each shot, with exit code 3 when one fails', async () => {
    const silent = { ...two.shot, ffid: 40, amplitudes: new Float32Array(two.shot.amplitudes.length) };
    writeFileSync(path('silent.sg2'), writeSeg2(silent));
    const run = await firstbreak(['qc', '--json', 'line', 'silent.sg2', 'gone.sgy'], { cwd });
    expect(run.code).toBe(3);
    const entries = JSON.parse(run.out);
    expect(entries.map(({ ffid }: { ffid: number }) => ffid)).toEqual([31, 32, 33, 40]);
    expect(entries[0].verdict).toBe('pass');
    expect(entries[2]).toMatchObject({
      file: 'line/deep/both.sgy',
      verdict: 'warn',
      findings: [{ code: 'dead-traces', severity: 'warn', traces: [27] }],
    });
    expect(entries[3]).toMatchObject({ verdict: 'fail' });
    for (const finding of entries.flatMap(({ findings }: { findings: object[] }) => findings))
      expect(Object.keys(finding).sort()).toEqual([
        'advice',
        'cause',
        'code',
        'severity',
        'threshold',
        'traces',
        'unit',
        'value',
      ]);
  });

  it('names the channels to look at, and counts the verdicts', async () => {
    const { out, err } = await firstbreak(['qc', 'line'], { cwd });
    expect(out).toMatch(/^ {6}warn dead-traces: .* \(limit 2\), channel 4\. Likely /m);
    expect(err).toMatch(/^3 shots: 2 pass, 1 warn, 0 fail$/m);
  });

  it('writes a page that needs nothing else', async () => {
    const run = await firstbreak(['qc', 'line', '--html', 'qc.html', '--quiet'], { cwd });
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/^pass {2}line\/31\.sg2 {2}FFID 31: /m);
    const page = readFileSync(path('qc.html'), 'utf8');
    expect(page.match(/<img src="data:image\/png;base64,/g)).toHaveLength(3);
    expect(page).not.toMatch(/(src|href)="(?!data:|#)/);
    expect(page).toContain('3 shots: 2 pass, 1 warn, 0 fail.');
  });
});

describe('plot', () => {
  it('draws the picks of a table', async () => {
    writeFileSync(path('t.csv'), 'file,trace,sample\n31.sg2,3,400\n');
    const run = await firstbreak(
      ['plot', 'line/31.sg2', '--picks', 't.csv', '--style', 'wiggle', '--width', '600', '--out', 'plot.png'],
      { cwd },
    );
    expect(run.code).toBe(0);
    expect(signature('plot.png')).toBe(PNG);
    expect(readFileSync(path('plot.png')).readUInt32BE(16)).toBe(900);
  });

  it('warns of a table that says nothing of the shot', async () => {
    writeFileSync(path('elsewhere.csv'), 'file,trace,time_ms\n99.sg2,0,10\n');
    const { code, err } = await firstbreak(['plot', 'line/31.sg2', '--picks', 'elsewhere.csv', '--out', 'e.png'], {
      cwd,
    });
    expect(code).toBe(0);
    expect(err).toMatch(/^line\/31\.sg2: elsewhere\.csv holds no picks of FFID 31$/m);
  });

  it('names the pictures of further shots', async () => {
    expect((await firstbreak(['plot', 'line/deep/both.sgy', '--out', 'b.png'], { cwd })).code).toBe(0);
    expect(existsSync(path('b.png')) && existsSync(path('b-ffid33.png'))).toBe(true);
  });
});

describe('convert', () => {
  const info = async (...files: string[]) =>
    JSON.parse((await firstbreak(['info', '--json', '--stats', ...files], { cwd })).out);

  it.each([
    ['c.sgy', 'segy', '1.0', []],
    ['c2.sgy', 'segy', '2.0', ['--revision', '2']],
    ['c.sg2', 'seg2', null, []],
  ])('writes %s', async (out, format, revision, more) => {
    expect((await firstbreak(['convert', 'line/31.sg2', '--out', out, ...more], { cwd })).code).toBe(0);
    const [before, after] = await info('line/31.sg2', out);
    expect(after).toMatchObject({ format, traces: 24, stats: before.stats, head: before.head });
    expect(after.shots[0]).toMatchObject({ ffid: 31, samples: 1600, sampleIntervalMs: 0.25, firstSampleMs: -50 });
    if (revision) expect(after.revision).toBe(revision);
  });

  it('writes several shots as SEG-D, and as one SEG-2 each', async () => {
    expect((await firstbreak(['convert', 'line/deep/both.sgy', '--out', 'c.segd'], { cwd })).code).toBe(0);
    expect(
      (await firstbreak(['convert', 'line/deep/both.sgy', '--out', 'seg2/', '--format', 'seg2'], { cwd })).code,
    ).toBe(0);
    const [segd, ...seg2] = await info('c.segd', 'seg2');
    expect(segd).toMatchObject({ format: 'segd', shots: [{ ffid: 32 }, { ffid: 33 }] });
    expect(seg2.map(({ file }: { file: string }) => file)).toEqual(['seg2/both-ffid32.sg2', 'seg2/both-ffid33.sg2']);
  });

  it('fails with one line where the format cannot hold the shot, and leaves nothing behind', async () => {
    const run = await firstbreak(['convert', 'line/31.sg2', '--out', 'no.segd'], { cwd });
    expect(run.code).toBe(1);
    expect(run.err).toMatch(/^firstbreak: line\/31\.sg2: expected .*SEG-D 2\.1 cannot hold it\n$/);
    expect(readdirSync(cwd).filter((name) => /no\.segd|\.part$/.test(name))).toEqual([]);
  });

  it('puts picks into header words of a copy', async () => {
    writeFileSync(path('few.csv'), 'file,trace,time_ms\nboth.sgy,0,12.5\nboth.sgy,30,-3\n');
    const run = await firstbreak(
      ['convert', 'line/deep/both.sgy', '--picks', 'few.csv', '--at', '233', '--no-pick', '-1', '--out', 'with.sgy'],
      { cwd },
    );
    expect(run).toMatchObject({ code: 0 });
    const before = readFileSync(path('line', 'deep', 'both.sgy'));
    const after = readFileSync(path('with.sgy'));
    const traceBytes = 240 + 4 * two.shot.samples;
    const word = (bytes: Buffer, trace: number) => bytes.readInt32BE(3600 + trace * traceBytes + 232);
    expect([0, 1, 30].map((trace) => word(after, trace))).toEqual([12_500, -1, -3000]);
    for (let trace = 0; trace < 48; trace++) after.writeInt32BE(word(before, trace), 3600 + trace * traceBytes + 232);
    expect(after.equals(before)).toBe(true);
  });

  it('refuses a table without picks of the file', async () => {
    writeFileSync(path('elsewhere.csv'), 'file,trace,time_ms\n99.sg2,0,10\n');
    const args = ['convert', 'line/deep/both.sgy', '--picks', 'elsewhere.csv', '--at', '237', '--out', 'none.sgy'];
    expect(await firstbreak(args, { cwd })).toMatchObject({
      code: 1,
      err: 'firstbreak: elsewhere.csv: expected picks of line/deep/both.sgy, found none for its traces\n',
    });
  });

  it('refuses to put picks where nothing may be put', async () => {
    await firstbreak(['convert', 'line/deep/both.sgy', '--revision', '2', '--out', 'r2.sgy'], { cwd });
    const run = await firstbreak(['convert', 'r2.sgy', '--picks', 'few.csv', '--at', '233', '--out', 'r2p.sgy'], {
      cwd,
    });
    expect(run.code).not.toBe(0);
    expect(existsSync(path('r2p.sgy'))).toBe(false);
    const missing = await firstbreak(['convert', 'r2.sgy', '--picks', 'few.csv', '--out', 'r2p.sgy'], { cwd });
    expect(missing).toMatchObject({ code: 2 });
    expect(missing.err).toContain('--at: expected the first byte');
  });
});

describe('demo', () => {
  it('makes shots of three formats, pictures, picks and a score, and a line beside the station', async () => {
    const { code, out } = await firstbreak(['demo', '--out', 'demo'], { cwd });
    expect(code).toBe(0);
    expect(readdirSync(path('demo')).sort()).toEqual([
      '.station',
      '1001.png',
      '1001.sg2',
      '1002.png',
      '1003.png',
      '1004.png',
      '1004.segd',
      'line',
      'line.sgy',
      'picks.csv',
      'picks.sgt',
      'true-times.csv',
    ]);
    const formats = JSON.parse((await firstbreak(['info', '--json', 'demo'], { cwd })).out).map(
      ({ format }: { format: string }) => format,
    );
    expect(formats).toEqual(['seg2', 'segd', ...Array(4).fill('seg2'), 'segy']);
    expect(out.match(/^(pass|warn|fail) .*2\d{3}\.sg2 /gm)).toHaveLength(4);
    expect(out).toMatch(/^demo[\\/]1004\.segd +1004 +48 +\d+ +warn +1 of 48 traces recorded nothing/m);
    const { out: scored } = await firstbreak(['score', '--json', 'demo/picks.csv', 'demo/true-times.csv'], { cwd });
    const { all } = JSON.parse(scored);
    expect(all.referencePicks).toBe(191);
    expect(all.hitRateMs['3']).toBeGreaterThan(0.9);
  });
});
