/**
 * The bundle for Windows as far as it can be held to something without Windows: names that its file systems take, scripts, Node's own
 * signed program, and the same sources, which pick here what the command line picks.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundled, bundleEdge } from '../../edge/bundle.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { shotFile } from './station.ts';

const place = scratch();
const empty = join(place.path, 'empty');
let bundle: Bundled | undefined;
let missing = '';

beforeAll(async () => {
  mkdirSync(empty);
  try {
    bundle = await bundleEdge('win-x64', { out: join(place.path, 'out'), archive: false });
  } catch (error) {
    missing = (error as Error).message;
  }
});
afterAll(() => place.remove());

/** Node for Windows and what draws there come from the registry. */
const made = (skip: (note: string) => never): Bundled => bundle ?? skip(`skipped: ${missing}`);

const pathsIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
    relative(folder, join(entry.parentPath, entry.name)),
  );

/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const FORBIDDEN = /[<>:"\\|?*\u0000-\u001f]|[. ]$/;
/** Of the 260 that Windows takes: the rest is for where a crew unpacks it. */
const LONGEST = 200;

describe('the bundle of win-x64', () => {
  it('has only names that Windows takes', ({ skip }) => {
    const { folder } = made(skip);
    const paths = pathsIn(folder);
    expect(paths.length).toBeGreaterThan(500);
    const names = paths.flatMap((path) => path.split('/'));
    expect(names.filter((name) => RESERVED.test(name) || FORBIDDEN.test(name))).toEqual([]);
    expect(paths.filter((path) => `firstbreak-win-x64/${path}`.length >= LONGEST)).toEqual([]);
    const alike = Map.groupBy(paths, (path) => path.toLowerCase());
    expect([...alike.values()].filter(({ length }) => length > 1)).toEqual([]);
    expect(paths.filter((path) => lstatSync(join(folder, path)).isSymbolicLink())).toEqual([]);
  });

  it('starts by scripts as its command processor reads them', ({ skip }) => {
    const { folder } = made(skip);
    for (const name of ['firstbreak.cmd', 'start-station.cmd']) {
      const text = readFileSync(join(folder, name), 'latin1');
      expect(text).toMatch(/^[\x20-\x7e\r\n]+$/);
      expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      expect(text.endsWith('\r\n')).toBe(true);
    }
    expect(readFileSync(join(folder, 'firstbreak.cmd'), 'latin1')).toBe(
      '@"%~dp0node.exe" "%~dp0app\\edge\\cli\\firstbreak.ts" %*\r\n',
    );
  });

  it('brings the program of Node, with the signature of its maker', ({ skip }) => {
    const bytes = readFileSync(join(made(skip).folder, 'node.exe'));
    // Portable executable: DOS header, `PE`, machine x64, 64-bit optional header with the directory of certificates (PE format, Microsoft).
    expect(bytes.toString('latin1', 0, 2)).toBe('MZ');
    const head = bytes.readUInt32LE(0x3c);
    expect(bytes.toString('latin1', head, head + 4)).toBe('PE\0\0');
    expect(bytes.readUInt16LE(head + 4)).toBe(0x8664);
    const optional = head + 24;
    expect(bytes.readUInt16LE(optional)).toBe(0x20b);
    const [at, size] = [bytes.readUInt32LE(optional + 144), bytes.readUInt32LE(optional + 148)];
    expect(size).toBeGreaterThan(1000);
    expect(at + size).toBeLessThanOrEqual(bytes.length);
    expect(bytes.readUInt16LE(at + 6)).toBe(2); // PKCS #7
    expect(bytes.toString('latin1', at, at + size)).toContain('OpenJS Foundation');
  });

  it('finds everything it imports in its own folder', async ({ skip }) => {
    const { folder, lacks } = made(skip);
    const app = join(folder, 'app');
    const { errors } = await build({
      entryPoints: [
        'edge/cli/firstbreak.ts',
        'edge/station/pick-thread.ts',
        'edge/station/view-thread.ts',
        'functions/models-cli.ts',
      ],
      absWorkingDir: app,
      bundle: true,
      splitting: true,
      write: false,
      format: 'esm',
      platform: 'node',
      outdir: join(place.path, 'nowhere'),
      external: ['onnxruntime-node'],
      logLevel: 'silent',
      loader: { '.wasm': 'file', '.node': 'file' },
    }).catch((error: { errors: readonly { text: string }[] }) => error);
    expect(errors.map(({ text }) => text)).toEqual([]);
    // What draws there is left out where the registry has it not, and that is said.
    const draws = readdirSync(join(app, 'node_modules/@napi-rs')).includes('canvas-win32-x64-msvc');
    expect(lacks === undefined ? draws : lacks).toEqual(
      draws ? true : expect.stringContaining('canvas-win32-x64-msvc'),
    );
  });

  it('picks what the command line picks, and keeps a station, from an empty folder with nothing around it', async ({
    skip,
  }) => {
    const program = join(made(skip).folder, 'app/edge/cli/firstbreak.ts');
    const run = (args: readonly string[]) =>
      execFileSync('/usr/bin/env', ['-i', process.execPath, program, ...args], {
        cwd: empty,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    writeFileSync(join(empty, 'shot.sg2'), shotFile(3, 24));
    const { out } = await firstbreak(['pick', 'shot.sg2', '--quiet'], { cwd: empty });
    expect(run(['pick', 'shot.sg2', '--quiet'])).toBe(out);
    expect(out.split('\n')).toHaveLength(26);
    mkdirSync(join(empty, 'line'));
    writeFileSync(join(empty, 'line', '1.sg2'), shotFile(1));
    expect(run(['station', '--watch', 'line', '--data', 'kept', '--once'])).toMatch(/^pass .*1\.sg2 {2}FFID 1/);
    expect(run(['qc', 'shot.sg2'])).toContain('shot.sg2');
  });
});
