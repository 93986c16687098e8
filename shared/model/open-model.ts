/**
 * A model folder, opened: its manifest read, its weights held against their digest, a runtime started. The caller brings the
 * door to the files and the runtime, so a disk, a bucket and a browser open a model alike.
 */
import { isRecordError, RecordError } from '../errors.ts';
import { type Artefact, checkArtefact, type Manifest, readManifest } from './manifest.ts';
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
  /** Starts what runs an ONNX file. */
  start(model: Uint8Array): Promise<Runtime>;
}

/** @throws RecordError when the folder does not hold a model that this version can run, or not the files of its manifest */
export async function openModel(folder: string, { read, start }: ModelDoor): Promise<OpenedModel> {
  const path = (file: string) => `${folder.replace(/[\\/]+$/, '')}/${file}`;
  const manifest = readManifest(new TextDecoder().decode(await read(path('manifest.json'))), path('manifest.json'));
  const [artefact] = manifest.artefacts;
  const bytes = await read(path(artefact.file));
  await checkArtefact(bytes, artefact, path(artefact.file));
  try {
    return { manifest, artefact, runtime: await start(bytes) };
  } catch (cause) {
    if (isRecordError(cause)) throw cause;
    const reason = `${(cause as Error).message}`.split('\n')[0];
    throw new RecordError('unsupported', path(artefact.file), `expected a model that runs, found ${reason}`, { cause });
  }
}
