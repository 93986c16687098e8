/** The files a command is to read: those named, and those found in directories. None of them is ever written over. */
import { readdirSync, realpathSync, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRecordError, RecordError } from '#shared/errors.ts';
import { open } from '#shared/formats/open.ts';
import { UsageError } from '#shared/options.ts';
import { openFile } from '../files.ts';
import { look } from './output.ts';

export interface InputFile {
  readonly path: string;
  /** false: found in a directory, so it need not be a shot. */
  readonly named: boolean;
  /** A directory that cannot be looked into; it fails as a file does. */
  readonly unreadable?: RecordError;
}

/** In the order given; a directory's files in natural order (2.dat before 10.dat), hidden ones left out. */
export function inputFiles(paths: readonly string[]): readonly InputFile[] {
  if (paths.length === 0) throw new UsageError('expected at least one file or directory, found none');
  const files = new Map<string, InputFile>();
  const visited = new Set<string>();
  const add = (file: InputFile) => {
    const place = resolve(file.path);
    if (!files.has(place) || file.named) files.set(place, { ...file, path: files.get(place)?.path ?? file.path });
  };
  for (const path of paths) {
    if (isDirectory(path)) for (const file of walk(path, visited)) add(file);
    else add({ path, named: true });
  }
  return [...files.values()];
}

const isDirectory = (path: string) => look(path)?.isDirectory() ?? false;
const natural = new Intl.Collator('en', { numeric: true });

function* walk(directory: string, visited: Set<string>): Generator<InputFile> {
  let names: string[];
  try {
    const real = realpathSync(directory);
    if (visited.has(real)) return;
    visited.add(real);
    names = readdirSync(directory).filter((name) => !name.startsWith('.'));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const found = code === 'EACCES' || code === 'EPERM' ? 'no permission to read it' : message;
    const unreadable = new RecordError('unreadable', directory, `expected a readable directory, found ${found}`, {
      cause,
    });
    yield { path: directory, named: true, unreadable };
    return;
  }
  for (const name of names.sort(natural.compare)) {
    const path = join(directory, name);
    if (isDirectory(path)) yield* walk(path, visited);
    else yield { path, named: false };
  }
}

const identity = ({ dev, ino }: Stats) => `${dev}:${ino}`;
const identities = new WeakMap<readonly InputFile[], ReadonlyMap<string, InputFile>>();

/**
 * What stands in a searched directory without being a shot may be written again: results of an earlier run.
 * @throws UsageError when `path` is one of the files that are read, by whatever name
 */
export async function refuseInputs(path: string, inputs: readonly InputFile[]): Promise<void> {
  const target = look(path);
  if (target === undefined) return;
  let known = identities.get(inputs);
  if (!known) {
    known = new Map(
      inputs.flatMap((file) => {
        const stat = look(file.path);
        return stat ? [[identity(stat), file] as const] : [];
      }),
    );
    identities.set(inputs, known);
  }
  const input = known.get(identity(target));
  if (input && (input.named || (await isShot(input.path))))
    throw new UsageError(`${path} would be written over the input ${input.path}; choose another name`);
}

async function isShot(path: string): Promise<boolean> {
  const source = openFile(path);
  try {
    await open(source);
    return true;
  } catch (error) {
    return !isRecordError(error, 'not-recognised') && !isRecordError(error, 'empty');
  } finally {
    source.close();
  }
}
