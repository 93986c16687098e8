/** Where results go: stdout with back-pressure, or files that appear whole or not at all and never replace an input. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from './command.ts';

/** Text to stdout; waits while the reader is slower. */
export async function print(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

/** Text to stderr: progress, warnings, errors. */
export const complain = (text: string): void => {
  process.stderr.write(text);
};

/** `firstbreak … | head` ends quietly. */
export function closedPipeIsNoError(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
}

const unfinished = new Set<string>();

/** Temporary files go when the process ends early. */
export function removeUnfinished(): void {
  process.on('exit', () => {
    for (const path of unfinished) rmSync(path, { force: true });
  });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.on(signal, () => process.exit(code));
}

export interface Sink {
  write(chunk: string | Uint8Array): Promise<void>;
  /** The file takes its name now. */
  commit(): Promise<void>;
}

export const stdoutSink: Sink = { write: print, commit: async () => {} };

/** A file written beside its place and renamed into it by `commit`; folders on the way are made. */
export function fileSink(path: string): Sink {
  let fd: number | undefined;
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  const begin = (): number => {
    mkdirSync(dirname(path), { recursive: true });
    unfinished.add(temporary);
    return openSync(temporary, 'w');
  };
  return {
    async write(chunk) {
      fd ??= begin();
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    },
    async commit() {
      closeSync((fd ??= begin()));
      renameSync(temporary, path);
      unfinished.delete(temporary);
    },
  };
}

export async function writeFile(path: string, bytes: string | Uint8Array): Promise<void> {
  const sink = fileSink(path);
  await sink.write(bytes);
  await sink.commit();
}

/** @throws UsageError when `path` is one of the files that are read, by whatever name */
export function refuseInputs(path: string, inputs: readonly string[]): void {
  const identity = (file: string) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat && `${stat.dev}:${stat.ino}`;
  };
  const target = identity(path);
  if (target === undefined) return;
  const input = inputs.find((file) => identity(file) === target);
  if (input !== undefined)
    throw new UsageError(`${path} would be written over the input ${input}; choose another name`);
}

/** An existing directory, or a path that ends like one. */
export const isDirectoryPath = (path: string): boolean =>
  /[\\/]$/.test(path) || (existsSync(path) && statSync(path).isDirectory());

/** Gives each file its own name: the wished one, else with the folder before it, else with a number behind it. */
export function distinctNames(): (path: string, suffix: string) => string {
  const taken = new Set<string>();
  return (path, suffix) => {
    const stem = basename(path).replace(/\.[^.]*$/, '') || basename(path);
    const folder = basename(dirname(path));
    const wishes = [stem, ...(folder && folder !== '.' && folder !== '..' ? [`${folder}-${stem}`] : [])];
    for (let i = 2; ; i++) {
      const free = wishes.map((wish) => `${wish}${suffix}`).find((name) => !taken.has(name.toLowerCase()));
      if (free !== undefined) {
        taken.add(free.toLowerCase());
        return free;
      }
      wishes.splice(0, wishes.length, `${stem}-${i}`);
    }
  };
}
