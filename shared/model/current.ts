/**
 * A folder of pulled models: each in a folder of its own, and `current.json` saying which one is in use and which one was before.
 * Only this small file changes when a model does, so that at any moment there is one that is whole.
 */
import { RecordError } from '../errors.ts';

export const CURRENT_FILE = 'current.json';
export const CURRENT_SCHEMA = 'firstbreak.current/1';

export interface Pulled {
  /** Digest of the release. */
  readonly release: string;
  /** Beside current.json. */
  readonly folder: string;
}

export interface Current {
  readonly schema: typeof CURRENT_SCHEMA;
  readonly current: Pulled;
  /** Kept, to go back to. */
  readonly previous?: Pulled;
}

const isPulled = (value: Partial<Pulled> | undefined): boolean =>
  /^[0-9a-f]{64}$/.test(`${value?.release}`) && /^\w[\w.-]*$/.test(`${value?.folder}`);

/** @throws RecordError `malformed` */
export function readCurrent(text: string, file: string): Current {
  let found: Partial<Current> | null = null;
  try {
    found = JSON.parse(text);
  } catch {
    // said below
  }
  if (
    found?.schema !== CURRENT_SCHEMA ||
    !isPulled(found.current) ||
    (found.previous !== undefined && !isPulled(found.previous))
  )
    throw new RecordError('malformed', file, `expected schema ${CURRENT_SCHEMA} with a folder, found something else`);
  return found as Current;
}
