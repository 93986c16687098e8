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
 * @param precision which of the artefacts; nothing else is opened in its place
 * @throws RecordError when the folder does not hold a model that this version can run, or not the files of its manifest
 */
export async function openModel(
  folder: string,
  { read, start, kind = 'onnx' }: ModelDoor,
  { precision = 'fp32' as Precision } = {},
): Promise<OpenedModel> {
  const path = (file: string) => `${folder.replace(/[\\/]+$/, '')}/${file}`;
  const manifest = readManifest(new TextDecoder().decode(await read(path('manifest.json'))), path('manifest.json'));
  const artefact = manifest.artefacts.find((each) => each.kind === kind && each.precision === precision);
  if (!artefact) {
    const found = manifest.artefacts.map((each) => `${each.kind} ${each.precision}`).join(', ');
    throw new RecordError('unsupported', path('manifest.json'), `expected ${kind} ${precision}, found ${found}`);
  }
  const bytes = await read(path(artefact.file));
  await checkArtefact(bytes, artefact, path(artefact.file));
  try {
    return { manifest, artefact, runtime: await start(bytes, artefact) };
  } catch (cause) {
    if (isRecordError(cause)) throw cause;
    const reason = `${(cause as Error).message}`.split('\n')[0];
    throw new RecordError('unsupported', path(artefact.file), `expected a model that runs, found ${reason}`, { cause });
  }
}

/** What runs a model unless somebody says otherwise. */
const USUAL_RUNTIME = 'onnx-web';

/** Word of the `model` column: the name, with the artefact where it is not the first one, and the runtime where it is not the usual one. */
export const wordOf = ({ manifest, artefact, runtime }: OpenedModel): string =>
  [
    manifest.name,
    artefact.sha256 === manifest.artefacts[0].sha256 ? '' : `:${artefact.precision}`,
    runtime.name === USUAL_RUNTIME ? '' : `@${runtime.name}`,
  ].join('');
