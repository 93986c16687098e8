/** `firstbreak serve` in a process of its own, over a folder that goes away with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROGRAM = resolve(import.meta.dirname, '../../functions/serve.ts');

export interface StartedServer {
  readonly url: string;
  readonly child: ChildProcess;
  /** Folder of the store. */
  readonly store: string;
  /** From the start of the process to its address. */
  readonly startedMs: number;
  /** MiB that the process has in memory now; undefined where the system does not say. */
  memory(): number | undefined;
  stop(): Promise<void>;
}

export async function startProgram(...args: string[]): Promise<StartedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-serve-'));
  const from = performance.now();
  const all = [PROGRAM, '--port', '0', '--store', join(folder, 'store'), ...args];
  // As `firstbreak serve` starts it.
  const given = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };
  const env = { ...given, ...process.env };
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  const url = await new Promise<string>((done, reject) => {
    child.stdout.once('data', (line) => done(`${line}`.trim()));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
  return {
    url,
    child,
    store: join(folder, 'store'),
    startedMs: performance.now() - from,
    memory() {
      try {
        const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
        return match ? Number(match[1]) / 1024 : undefined;
      } catch {
        return undefined;
      }
    },
    async stop() {
      if (child.exitCode === null) {
        const ended = new Promise((done) => child.once('exit', done));
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
