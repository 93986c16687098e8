/** Where files come in when no station does: dropped anywhere on the page, chosen one by one, or a folder with all that is in it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { isTemporary } from '../../station/temporary-names.ts';
import { forgetFiles, takeFiles } from '../actions/files.ts';
import * as state from '../state.ts';

export function Drop() {
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const listeners = {
      dragover: (event: DragEvent) => {
        event.preventDefault();
        setOver(true);
      },
      dragleave: (event: DragEvent) => {
        if (event.relatedTarget === null) setOver(false);
      },
      drop: (event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer) void droppedFiles(event.dataTransfer).then(takeFiles);
      },
    };
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener as EventListener);
    };
  }, []);
  const chosen = (input: HTMLInputElement) => {
    const all = [...(input.files ?? [])];
    takeFiles(input.webkitdirectory ? all.filter(({ webkitRelativePath }) => isWanted(webkitRelativePath)) : all);
    input.value = '';
  };
  return (
    <section class={`drop ${over ? 'over' : ''}`} aria-label="Files">
      <p>{state.working.value || 'Drop shots here: SEG-Y, SEG-2, SEG-D, SU. They never leave this computer.'}</p>
      <div>
        <button type="button" onClick={() => files.current!.click()}>
          Files
        </button>
        <button type="button" onClick={() => chooseFolder(folder.current!)}>
          Folder
        </button>
        {state.shots.value.length > 0 && (
          <button type="button" onClick={forgetFiles} title="Removes all shots and edits from this browser">
            Clear
          </button>
        )}
      </div>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Shot files"
        onChange={(event) => chosen(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        {...{ webkitdirectory: true }}
        hidden
        aria-label="Folder of shot files"
        onChange={(event) => chosen(event.currentTarget)}
      />
    </section>
  );
}

/** File System Access, where the browser has it; TypeScript's library does not. */
interface FolderAccess {
  showDirectoryPicker?(): Promise<FolderHandle>;
}
interface FolderHandle {
  readonly name: string;
  values(): AsyncIterable<
    | { readonly kind: 'file'; readonly name: string; getFile(): Promise<File> }
    | ({ readonly kind: 'directory' } & FolderHandle)
  >;
}

/** What a folder holds is taken as the station takes it: what is hidden or not finished is passed over. */
const isWanted = (path: string): boolean => !path.split('/').some(isTemporary);

async function chooseFolder(input: HTMLInputElement): Promise<void> {
  const access = globalThis as FolderAccess;
  if (!access.showDirectoryPicker) {
    input.click();
    return;
  }
  const folder = await access.showDirectoryPicker().catch(() => undefined); // closed without a choice
  if (folder) takeFiles(await filesIn(folder));
}

async function filesIn(folder: FolderHandle): Promise<File[]> {
  const files: File[] = [];
  for await (const entry of folder.values())
    if (isWanted(entry.name)) files.push(...(entry.kind === 'file' ? [await entry.getFile()] : await filesIn(entry)));
  return files;
}

async function droppedFiles({ items, files }: DataTransfer): Promise<readonly File[]> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return [...files];
  return (await Promise.all(entries.map(filesOfEntry))).flat();
}

async function filesOfEntry(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside: FileSystemEntry[] = [];
  // A reader gives its entries in parts, and an empty one at the end.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) break;
    inside.push(...part);
  }
  return (await Promise.all(inside.filter(({ name }) => isWanted(name)).map(filesOfEntry))).flat();
}
