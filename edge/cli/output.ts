/** Where results go: stdout with back-pressure, or files that appear whole or not at all and never replace an input. */
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../folders.ts';

/** Text to stdout; waits while the reader is slower. */
export async function print(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

/** Without line breaks and other control characters, which names of files may hold and a terminal would obey. */
export const oneLine = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Text to stderr: progress, warnings, errors. */
export const complain = (text: string): void => {
  process.stderr.write(text);
};

/** `firstbreak … | head` ends quietly; a full disk behind stdout with one line. */
export function closedPipeIsNoError(): void {
  process.stderr.on('error', () => process.exit(1));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    complain(`firstbreak: ${outputError('stdout', error).message}\n`);
    process.exit(1);
  });
}

/** Results cannot be put where they were wanted: the command ends, however many files are left to read. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left',
  EDQUOT: 'no space left',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a directory',
  ENOTDIR: 'there is a file where a folder should be',
  EEXIST: 'there is a file where a folder should be',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such folder, and none can be made',
};

function outputError(path: string, cause: unknown): OutputError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new OutputError(`cannot write ${path}: ${WHY[code] ?? message}`, { cause });
}

const unfinished = new Set<string>();

/** Temporary files go when the process ends early. */
export function removeUnfinished(): void {
  process.on('exit', () => {
    for (const path of unfinished) rmSync(path, { force: true });
  });
  for (const [signal, code] of [
    ['SIGHUP', 129],
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

let sinks = 0;

/**
 * A file written beside its place and renamed into it by `commit`; folders on the way are made. A link stays one, and what
 * is no file (a device, a pipe) is written to as it is. Errors are `OutputError`s.
 */
export function fileSink(path: string): Sink {
  const direct = isDevice(path);
  let fd: number | undefined;
  let place = path;
  let temporary = '';
  const begin = (): number => {
    if (direct) return openSync(path, 'w');
    makeFolder(dirname(path));
    if (isLink(path)) place = realpathSync(path);
    temporary = join(dirname(place), `.firstbreak-${process.pid}-${++sinks}.part`);
    const opened = openSync(temporary, 'w');
    unfinished.add(temporary);
    return opened;
  };
  const attempt = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      throw outputError(path, error);
    }
  };
  return {
    async write(chunk) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      attempt(() => {
        fd ??= begin();
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      });
    },
    async commit() {
      attempt(() => {
        closeSync((fd ??= begin()));
        if (direct) return;
        renameSync(temporary, place);
        unfinished.delete(temporary);
      });
    },
  };
}

/** undefined where there is nothing, or a file stands in the way of the folder. */
export function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isDevice(path: string): boolean {
  const stat = look(path);
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}

const isLink = (path: string): boolean =>
  existsSync(path) && (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false);

export async function writeFile(path: string, bytes: string | Uint8Array): Promise<void> {
  const sink = fileSink(path);
  await sink.write(bytes);
  await sink.commit();
}

/** An existing directory, or a path that ends like one. */
export const isDirectoryPath = (path: string): boolean => /[\\/]$/.test(path) || (look(path)?.isDirectory() ?? false);

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
