/**
 * `npm run bundle:lambda -- --layer arm64|x64`: ONNX Runtime's native library as a layer of Lambda, functions/dist/onnx-node-….zip, for
 * functions with FIRSTBREAK_RUNTIME=onnx-node. Its package is an option that is not installed by default:
 * `ONNXRUNTIME_NODE_INSTALL=skip npm install --no-save onnxruntime-node`, whose archive has the libraries of all platforms.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Zippable, zipSync } from 'fflate';

export const ARCHITECTURES = ['arm64', 'x64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

export const LAYERS = fileURLToPath(new URL('./dist', import.meta.url));

export interface LayerOptions {
  readonly architecture: Architecture;
  /** Any file of the installation that has the package. @default this one */
  readonly from?: string;
  /** Folder of the archive. @default functions/dist */
  readonly to?: string;
}

/** @returns path and sizes of the archive. @throws Error in one line when the package, or its library for Linux, is not there */
export function onnxLayer({ architecture, from = import.meta.url, to = LAYERS }: LayerOptions) {
  const require = createRequire(from);
  const folderOf = (name: string) => {
    try {
      return dirname(require.resolve(`${name}/package.json`));
    } catch {
      throw new Error(`expected ${name} to be installed (ONNXRUNTIME_NODE_INSTALL=skip), found it missing`);
    }
  };
  const native = folderOf('onnxruntime-node');
  const libraries = filesIn(join(native, 'bin')).filter((path) => path.includes(join('linux', architecture)));
  // Those of NVIDIA's processors are downloaded where somebody asks for them; Lambda has none.
  const needed = libraries.filter((path) => !/cuda|tensorrt/i.test(path));
  if (needed.length === 0) throw new Error(`expected a library for linux/${architecture} in ${native}, found none`);
  const zip: Zippable = {};
  const put = (name: string, folder: string, paths: readonly string[]) => {
    for (const path of [join(folder, 'package.json'), ...paths])
      zip[`nodejs/node_modules/${name}/${relative(folder, path).replaceAll('\\', '/')}`] = new Uint8Array(
        readFileSync(path),
      );
  };
  const code = (folder: string) => filesIn(join(folder, 'dist')).filter((path) => /\.c?js$/.test(path));
  put('onnxruntime-node', native, [...code(native), ...needed]);
  // Its main file is dist/cjs/index.js; the package hides its own description from those who ask for it by name.
  const common = join(dirname(createRequire(join(native, 'package.json')).resolve('onnxruntime-common')), '../..');
  put('onnxruntime-common', common, [...code(common), join(common, 'dist/cjs/package.json')]);
  const bytes = zipSync(zip, { level: 6, mtime: new Date(1980, 0, 1) });
  const path = join(to, `onnx-node-${architecture}.zip`);
  mkdirSync(to, { recursive: true });
  writeFileSync(path, bytes);
  const unzipped = Object.values(zip).reduce((sum, file) => sum + (file as Uint8Array).length, 0);
  return { path, zipped: bytes.length, unzipped };
}

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((path) => join(folder, path))
        .filter((path) => statSync(path).isFile())
        .sort()
    : [];
