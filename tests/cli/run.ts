/** Runs the command line as a user does, in a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BINARY = resolve(import.meta.dirname, '../../edge/cli/firstbreak.ts');

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function firstbreak(
  args: readonly string[],
  { cwd = '.', binary = BINARY }: { cwd?: string; binary?: string } = {},
): Promise<Run> {
  return new Promise((resolveRun, reject) => {
    const child = spawn(process.execPath, [binary, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolveRun({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    );
  });
}

/** A new folder, and how to take it away again. */
export function scratch(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'firstbreak-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
