/** Files of this machine as byte sources. */
import { closeSync, fstatSync, openSync, read, readSync, statSync } from 'node:fs';
import { RecordError } from '#shared/errors.ts';
import type { ByteSource } from '#shared/source.ts';

/** `mtimeMs`: when it was last written, at the time of opening. */
export interface OpenedFile extends ByteSource {
  readonly mtimeMs: number;
  close(): void;
}

/**
 * Opens a file for reading; `close` it when done. The file is neither locked nor changed.
 * @throws RecordError `unreadable` (missing, a directory, no permission)
 */
export function openFile(path: string): OpenedFile {
  const failed = (cause: unknown): never => {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new RecordError('unreadable', path, `expected a readable file, found ${REASONS[code ?? ''] ?? message}`, {
      cause,
    });
  };
  let fd: number;
  try {
    // Before it is opened, as opening a named pipe would wait for its writer.
    if (statSync(path).isFIFO()) throw Object.assign(new Error('a pipe'), { code: 'ENOTFILE' });
    fd = openSync(path, 'r');
  } catch (cause) {
    return failed(cause);
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    return failed(Object.assign(new Error('not a regular file'), { code: stat.isDirectory() ? 'EISDIR' : 'ENOTFILE' }));
  }
  return {
    name: path,
    size: stat.size,
    mtimeMs: stat.mtimeMs,
    read: (at, into) =>
      new Promise((resolve, reject) => {
        read(fd, into, 0, into.length, at, (cause, count) => {
          if (!cause) return resolve(count);
          try {
            failed(cause);
          } catch (error) {
            reject(error);
          }
        });
      }),
    readSync: (at, into) => {
      try {
        return readSync(fd, into, 0, into.length, at);
      } catch (cause) {
        return failed(cause);
      }
    },
    close: () => closeSync(fd),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a directory',
  ENOTFILE: 'something that is not a regular file',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  EIO: 'an input/output error of the disk',
};
