/**
 * The journal: one line of JSON for everything that happened, on the disk (fsync) before it is believed. It only grows; all that
 * the station knows can be had from it again. A line that a power cut tore off is cut away when the journal is opened.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Journal<T> {
  /** Byte after the last entry. */
  readonly end: number;
  /** Returns `end`. Nothing is left of an entry that the disk has no room for. @throws what the system says */
  append(entry: T): number;
  entries(from: number): Generator<{ readonly entry: T; readonly end: number }>;
  close(): void;
}

const NEWLINE = 0x0a;
const READ_BYTES = 1 << 20;

/** The door to the disk: tests close it. */
export interface Disk {
  write(fd: number, bytes: Uint8Array): number;
  sync(fd: number): void;
}
const DISK: Disk = { write: (fd, bytes) => writeSync(fd, bytes), sync: fsyncSync };

export function openJournal<T>(path: string, disk: Disk = DISK): Journal<T> {
  const fd = openSync(path, 'a+');
  syncFolder(dirname(path));
  let end = wholeLines(fd);
  if (end < fstatSync(fd).size) ftruncateSync(fd, end);
  return {
    get end() {
      return end;
    },
    append(entry) {
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      try {
        for (let at = 0; at < line.length; ) at += disk.write(fd, line.subarray(at));
        disk.sync(fd);
      } catch (error) {
        ftruncateSync(fd, end);
        throw error;
      }
      end += line.length;
      return end;
    },
    *entries(from) {
      for (const { line, after } of linesFrom(fd, from)) {
        const entry = parsed<T>(line);
        if (entry !== undefined) yield { entry, end: after };
      }
    },
    close: () => closeSync(fd),
  };
}

/** Bytes up to the last newline. */
function wholeLines(fd: number): number {
  const { size } = fstatSync(fd);
  const block = Buffer.alloc(READ_BYTES);
  for (let to = size; to > 0; ) {
    const from = Math.max(0, to - READ_BYTES);
    readSync(fd, block, 0, to - from, from);
    const last = block.subarray(0, to - from).lastIndexOf(NEWLINE);
    if (last >= 0) return from + last + 1;
    to = from;
  }
  return 0;
}

function* linesFrom(fd: number, from: number): Generator<{ readonly line: string; readonly after: number }> {
  let rest = Buffer.alloc(0);
  let at = from;
  let start = from;
  for (;;) {
    const block = Buffer.alloc(READ_BYTES);
    const got = readSync(fd, block, 0, READ_BYTES, at);
    if (got === 0) return;
    at += got;
    rest = Buffer.concat([rest, block.subarray(0, got)]);
    let used = 0;
    for (let newline = rest.indexOf(NEWLINE); newline >= 0; newline = rest.indexOf(NEWLINE, used)) {
      const line = rest.toString('utf8', used, newline);
      start += newline + 1 - used;
      used = newline + 1;
      yield { line, after: start };
    }
    rest = rest.subarray(used);
  }
}

/** A line that a bad disk spoilt is passed over: what stands around it is still true. */
function parsed<T>(line: string): T | undefined {
  try {
    return JSON.parse(line) as T;
  } catch {
    return undefined;
  }
}

/** So that a file that was just made is still in its folder after a power cut; not every system lets a folder be synced. */
function syncFolder(path: string): void {
  try {
    const fd = openSync(path, 'r');
    fsyncSync(fd);
    closeSync(fd);
  } catch {
    // Windows, some network shares
  }
}
