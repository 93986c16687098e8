/**
 * A release: the files of a model folder by their digests, and under which licences the data may be used that the model learnt
 * from. Its own digest names it, so that nothing of it can change; what is not fit to be published does not become one.
 */
import { isRecordError } from '../errors.ts';
import { readGolden } from './golden.ts';
import { checkArtefact, type Manifest, readManifest, sha256 } from './manifest.ts';

export const RELEASE_SCHEMA = 'firstbreak.release/1';
/** Of `firstbreak train evaluate`, by which a release is held against another one. */
export const REPORT_FILE = 'accuracy.json';

export interface ReleaseFile {
  readonly file: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface DataLicence {
  /** Name of a site, as the manifest has it. */
  readonly data: string;
  readonly licence: string;
}

export interface Release {
  readonly schema: typeof RELEASE_SCHEMA;
  /** The model's. */
  readonly name: string;
  /** In the order of their names. */
  readonly files: readonly ReleaseFile[];
  readonly licences: readonly DataLicence[];
}

export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/** `refused`: not fit to be published; `unsigned`: by nobody who is trusted; `lost-race`: somebody else moved the alias first. */
export type RegistryErrorCode =
  | 'refused'
  | 'unknown'
  | 'unsigned'
  | 'tampered'
  | 'malformed'
  | 'lost-race'
  | 'nothing-before';

export class RegistryError extends Error {
  readonly _tag = 'RegistryError';
  override readonly name = 'RegistryError';
  readonly code: RegistryErrorCode;

  /** `what` says in one line what was expected and what was found. */
  constructor(code: RegistryErrorCode, where: string, what: string, options?: { cause?: unknown }) {
    super(`${where}: ${what}`, options);
    this.code = code;
  }
}

/** True for a `RegistryError`, of the given code where one is named. */
export const isRegistryError = (error: unknown, code?: RegistryErrorCode): error is RegistryError =>
  error instanceof RegistryError && (code === undefined || error.code === code);

export const isDigest = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);

/** Files of a model folder that belong to a release; the others of a folder stay where they are. */
export const filesOf = ({ artefacts }: Manifest): readonly string[] => [
  'manifest.json',
  'golden.json',
  ...artefacts.map(({ file }) => file),
];
/** The weights as they were in training, by which another training begins; stations do without. */
export const CHECKPOINT_FILE = 'last.safetensors';
/** Taken along where they are there. */
export const EXTRA_FILES = ['CARD.md', REPORT_FILE, CHECKPOINT_FILE] as const;

/** Field data that the weights or the confidence of a model were fitted to. */
export const dataOf = ({ training, calibratedOn }: Manifest): readonly string[] =>
  [...new Set([...training.sites, ...calibratedOn])].sort();

/**
 * @param licences of data, by name; those the model has not seen are left out
 * @throws RegistryError `refused`, saying what is missing
 */
export async function releaseOf(
  files: ModelFiles,
  licences: ReadonlyMap<string, string>,
  where: string,
): Promise<Release> {
  const refuse = (what: string): never => {
    throw new RegistryError('refused', where, what);
  };
  const manifest = manifestOf(files, where);
  if (manifest.metrics.length === 0) refuse('expected metrics in manifest.json, found none');
  const golden = files.get('golden.json') ?? refuse('expected golden.json, found none');
  try {
    readGolden(new TextDecoder().decode(golden), `${where}/golden.json`);
    for (const artefact of manifest.artefacts)
      await checkArtefact(files.get(artefact.file) ?? refuse(`expected ${artefact.file}, found none`), artefact);
  } catch (cause) {
    if (isRecordError(cause)) throw new RegistryError('refused', where, cause.message, { cause });
    throw cause;
  }
  const data = dataOf(manifest);
  const bare = data.filter((name) => !licences.get(name)?.trim());
  if (bare.length > 0) refuse(`expected a licence of each of its data, found none of ${bare.join(', ')}`);
  const names = [...filesOf(manifest), ...EXTRA_FILES.filter((file) => files.has(file))].sort();
  return {
    schema: RELEASE_SCHEMA,
    name: manifest.name,
    files: await Promise.all(
      names.map(async (file): Promise<ReleaseFile> => {
        const bytes = files.get(file)!;
        return { file, bytes: bytes.length, sha256: await sha256(bytes) };
      }),
    ),
    licences: data.map((name) => ({ data: name, licence: licences.get(name)!.trim() })),
  };
}

/** The manifest among the files. @throws RegistryError `refused` */
export function manifestOf(files: ModelFiles, where: string): Manifest {
  const bytes = files.get('manifest.json');
  if (!bytes) throw new RegistryError('refused', where, 'expected manifest.json, found none');
  try {
    return readManifest(new TextDecoder().decode(bytes), `${where}/manifest.json`);
  } catch (cause) {
    throw new RegistryError('refused', where, (cause as Error).message, { cause });
  }
}

/** The same release is the same bytes. */
export const bytesOfRelease = ({ schema, name, files, licences }: Release): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify({ schema, name, files, licences })}\n`);

/** @throws RegistryError `malformed` */
export function readRelease(bytes: Uint8Array, where: string): Release {
  let found: Partial<Release> | null = null;
  try {
    found = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // said below
  }
  const wrong = (expected: string): never => {
    throw new RegistryError('malformed', where, `expected ${expected}, found something else`);
  };
  if (found?.schema !== RELEASE_SCHEMA) wrong(`a release of schema ${RELEASE_SCHEMA}`);
  const { name, files, licences } = found as Partial<Release>;
  // A file name is also a path where the release is unpacked.
  const isName = (text: unknown) => typeof text === 'string' && /^\w[\w.-]*$/.test(text);
  if (!isName(name)) wrong('a name of letters, digits, - and .');
  if (
    !Array.isArray(files) ||
    files.length === 0 ||
    !files.every((each) => isName(each?.file) && Number.isSafeInteger(each.bytes) && isDigest(each.sha256)) ||
    new Set(files.map(({ file }) => file)).size !== files.length
  )
    wrong('files with bytes and sha256, each once');
  if (!Array.isArray(licences) || !licences.every((each) => each?.data && each.licence)) wrong('licences of data');
  return found as Release;
}
