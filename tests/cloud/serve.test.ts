/** `firstbreak serve` as a program: options, keys, the inbox, a gentle end, and kill −9. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { firstbreak, scratch } from '../cli/run.ts';
import { killSoak } from './kill-soak.ts';
import { seg2Shot, segyShots } from './shots.ts';

const PROGRAM = resolve(import.meta.dirname, '../../functions/serve.ts');
const BINARY = resolve(import.meta.dirname, '../../edge/cli/firstbreak.ts');
const folder = scratch();
afterAll(() => folder.remove());
const at = (...parts: string[]) => join(folder.path, ...parts);
/** Without the command line before it, which only hands over. */
const serve = (...args: string[]) => firstbreak(args, { cwd: folder.path, binary: PROGRAM });

/** Starts a server and waits for its address. */
function started(...args: string[]): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [PROGRAM, '--port', '0', '--workers', '1', ...args], {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve_, reject) => {
    child.stdout!.once('data', (line) => resolve_({ child, url: `${line}`.trim() }));
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
}
const ended = (child: ChildProcess) => new Promise<number | null>((done) => child.once('exit', done));

describe('the inbox', () => {
  it('picks each file that is complete, once, as firstbreak pick does, and ends with --once', async () => {
    mkdirSync(at('store/inbox/line'), { recursive: true });
    writeFileSync(at('store/inbox/a.sg2'), seg2Shot());
    writeFileSync(at('store/inbox/line/b.sgy'), await segyShots(2));
    writeFileSync(at('store/inbox/c.sg2.part'), seg2Shot());
    writeFileSync(at('store/inbox/d.sg2'), new Uint8Array(0));
    const inbox = ['--store', 'store', '--inbox', 'store/inbox', '--settle', '0.2', '--port', '0', '--workers', '1'];
    const first = await firstbreak(['serve', ...inbox, '--once'], { cwd: folder.path });
    expect(first.code, first.err).toBe(0);
    const pointerOf = (name: string) => JSON.parse(readFileSync(at('store/inbox', `${name}.firstbreak.json`), 'utf8'));
    for (const [name, short] of [
      ['a.sg2', 'a.sg2'],
      ['line/b.sgy', 'b.sgy'],
    ]) {
      const { out } = await firstbreak(['pick', short, '--quiet'], { cwd: at('store/inbox', name, '..') });
      expect(readFileSync(at('store', pointerOf(name).files.csv), 'utf8')).toBe(out);
    }
    expect(pointerOf('d.sg2')).toMatchObject({ state: 'failed', error: { code: 'empty' } });
    expect(existsSync(at('store/inbox/c.sg2.part.firstbreak.json'))).toBe(false);
    const before = readFileSync(at('store/inbox/a.sg2.firstbreak.json'), 'utf8');
    expect((await serve(...inbox, '--once')).code).toBe(0);
    expect(readFileSync(at('store/inbox/a.sg2.firstbreak.json'), 'utf8')).toBe(before);
  }, 60_000);

  it('outside the store brings the files into it', async () => {
    mkdirSync(at('drop'));
    writeFileSync(at('drop/a.sg2'), seg2Shot());
    const args = [
      '--store',
      'another',
      '--inbox',
      'drop',
      '--settle',
      '0.2',
      '--port',
      '0',
      '--workers',
      '1',
      '--once',
    ];
    const { code, err } = await serve(...args);
    expect(code, err).toBe(0);
    expect(JSON.parse(readFileSync(at('another/inbox/a.sg2.firstbreak.json'), 'utf8'))).toMatchObject({
      state: 'picked',
    });
    expect(existsSync(at('drop/a.sg2.firstbreak.json'))).toBe(false);
  });

  it('is made where there is none yet, which is said', async () => {
    const { child } = await started('--store', 'new', '--inbox', 'new-inbox');
    let said = '';
    child.stderr!.on('data', (chunk) => {
      said += chunk;
    });
    const silent = new Promise((done) => child.once('close', done));
    child.kill('SIGTERM');
    await silent;
    expect(said).toContain('firstbreak: --inbox new-inbox: no such folder yet; it is made\n');
    expect(existsSync(at('new-inbox'))).toBe(true);
  });

  it('gives every file one result though the server is killed again and again', async () => {
    const soak = await killSoak({ files: 60, kills: 3 });
    expect(soak.wrong).toEqual([]);
    expect([soak.right, soak.surplus]).toEqual([60, 0]);
  }, 180_000);
});

