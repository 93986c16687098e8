/** `firstbreak station` and `firstbreak sync` as they are called: what they say of folders, names and registries. */
import { once as listening } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '#edge/folders.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { shotFile } from './station.ts';

const home = scratch();
const at = (...parts: readonly string[]) => join(home.path, ...parts);
const once = (...words: readonly string[]) =>
  firstbreak(['station', '--once', '--picker', 'classical', '--watch', 'line', ...words], { cwd: home.path });

beforeAll(() => {
  mkdirSync(at('line'));
  writeFileSync(at('line', '1.sg2'), shotFile(1));
  writeFileSync(at('plain'), '');
});
afterAll(home.remove);

describe('a place that is no folder', () => {
  it.each([
    ['plain', 'plain: expected a folder, found a file'],
    ['plain/data', `plain/data: expected a folder, found ${at('plain')}, which is none`],
  ])('is said in one line: %s', async (place, line) => {
    const station = await once('--data', place);
    expect(station).toEqual({ code: 1, out: '', err: `firstbreak: ${line}\n` });
    await once('--data', 'kept');
    expect(await firstbreak(['sync', place, '--data', 'kept'], { cwd: home.path })).toEqual(station);
  });

  it.skipIf(process.platform !== 'linux')('is said of a system folder, which takes none (only on Linux)', async () => {
    const { code, err } = await once('--data', '/proc/firstbreak');
    expect([code, err]).toEqual([
      1,
      'firstbreak: /proc/firstbreak: expected a folder, found none, and none can be made: the system has no place for one there\n',
    ]);
    expect((await once('--data', '/proc')).err).toBe(
      'firstbreak: /proc: expected a folder to keep data in, found that nothing can be written there\n',
    );
  });

  it('is made, with those above it, where there is room', () => {
    makeFolder(at('a', 'b', 'c'));
    makeFolder(at('a', 'b', 'c'));
    writeFileSync(at('a', 'b', 'c', 'file'), '');
    expect(() => makeFolder(at('a', 'b', 'c', 'file', 'd'))).toThrow(/expected a folder, found .*file, which is none$/);
  });
});

describe('names of files', () => {
  it.skipIf(process.platform === 'win32')('with line breaks stay one line (not on Windows)', async () => {
    mkdirSync(at('odd'));
    writeFileSync(at('odd', 'a\nb\u001b[31m.sg2'), shotFile(2));
    writeFileSync(at('odd', 'c\nd.sg2'), shotFile(3).subarray(0, 30));
    const { out, err } = await once('--watch', 'odd', '--data', 'odd-data');
    const lines = out.trim().split('\n').sort();
    expect(lines.map((line) => line.includes('a\\nb\\u001b[31m.sg2') || line.includes('c\\nd.sg2'))).toEqual([
      true,
      false,
      true,
    ]);
    expect(lines[0]).toMatch(/^---- /);
    // Said once, and not again on stderr.
    expect(err).toBe('2 shots, 1 unreadable\n');
  });
});

describe('a data folder inside of what is watched', () => {
  it('is left out, also when files lie there', async () => {
    const shots = (...words: readonly string[]) =>
      firstbreak(['station', '--once', '--picker', 'classical', '--watch', 'day', ...words], { cwd: home.path });
    mkdirSync(at('day', 'station'), { recursive: true });
    writeFileSync(at('day', '8.sg2'), shotFile(8));
    writeFileSync(at('day', 'station', '9.sg2'), shotFile(9));
    expect((await shots('--data', 'day/station')).err).toBe('1 shot, 0 unreadable\n');
    expect((await shots('--data', 'elsewhere')).err).not.toBe('1 shot, 0 unreadable\n');
  });
});

describe('folders that may not be one', () => {
  it.each([
    [['--data', 'line'], '--data line: expected a folder of its own, found one that is watched'],
    [['--data', 'line/.'], '--data line/.: expected a folder of its own, found one that is watched'],
    [['--simulate', 'line'], '--simulate line: expected a folder apart from the watched one, found line'],
    [['--simulate', '.'], '--simulate .: expected a folder apart from the watched one, found line'],
    [['--simulate', 'other'], '--simulate: expected no --once beside it'],
  ] as const)('%j is wrong usage', async (words, line) => {
    mkdirSync(at('other'), { recursive: true });
    writeFileSync(at('other', '5.sg2'), shotFile(5));
    const run = await once(...words);
    expect(run).toEqual({ code: 2, out: '', err: `firstbreak: ${line} (see firstbreak station --help)\n` });
    expect(readdirSync(at('line'))).toEqual(['1.sg2']);
  });

  it('a folder to simulate that is not there ends it before a page is served', async () => {
    const run = await firstbreak(
      ['station', '--watch', 'line', '--simulate', 'nope', '--data', 'unused', '--port', '0'],
      { cwd: home.path },
    );
    expect(run).toEqual({
      code: 1,
      out: '',
      err: 'firstbreak: nope: expected a folder of shots to simulate, found none\n',
    });
  });

  it('a port that is taken ends it', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await listening(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const run = await firstbreak(['station', '--watch', 'line', '--data', 'unused', '--port', String(port)], {
      cwd: home.path,
    });
    taken.close();
    expect(run.code).toBe(1);
    expect(run.err).toContain(String(port));
  });
});

describe('a registry', () => {
  const pull = (registry: string, key: string) =>
    firstbreak(
      ['station', '--once', '--watch', 'line', '--data', `data-${key}`, '--registry', registry, '--trust', key],
      { cwd: home.path },
    );

  it('that is not there is said in one line, and the model there is picks', async () => {
    writeFileSync(at('key.pub.pem'), 'no key');
    for (const [registry, key, why] of [
      ['nowhere', 'nokey.pem', /nokey\.pem/],
      ['nowhere', 'key.pub.pem', /key\.pub\.pem|nowhere/],
    ] as const) {
      const { code, out, err } = await pull(registry, key);
      const [line, ...rest] = err.trim().split('\n');
      expect(line).toMatch(why);
      expect(line).toMatch(/; picking with the model there is$/);
      expect(rest).toEqual(['1 shot, 0 unreadable']);
      expect(out).toContain('1.sg2');
      expect(code).toBe(0);
    }
  });
});
