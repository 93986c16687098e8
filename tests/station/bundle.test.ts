/** What a crew unpacks: runs from an empty folder, with nothing around it, and picks as the command line does. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundled, bundleEdge } from '../../edge/bundle.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { shotFile } from './station.ts';

const linux = process.platform === 'linux' && process.arch === 'x64';

describe.skipIf(!linux)(`the bundle of linux-x64${linux ? '' : ' (skipped: another platform)'}`, () => {
  const place = scratch();
  const empty = join(place.path, 'empty');
  let bundle: Bundled;
  /** Nothing of this environment: no PATH, no home. */
  const run = (args: readonly string[]) =>
    execFileSync('/usr/bin/env', ['-i', join(bundle.folder, 'firstbreak'), ...args], {
      cwd: empty,
      encoding: 'utf8',
      stdio: 'pipe',
    });

  beforeAll(async () => {
    mkdirSync(empty);
    bundle = await bundleEdge('linux-x64', { out: join(place.path, 'out'), archive: false });
  }, 120_000);
  afterAll(() => place.remove());

  it('picks what the command line picks, and draws it', async () => {
    writeFileSync(join(empty, 'shot.sg2'), shotFile(3, 24));
    const { out } = await firstbreak(['pick', 'shot.sg2', '--quiet'], { cwd: empty });
    expect(run(['pick', 'shot.sg2', '--quiet', '--plot', 'shot.png'])).toBe(out);
    expect(out.split('\n')).toHaveLength(26);
    expect(readFileSync(join(empty, 'shot.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  it('is a field station with its page', async () => {
    mkdirSync(join(empty, 'line'));
    writeFileSync(join(empty, 'line', '1.sg2'), shotFile(1));
    const station = spawn(
      '/usr/bin/env',
      ['-i', join(bundle.folder, 'firstbreak'), 'station', '--watch', 'line', '--data', 'kept', '--port', '0'],
      { cwd: empty },
    );
    try {
      let text = '';
      const url = await new Promise<string>((resolve, reject) => {
        station.stderr.on('data', (chunk) => {
          text += chunk;
          const found = /http:\/\/\S+/.exec(text);
          if (found) resolve(found[0]);
        });
        station.once('exit', () => reject(new Error(text)));
      });
      const page = await fetch(url);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>')]);
      let shots: readonly { readonly ffid: number }[] = [];
      for (let i = 0; i < 200 && shots.length === 0; i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        ({ shots } = (await (await fetch(`${url}api/shots`)).json()) as { shots: typeof shots });
      }
      expect(shots.map(({ ffid }) => ffid)).toEqual([1]);
      const health = (await (await fetch(`${url}api/health`)).json()) as { golden: { holds: boolean } };
      expect(health.golden.holds).toBe(true);
    } finally {
      const gone = new Promise((resolve) => station.once('exit', resolve));
      station.kill();
      await gone;
    }
  });

  it('names the licence of everything in it', () => {
    const text = readFileSync(join(bundle.folder, 'LICENCES.txt'), 'utf8');
    for (const name of ['Node.js', 'onnxruntime-web', 'hono', 'zod', '@napi-rs/canvas', '@tensorflow/tfjs-tflite'])
      expect(text).toContain(`${name} `);
    expect(text).not.toMatch(/ undefined/);
  });
});
