/**
 * The small object beside an input that says what came of it: where its results are, or why there are none. It follows the
 * input: of two versions the one that is there now is told, whatever the order in which they were worked on.
 */
import { getJson, type ObjectStore, putJson } from '#shared/object-store.ts';
import type { Result } from './merge.ts';
import { pointerKey } from './result-keys.ts';

export type Pointer = {
  readonly schema: 'firstbreak.pointer/1';
  readonly key: string;
  readonly etag: string;
} & (
  | {
      readonly state: 'picked';
      readonly result: string;
      readonly model: Result['model'];
      readonly shots: number;
      readonly traces: number;
      readonly picked: number;
      readonly verdicts: Result['verdicts'];
      readonly failed: Result['failed'];
      readonly files: Result['files'];
    }
  | { readonly state: 'failed'; readonly error: { readonly code: string; readonly message: string } }
);

/** @returns false when the input is no longer what was worked on: somebody else tells of what is there now */
export async function tell(store: ObjectStore, pointer: Pointer): Promise<boolean> {
  const at = pointerKey(pointer.key);
  for (;;) {
    const before = await getJson<Pointer>(store, at);
    if ((await store.head(pointer.key))?.etag !== pointer.etag) return false;
    const same = before && JSON.stringify(before.value) === JSON.stringify(pointer);
    if (same) return true;
    const { written } = await putJson(store, at, pointer, before ? { matches: before.etag } : 'absent');
    if (written) return true;
  }
}

export const pickedPointer = ({
  id,
  input,
  model,
  shots,
  traces,
  picked,
  verdicts,
  failed,
  files,
}: Result): Pointer => ({
  schema: 'firstbreak.pointer/1',
  key: input.key,
  etag: input.etag,
  state: 'picked',
  result: id,
  model,
  shots,
  traces,
  picked,
  verdicts,
  failed,
  files,
});

export const failedPointer = (
  { key, etag }: { readonly key: string; readonly etag: string },
  { code, message }: { readonly code: string; readonly message: string },
): Pointer => ({ schema: 'firstbreak.pointer/1', key, etag, state: 'failed', error: { code, message } });

/** What is known of an input as it is now; undefined where it was not worked on, or another version was. */
export async function pointerOf(
  store: ObjectStore,
  { key, etag }: { readonly key: string; readonly etag: string },
): Promise<Pointer | undefined> {
  const found = await getJson<Pointer>(store, pointerKey(key));
  return found?.value.etag === etag ? found.value : undefined;
}
