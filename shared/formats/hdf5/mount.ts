/**
 * Lets the HDF5 library, which reads files by name, read a byte source: a file system of one file is mounted in its
 * WebAssembly world (Emscripten's FS), whose reads go to the source. So only what is asked for is ever loaded.
 */
import { RecordError } from '../../errors.ts';
import { type ByteSource, exactly, memorySource } from '../../source.ts';

export type H5 = typeof import('h5wasm');
export type H5File = InstanceType<H5['File']>;

/** A source that can only be awaited has to be loaded whole. */
const MAX_LOADED = 1024 ** 3;

export type SyncSource = ByteSource & Required<Pick<ByteSource, 'readSync'>>;

/** @throws RecordError `too-large` */
export async function synchronous(source: ByteSource): Promise<SyncSource> {
  if (source.readSync) return source as SyncSource;
  if (source.size > MAX_LOADED)
    throw new RecordError(
      'too-large',
      source.name,
      `expected an HDF5 file of at most ${MAX_LOADED} bytes where it cannot be read in place, found ${source.size}; use the command line`,
    );
  return memorySource(source.name, await exactly(source, 0, source.size, 'HDF5')) as SyncSource;
}

/** The part of Emscripten's file system that is used here. */
interface Emscripten {
  mkdir(path: string): void;
  rmdir(path: string): void;
  mount(type: FileSystem, options: object, path: string): void;
  unmount(path: string): void;
  createNode(parent: FsNode | null, name: string, mode: number, device: number): FsNode;
  open(path: string, flags: string): object;
  close(stream: object): void;
  readonly streams: readonly (object | null)[];
  readonly ErrnoError: new (code: number) => Error;
}

interface FsNode {
  id: number;
  mode: number;
  node_ops: object;
  stream_ops: object;
}

interface Stream {
  position: number;
}

interface FileSystem {
  mount(): FsNode;
}

let mounts = 0;

/** Mounts the source and opens it; `close` takes both back. @throws RecordError `malformed` */
export async function openHdf5(source: SyncSource): Promise<{ readonly file: H5File; close(): void }> {
  const h5: H5 = await import('h5wasm');
  await h5.ready;
  const fs = h5.FS as unknown as Emscripten;
  keepQuiet(fs);
  const path = `/firstbreak-${mounts++}`;
  fs.mkdir(path);
  fs.mount(fileSystemOf(source, fs), {}, path);
  const release = () => {
    fs.unmount(path);
    fs.rmdir(path);
  };
  try {
    const file = new h5.File(`${path}/${FILE}`, 'r');
    return {
      file,
      close: () => {
        file.close();
        release();
      },
    };
  } catch (cause) {
    release();
    throw new RecordError('malformed', source.name, `expected a whole HDF5 file, found ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/** One line of an error that comes from compiled code, where anything may be thrown. */
export const reasonOf = (cause: unknown): string =>
  String((cause as Error | undefined)?.message ?? cause).split('\n')[0] || 'an error of the HDF5 library';

let quiet = false;

/** The library prints its call stack to stderr on each error, before it throws; the error says enough. */
function keepQuiet(fs: Emscripten): void {
  if (quiet) return;
  quiet = true;
  const stderr = fs.streams[2];
  if (stderr) fs.close(stderr);
  fs.open('/dev/null', 'w'); // takes the lowest free descriptor, which is that of stderr
}

const FILE = 'file.h5';
const DIRECTORY_MODE = 0o040555;
const FILE_MODE = 0o100444;
const ENOENT = 44;
const EINVAL = 28;

function fileSystemOf(source: SyncSource, fs: Emscripten): FileSystem {
  const epoch = new Date(0);
  const attributes = (node: FsNode, size: number) => ({
    dev: 1,
    ino: node.id,
    mode: node.mode,
    nlink: 1,
    uid: 0,
    gid: 0,
    rdev: 0,
    size,
    atime: epoch,
    mtime: epoch,
    ctime: epoch,
    blksize: 4096,
    blocks: Math.ceil(size / 4096),
  });
  const file = {
    node_ops: { getattr: (node: FsNode) => attributes(node, source.size) },
    stream_ops: {
      llseek(stream: Stream, offset: number, whence: number): number {
        const position = whence === 0 ? offset : whence === 1 ? stream.position + offset : source.size + offset;
        if (position < 0) throw new fs.ErrnoError(EINVAL);
        return position;
      },
      read(_: Stream, heap: Int8Array, at: number, length: number, position: number): number {
        const wanted = Math.max(0, Math.min(length, source.size - position));
        return wanted === 0 ? 0 : source.readSync(position, new Uint8Array(heap.buffer, heap.byteOffset + at, wanted));
      },
    },
  };
  const directory = {
    node_ops: {
      getattr: (node: FsNode) => attributes(node, 4096),
      lookup() {
        throw new fs.ErrnoError(ENOENT);
      },
    },
    stream_ops: {},
  };
  return {
    mount() {
      const root = Object.assign(fs.createNode(null, '/', DIRECTORY_MODE, 0), directory);
      Object.assign(fs.createNode(root, FILE, FILE_MODE, 0), file);
      return root;
    },
  };
}
