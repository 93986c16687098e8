/** Memory and time stay bounded on files far larger than memory: sparse files of 10 GB, read in a process whose peak is asked for. */
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { put, type Word } from './segy-bytes.ts';

const SIZE = 10e9;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firstbreak-large-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** IEEE floats, all zero; only the first and the last trace header are filled in. */
function sparse(name: string, samples: number): { path: string; traces: number } {
  const path = join(folder, name);
  const traces = Math.floor((SIZE - 3600) / (240 + 4 * samples));
  const file = openSync(path, 'w');
  ftruncateSync(file, 3600 + traces * (240 + 4 * samples));
  const write = (bytes: number, words: readonly Word[], at: number, base = 0) => {
    const view = new DataView(new ArrayBuffer(bytes));
    put(view, words, 'big', base);
    writeSync(file, new Uint8Array(view.buffer), 0, bytes, at);
  };
  write(
    400,
    [
      [3217, 'u16', 500],
      [3221, 'u16', samples],
      [3225, 'i16', 5],
      [3501, 'u8', 1],
      [3503, 'i16', 1],
    ],
    3200,
    -3200,
  );
  for (const trace of [0, traces - 1])
    write(
      240,
      [
        [9, 'i32', 1 + trace],
        [13, 'i32', 5],
        [115, 'u16', samples],
        [117, 'u16', 500],
      ],
      3600 + trace * (240 + 4 * samples),
    );
  closeSync(file);
  return { path, traces };
}

/** Reads in a child process: what it counted, and the most memory it ever held. */
function readApart(path: string, amplitudes: boolean, mostShots: number) {
  const script = `
    import { openFile } from '#edge/files.ts';
    import { segy } from '#shared/formats/segy/segy.ts';
    const recording = await segy.open(openFile(${JSON.stringify(path)}), {});
    let [shots, traces, ffid] = [0, 0, 0];
    const problems = new Set();
    for await (const shot of recording.shots({ amplitudes: ${amplitudes} })) {
      shots++;
      traces += shot.traces.length;
      ffid = shot.ffid;
      for (const { code } of shot.problems) problems.add(code);
      if (shots === ${mostShots}) break;
    }
    const megabytes = process.resourceUsage().maxRSS / 1024;
    console.log(JSON.stringify({ shots, traces, ffid, problems: [...problems], megabytes }));`;
  const started = performance.now();
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  });
  const found: { shots: number; traces: number; ffid: number; problems: string[]; megabytes: number } =
    JSON.parse(output);
  return { ...found, seconds: (performance.now() - started) / 1000 };
}

describe('a file of 10 GB', () => {
  it('long traces: headers alone are read by seeking', () => {
    const { path, traces } = sparse('long.sgy', 60000);
    const found = readApart(path, false, Number.POSITIVE_INFINITY);
    expect(found).toMatchObject({ traces, ffid: traces });
    expect(found.problems).toContain('shot-in-parts');
    expect(found.megabytes).toBeLessThan(600);
    expect(found.seconds).toBeLessThan(20);
  });

  it('long traces: amplitudes come in parts that fit memory', () => {
    const { path } = sparse('parts.sgy', 60000);
    const found = readApart(path, true, 4);
    expect(found.shots).toBe(4);
    expect(found.problems).toContain('shot-in-parts');
    expect(found.megabytes).toBeLessThan(1000);
  });

  it('short traces: millions of headers do not pile up', () => {
    const { path } = sparse('short.sgy', 100);
    const found = readApart(path, false, 8);
    expect(found.traces).toBeGreaterThan(1e6);
    expect(found.megabytes).toBeLessThan(800);
  });
});
