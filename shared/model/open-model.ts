/**
 * A model folder, opened: its manifest read, its weights held against their digest, a runtime started. The caller brings the
 * door to the files and the runtime, so a disk, a bucket and a browser open a model alike.
 */
import { isRecordError, RecordError } from '../errors.ts';
import { type Artefact, checkArtefact, type Kind, type Manifest, type Precision, readManifest } from './manifest.ts';
import type { Runtime } from './runtime.ts';

/** Folder in `shared/models/` of the model that is used when none is named. */
export const SHIPPED_MODEL = 'picker-1';

export interface OpenedModel {
  readonly manifest: Manifest;
  /** What is being run. */
  readonly artefact: Artefact;
  readonly runtime: Runtime;
}

export interface ModelDoor {
  /** @param path of the file, for messages `folder/file` @throws RecordError `unreadable` */
  read(path: string): Promise<Uint8Array>;
  /** Starts what runs an artefact of its kind. */
  start(model: Uint8Array, artefact: Artefact): Promise<Runtime>;
  /** What it runs. @default 'onnx' */
  readonly kind?: Kind;
}

/**
 * @param precision which of the artefacts of that kind, the first of them by default; nothing else is opened in its place
 * @throws RecordError when the folder does not hold a model that this version can run, or not the files of its manifest
 */
export async function openModel(
  folder: string,
  { read, start, kind = 'onnx' }: ModelDoor,
  { precision }: { readonly precision?: Precision | undefined } = {},
): Promise<OpenedModel> {
  const path = pathIn(folder);
  const manifest = await manifestOf(folder, read);
  const artefact = artefactOf(manifest, kind, precision);
  if (!artefact) {
    const found = manifest.artefacts.map((each) => `${each.kind} ${each.precision}`).join(', ');
    const expected = precision ? `${kind} ${precision}` : kind;
    throw new RecordError('unsupported', path('manifest.json'), `expected ${expected}, found ${found}`);
  }
  const bytes = await read(path(artefact.file));
  await checkArtefact(bytes, artefact, path(artefact.file));
  try {
    return { manifest, artefact, runtime: await start(bytes, artefact) };
  } catch (cause) {
    if (isRecordError(cause)) throw cause;
    const reason = `${(cause as Error)?.message ?? cause}`.trim().split('\n')[0];
    throw new RecordError('unsupported', path(artefact.file), `expected a model that runs, found ${reason}`, { cause });
  }
}

const pathIn = (folder: string) => (file: string) => `${folder.replace(/[\\/]+$/, '')}/${file}`;

/** @throws RecordError */
export async function manifestOf(folder: string, read: ModelDoor['read']): Promise<Manifest> {
  const path = pathIn(folder)('manifest.json');
  return readManifest(new TextDecoder().decode(await read(path)), path);
}

/** The first of a kind, or the one of that precision. */
export const artefactOf = (
  { artefacts }: Manifest,
  kind: Kind,
  precision: Precision | undefined,
): Artefact | undefined =>
  artefacts.find((each) => each.kind === kind && (precision === undefined || each.precision === precision));

/** What runs a model unless somebody says otherwise. */
const USUAL_RUNTIME = 'onnx-web';

/** Word of the `model` column: the name, with the artefact where it is not the first one, and the runtime where it is not the usual one. */
export const wordOf = ({ manifest, artefact, runtime }: OpenedModel): string =>
  [
    manifest.name,
    artefact.sha256 === manifest.artefacts[0].sha256 ? '' : `:${artefact.precision}`,
    runtime.name === USUAL_RUNTIME ? '' : `@${runtime.name}`,
  ].join('');
