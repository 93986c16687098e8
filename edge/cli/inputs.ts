/** The files a command is to read: those named, and those found in directories. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './command.ts';

export interface InputFile {
  readonly path: string;
  /** false: found in a directory, so it need not be a shot. */
  readonly named: boolean;
}

/** In the order given; a directory's files in natural order (2.dat before 10.dat), hidden ones left out. */
export function inputFiles(paths: readonly string[]): readonly InputFile[] {
  if (paths.length === 0) throw new UsageError('expected at least one file or directory, found none');
  const files = new Map<string, InputFile>();
  const visited = new Set<string>();
  for (const path of paths) {
    if (isDirectory(path))
      for (const file of walk(path, visited)) files.set(file, files.get(file) ?? { path: file, named: false });
    else files.set(path, { path, named: true });
  }
  return [...files.values()];
}

const isDirectory = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
const natural = new Intl.Collator('en', { numeric: true });

function* walk(directory: string, visited: Set<string>): Generator<string> {
  const real = realpathSync(directory);
  if (visited.has(real)) return;
  visited.add(real);
  const names = readdirSync(directory).filter((name) => !name.startsWith('.'));
  for (const name of names.sort(natural.compare)) {
    const path = join(directory, name);
    if (isDirectory(path)) yield* walk(path, visited);
    else yield path;
  }
}