describe('the server', () => {
  it('ends gently: what is under way is finished or done after the next start', async () => {
    const { child, url } = await started('--store', 'gentle');
    const bytes = seg2Shot();
    const uploaded = async () => {
      const headers = { 'content-type': 'application/json' };
      const post = (path: string, body: object) =>
        fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      const upload = await (await post('/v1/uploads', { name: 'a.sg2', size: bytes.length })).json();
      const { headers: answer } = await fetch(upload.parts[0].url, { method: 'PUT', body: bytes });
      await post(`/v1/uploads/${upload.id}/complete`, { parts: [{ part: 1, etag: answer.get('etag') }] });
      return (await (await post('/v1/jobs', { input: { upload: upload.id } })).json()).links.self as string;
    };
    const jobs = await Promise.all([uploaded(), uploaded(), uploaded()]);
    const end = ended(child);
    child.kill('SIGTERM');
    expect(await end).toBe(0);
    const again = await started('--store', 'gentle');
    for (const job of jobs) {
      let state = '';
      for (let i = 0; i < 200 && state !== 'succeeded'; i++) {
        state = (await (await fetch(again.url + job)).json()).state;
        await new Promise((resolve_) => setTimeout(resolve_, 50));
      }
      expect(state).toBe('succeeded');
    }
    const last = ended(again.child);
    again.child.kill('SIGINT');
    expect(await last).toBe(0);
  }, 60_000);

  it('ends with the command that started it, though that is killed, and leaves its port', async () => {
    const launched = (port: string) => {
      const args = ['serve', '--store', 'launched', '--port', port, '--workers', '1'];
      const child = spawn(process.execPath, [BINARY, ...args], { cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] });
      return new Promise<{ readonly child: ChildProcess; readonly url: string }>((done, reject) => {
        child.stdout.once('data', (line) => done({ child, url: `${line}`.trim() }));
        child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
      });
    };
    /** Its program ends a moment after the command: it says no more when its output is closed. */
    const killed = async (child: ChildProcess, signal: NodeJS.Signals) => {
      const silent = new Promise((done) => child.once('close', done));
      child.kill(signal);
      await silent;
    };
    const first = await launched('0');
    await killed(first.child, 'SIGKILL');
    const again = await launched(new URL(first.url).port);
    expect(again.url).toBe(first.url);
    await killed(again.child, 'SIGTERM');
    await expect(fetch(first.url)).rejects.toThrow();
  }, 30_000);

  it('takes a model that ships by its name', async () => {
    const { child, url } = await started('--store', 'named', '--model', 'picker-1s');
    const answer = await fetch(`${url}/v1/picks?name=a.sg2`, { method: 'POST', body: seg2Shot() });
    expect([answer.status, (await answer.json()).model.name]).toEqual([200, expect.stringMatching(/^picker-1s\b/)]);
    const end = ended(child);
    child.kill('SIGTERM');
    expect(await end).toBe(0);
  });

  it('has keys that are told once', async () => {
    const added = await serve('keys', 'add', 'crew-7', '--days', '30');
    expect(added.out).toMatch(/^fb_[0-9a-f]{12}_[\w-]{43}\n$/);
    expect((await serve('keys', 'list')).out).toMatch(/^crew-7\t[0-9a-f]{12}\t\d{4}-\d\d-\d\d\t\d{4}-\d\d-\d\d\n$/);
    expect(readFileSync(at('firstbreak-keys.json'), 'utf8')).not.toContain(added.out.trim().slice(16));
    expect((await serve('keys', 'remove', 'crew-7')).code).toBe(0);
    expect((await serve('keys', 'list')).out).toBe('');
  });

  it.each([
    [
      ['--host', '0.0.0.0'],
      2,
      '--host 0.0.0.0: expected --keys FILE or --jwks URL where others can reach the server, found neither',
    ],
    [['--port', 'x'], 2, "--port: expected a whole number from 0 to 65535, found 'x'"],
    [['--runtime', 'abacus'], 2, '--runtime: expected auto, onnx-web, onnx-node, tflite, found'],
    [['--jwks', 'https://x', '--port', '0'], 2, '--jwks: expected --issuer and --audience as well'],
    [['--store', 's3://A', '--port', '0'], 1, 'expected s3://bucket/prefix, found s3://A'],
    [['--model', 'nowhere', '--port', '0'], 1, 'nowhere/manifest.json: expected a file of a model, found no such file'],
    [['--inbox', 'nobody', '--once', '--port', '0'], 1, '--inbox nobody: expected a folder, found none'],
    [['--colour'], 2, "Unknown option '--colour'"],
    [['keys', 'add', 'Big Name'], 1, "expected a name of small letters, digits and -, found 'Big Name'"],
    [['keys', 'forge'], 2, "expected keys add NAME, keys list or keys remove NAME|ID, found 'keys forge'"],
  ] as const)('says in one line what is wrong with %j', async (args, code, words) => {
    const run = await serve(...args);
    expect(run.err).toContain(words);
    expect(run.err.trim().split('\n')).toHaveLength(1);
    expect(run.code).toBe(code);
  });
});
