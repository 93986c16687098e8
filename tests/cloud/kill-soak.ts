/**
 * Files dropped into the inbox while the server is killed again and again: afterwards every file has one result, and none has
 * two. `node tests/cloud/kill-soak.ts [FILES [KILLS]]` runs it large (1,000 and 10).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seg2Shot } from './shots.ts';

const PROGRAM = resolve(import.meta.dirname, '../../functions/serve.ts');

export interface Soak {
  readonly files: number;
  readonly kills: number;
  /** Files with exactly one result that holds their picks. */
  readonly right: number;
  /** Results that belong to no file, or to a file that has another. */
  readonly surplus: number;
  readonly seconds: number;
  /** What went wrong, a line each. */
  readonly wrong: readonly string[];
}

export async function killSoak({
  files,
  kills,
  channels = 12,
  dropMs = 20,
  log = () => {},
}: {
  files: number;
  kills: number;
  channels?: number;
  /** Between two files. */
  dropMs?: number;
  log?: (line: string) => void;
}): Promise<Soak> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-soak-'));
  const inbox = join(folder, 'store', 'inbox');
  const beside = join(folder, 'beside');
  mkdirSync(inbox, { recursive: true });
  mkdirSync(beside);
  const started = performance.now();
  const args = ['--port', '0', '--store', join(folder, 'store'), '--inbox', inbox, '--settle', '0.3', '--workers', '2'];
  const start = (...more: string[]): ChildProcess =>
    spawn(process.execPath, [PROGRAM, ...args, ...more], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = (child: ChildProcess) => new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const name = (i: number) => `shot-${String(i).padStart(4, '0')}.sg2`;
  const shot = seg2Shot(1, channels);
  const drop = async () => {
    for (let i = 0; i < files; i++) {
      // Every file has bytes of its own: an FFID would do, but making shots takes longer than picking them.
      const bytes = Uint8Array.from(shot);
      bytes[bytes.length - 4] = i & 255;
      bytes[bytes.length - 3] = i >> 8;
      if (i % 3 === 0) writeFileSync(join(inbox, name(i)), bytes);
      else {
        writeFileSync(join(beside, name(i)), bytes);
        renameSync(join(beside, name(i)), join(inbox, name(i)));
      }
      await sleep(dropMs);
    }
  };
  const dropped = drop();
  for (let kill = 0; kill < kills; kill++) {
    const child = start();
    // Also while it is starting, which takes about a second, and in the middle of much work.
    const lives = 800 + Math.random() * Math.max(2500, 20 * files);
    await sleep(lives);
    const gone = ended(child);
    child.kill('SIGKILL');
    await gone;
    log(`killed ${kill + 1} of ${kills} after ${Math.round(lives)} ms; ${countResults(folder)} of ${files} picked`);
  }
  await dropped;
  const last = start('--once');
  const code = await ended(last);
  const wrong = code === 0 ? [] : [`the last run ended with ${code}`];
  const { right, surplus } = count(folder, inbox, files, name, channels, wrong);
  rmSync(folder, { recursive: true, force: true });
  return { files, kills, right, surplus, seconds: (performance.now() - started) / 1000, wrong };
}

const resultsOf = (folder: string): string[] => {
  try {
    // What was made of all of them together lies beside them.
    return readdirSync(join(folder, 'store', 'results')).filter((name) => name !== 'surveys');
  } catch {
    return [];
  }
};
const countResults = (folder: string) => resultsOf(folder).length;

function count(
  folder: string,
  inbox: string,
  files: number,
  name: (i: number) => string,
  channels: number,
  wrong: string[],
) {
  const results = new Set(resultsOf(folder));
  let right = 0;
  for (let i = 0; i < files; i++) {
    try {
      const pointer = JSON.parse(readFileSync(join(inbox, `${name(i)}.firstbreak.json`), 'utf8'));
      if (!results.delete(pointer.result)) throw new Error('its result is missing, or another file’s');
      const rows = readFileSync(join(folder, 'store', pointer.files.csv), 'utf8')
        .trim()
        .split('\n');
      if (rows.length !== channels + 1) throw new Error(`${rows.length - 1} picks`);
      if (!rows[1].startsWith(`${name(i)},`)) throw new Error(`picks of ${rows[1].split(',')[0]}`);
      right++;
    } catch (error) {
      wrong.push(`${name(i)}: ${(error as Error).message}`);
    }
  }
  const jobs = readdirSync(join(folder, 'store', '_firstbreak', 'jobs'));
  const states = jobs.map((job) => JSON.parse(readFileSync(join(folder, 'store', '_firstbreak', 'jobs', job), 'utf8')));
  const unfinished = states.filter(({ state }) => state !== 'succeeded').length;
  if (jobs.length !== files) wrong.push(`${jobs.length} jobs`);
  if (unfinished > 0) wrong.push(`${unfinished} jobs that have not succeeded`);
  for (const queue of ['queue', 'dead-letters']) {
    const left = readdirSync(join(folder, 'store', '_firstbreak')).includes(queue)
      ? readdirSync(join(folder, 'store', '_firstbreak', queue)).length
      : 0;
    if (left > 0) wrong.push(`${left} in ${queue}`);
  }
  return { right, surplus: results.size };
}

if (import.meta.main) {
  const [files = 1000, kills = 10] = process.argv.slice(2).map(Number);
  const soak = await killSoak({ files, kills, log: (line) => console.log(line) });
  for (const line of soak.wrong.slice(0, 20)) console.log(line);
  console.log(JSON.stringify({ ...soak, wrong: soak.wrong.length }));
  process.exitCode = soak.right === files && soak.surplus === 0 && soak.wrong.length === 0 ? 0 : 1;
}
