/** Who is evaluated: the classical pickers, and models under a name, each possibly trained several times from other seeds. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RecordError } from '#shared/errors.ts';
import { readManifest } from '#shared/model/manifest.ts';
import { aicPicker } from '#shared/picking/aic.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { staLtaPicker } from '#shared/picking/sta-lta.ts';
import { textOf } from '../files.ts';
import type { ModelFacts } from './model-picker.ts';
import type { Site } from './sites.ts';

export const CLASSICAL = {
  classical: classicalPicker,
  'sta-lta': staLtaPicker,
  aic: aicPicker,
} as const satisfies Readonly<Record<string, Picker>>;
export type ClassicalName = keyof typeof CLASSICAL;

/** Textbook methods that look at one trace at a time. */
export const SINGLE_TRACE: readonly string[] = ['sta-lta', 'aic'] satisfies readonly ClassicalName[];

export interface Entrant {
  readonly name: string;
  /** Folders of models, one a seed; none: a classical picker. */
  readonly folders: readonly string[];
}

export interface OpenedPicker {
  readonly picker: Picker;
  /** undefined: a classical picker. */
  readonly model: ModelFacts | undefined;
  close(): Promise<void>;
}

const SHIPPED = fileURLToPath(new URL('../../shared/models/', import.meta.url));

/** A folder, or the model that ships under that name. */
export function shippedOr(word: string): string {
  const shipped = join(SHIPPED, word);
  return !existsSync(word) && /^\w[\w.-]*$/.test(word) && existsSync(shipped) ? shipped : word;
}

/** Folder of the model for sites that have none of their own. */
const FOR_ALL = 'all';

/**
 * Where the model for a site lies: `folder` is one, or holds one for each site (the fold that has not seen it) and perhaps one
 * for all others.
 * @param blind whether its calibration must not know the site either
 * @throws RecordError when there is none, or when it has seen the site: what is known by heart says nothing
 */
export function modelFor(folder: string, site: string, { blind }: { readonly blind: boolean }): string {
  const path = [folder, join(folder, site), join(folder, FOR_ALL)].find((one) =>
    existsSync(join(one, 'manifest.json')),
  );
  if (path === undefined)
    throw new RecordError(
      'unreadable',
      folder,
      `expected manifest.json in it, in ${site}/ or in ${FOR_ALL}/, found none of them`,
    );
  const manifest = join(path, 'manifest.json');
  const { training, calibratedOn } = readManifest(textOf(manifest), manifest);
  const seen = training.sites.includes(site)
    ? 'trained'
    : blind && calibratedOn.includes(site)
      ? 'calibrated'
      : undefined;
  if (seen)
    throw new RecordError('unsupported', path, `expected a model that has not seen ${site}, found it ${seen} on it`);
  return path;
}

/** One folder a seed; a classical picker has none. @throws RecordError as `modelFor` */
export const foldersFor = ({ folders }: Entrant, { site }: Site): readonly string[] =>
  folders.map((folder) => modelFor(folder, site, { blind: true }));

/** One picker a seed. @throws RecordError */
export async function openEntrant(entrant: Entrant, site: Site): Promise<readonly OpenedPicker[]> {
  const folders = foldersFor(entrant, site);
  if (folders.length === 0)
    return [{ picker: CLASSICAL[entrant.name as ClassicalName], model: undefined, close: async () => {} }];
  const { openModelPicker } = await import('./model-picker.ts'); // ONNX Runtime takes long to load
  const opened: OpenedPicker[] = [];
  for (const folder of folders) opened.push(await openModelPicker(folder));
  return opened;
}
