/** Tables of picks on disk, of any kind that is read. */
import { readFileSync } from 'node:fs';
import { RecordError } from '#shared/errors.ts';
import { readPickFile } from '#shared/report/pick-file.ts';
import type { ReferencePick } from '#shared/report/reference-pick.ts';

/** @throws RecordError */
export function readPicks(path: string): readonly ReferencePick[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const found = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a directory' : message;
    throw new RecordError('unreadable', path, `expected a table of picks, found ${found}`, { cause });
  }
  return readPickFile(text, path);
}
