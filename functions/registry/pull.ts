/**
 * A release brought to this disk: signature and digests checked, its golden scores computed here, and only then put in use. Whatever
 * fails on the way leaves the model that was in use where it is; the one before it is kept to go back to.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isRecordError } from '#shared/errors.ts';
import { CURRENT_FILE, CURRENT_SCHEMA, type Current, type Pulled, readCurrent } from '#shared/model/current.ts';
import { sha256 } from '#shared/model/manifest.ts';
import type { Registry } from '#shared/model/registry.ts';
import { CHECKPOINT_FILE, type ModelFiles, RegistryError, type ReleaseFile } from '#shared/model/release.ts';
import { writeModelFolder } from './folder.ts';
import { type Runs, tryGolden } from './try-model.ts';

export interface PullResult {
  readonly current: Pulled;
  /** false: it was in use already. */
  readonly fresh: boolean;
}

/** @throws RegistryError; the folder is as it was then */
export async function pull(registry: Registry, digest: string, to: string): Promise<PullResult> {
  const { name, files: all } = await registry.release(digest);
  const files = all.filter(({ file }) => file !== CHECKPOINT_FILE);
  // Where it is damaged, nothing is in use, and what is pulled now will be.
  const present = await currentOf(to).catch((error) => {
    if (isRecordError(error, 'malformed')) return undefined;
    throw error;
  });
  const next: Pulled = { release: digest, folder: folderOf(name, digest) };
  const place = join(to, next.folder);
  const isWhole = () => holds(place, files);
  if (present?.current.release === digest && (await isWhole())) return { current: present.current, fresh: false };
  await mkdir(to, { recursive: true });
  await removeUnfinished(to);
  await brought(registry, files, to, next.folder, async (unfinished) => {
    if (await isWhole()) return;
    await rm(place, { recursive: true, force: true });
    await rename(unfinished, place);
  });
  await use(to, next, present);
  return { current: next, fresh: true };
}

const folderOf = (name: string, digest: string) => `${name}-${digest.slice(0, 12)}`;

/** The files of a release alone, its training checkpoint among them, in a folder that is not there yet. @throws RegistryError */
export async function pullAs(registry: Registry, digest: string, folder: string): Promise<void> {
  const { name, files } = await registry.release(digest);
  const to = dirname(resolve(folder));
  await mkdir(to, { recursive: true });
  await brought(registry, files, to, folderOf(name, digest), (unfinished) =>
    rename(unfinished, folder).catch((cause: NodeJS.ErrnoException) => {
      throw new Error(`${folder}: expected a new folder, found ${cause.code === 'ENOTEMPTY' ? 'one' : cause.message}`, {
        cause,
      });
    }),
  );
}

/** What is read of a registry by those who bring a release here. */
type Source = Pick<Registry, 'release' | 'file'>;

/** The files of a release in a folder of their own, brought only where they are not there yet. @returns the folder @throws RegistryError */
export async function pullOnce(registry: Source, digest: string, folder: string, runs?: Runs): Promise<string> {
  const { name, files: all } = await registry.release(digest);
  const files = all.filter(({ file }) => file !== CHECKPOINT_FILE);
  if (await holds(folder, files)) return folder;
  const to = dirname(resolve(folder));
  await mkdir(to, { recursive: true });
  await brought(
    registry,
    files,
    to,
    folderOf(name, digest),
    async (unfinished) => {
      await rm(folder, { recursive: true, force: true });
      await rename(unfinished, folder);
    },
    runs,
  );
  return folder;
}

/** Whether the files lie in the folder, byte for byte. */
async function holds(folder: string, files: readonly ReleaseFile[]): Promise<boolean> {
  for (const { file, sha256: expected } of files)
    if ((await readFile(join(folder, file)).then(sha256, () => '')) !== expected) return false;
  return true;
}

/** Files checked, written and tried in a folder of their own, before `settle` gives it its place. */
async function brought(
  registry: Source,
  files: readonly ReleaseFile[],
  to: string,
  what: string,
  settle: (unfinished: string) => Promise<void>,
  runs?: Runs,
): Promise<void> {
  const unfinished = join(to, `.pull-${randomUUID()}`);
  try {
    const bytes = new Map<string, Uint8Array>();
    for (const each of files) bytes.set(each.file, await registry.file(each));
    await writeModelFolder(unfinished, bytes);
    await tryGolden(await readBack(unfinished, files), what, runs);
    await settle(unfinished);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Back to the model before; once more, and it is this one again. @throws RegistryError `nothing-before` */
export async function usePrevious(to: string): Promise<Pulled> {
  const present = await currentOf(to);
  if (!present?.previous)
    throw new RegistryError('nothing-before', to, 'expected a model that was in use before, found none');
  await use(to, present.previous, present);
  return present.previous;
}

/** undefined: nothing was pulled yet. @throws RecordError `malformed` */
export async function currentOf(to: string): Promise<Current | undefined> {
  const path = join(to, CURRENT_FILE);
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw cause;
  });
  return text === undefined ? undefined : readCurrent(text, path);
}

async function readBack(folder: string, files: readonly { readonly file: string }[]): Promise<ModelFiles> {
  const read = new Map<string, Uint8Array>();
  for (const { file } of files) read.set(file, new Uint8Array(await readFile(join(folder, file))));
  return read;
}

async function use(to: string, current: Pulled, before: Current | undefined): Promise<void> {
  const previous = before && before.current.release !== current.release ? before.current : before?.previous;
  const text = `${JSON.stringify({ schema: CURRENT_SCHEMA, current, ...(previous && { previous }) } satisfies Current)}\n`;
  const unfinished = join(to, `.pull-${randomUUID()}`);
  const handle = await open(unfinished, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, join(to, CURRENT_FILE));
  const stale = before?.previous?.folder;
  if (stale !== undefined && stale !== current.folder && stale !== previous?.folder)
    await rm(join(to, stale), { recursive: true, force: true });
}

/** Of pulls that were cut off. */
async function removeUnfinished(to: string): Promise<void> {
  for (const name of await readdir(to))
    if (name.startsWith('.pull-')) await rm(join(to, name), { recursive: true, force: true });
}
