/** Files in and out: exports, and shots that are dropped where no station is. */
import { batch } from '@preact/signals';
import { count } from '#shared/qc/line/words.ts';
import type { FileSource } from '../source/files.ts';
import * as state from '../state.ts';
import { say, source, telling } from './session.ts';

export const download = telling(async (name: string) => {
  await source().download(name);
  say(`${name} is being written`);
});

const fromFiles = (): FileSource => source() as FileSource;

let taking: Promise<void> = Promise.resolve();

/** Files wait for those before them. */
export function takeFiles(files: readonly File[]): void {
  if (files.length === 0) return;
  const sorted = [...files].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  taking = taking.then(async () => {
    const { shots, known, failures } = await fromFiles().take(sorted, (progress) => {
      state.working.value = progress;
    });
    const done = `${count(shots, 'shot')} picked${known > 0 ? `, known before: ${count(known, 'file')}` : ''}`;
    if (failures.length === 0) say(done);
    else
      say(
        [
          done,
          failures[0],
          ...(failures.length > 1 ? [`and ${failures.length - 1} more files that could not be read`] : []),
        ].join('; '),
        'problem',
      );
  });
}

export const forgetFiles = telling(async () => {
  if (!confirm('Remove all shots and edits from this browser?')) return;
  await fromFiles().forget();
  batch(() => {
    state.detail.value = undefined;
    state.rows.value = undefined;
    state.chosen.value = undefined;
    state.line.value = undefined;
  });
});
