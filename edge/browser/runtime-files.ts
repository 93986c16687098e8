/**
 * What runs a model in a browser, as a build puts it beside the page: scripts and WebAssembly of the installed packages under
 * `runtimes/`, fetched when a runtime is started and not before.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Folder of the files, beside the page. */
const FOLDER = 'runtimes';

const TFLITE = '@tensorflow/tfjs-tflite/wasm/tflite_web_api_cc_simd';
const ORT = 'onnxruntime-web/dist';

interface RuntimeFile {
  readonly name: string;
  readonly from: string;
  /** The script is made a module that gives this away. */
  readonly exports?: string;
}

const FILES: readonly RuntimeFile[] = [
  { name: 'tflite.mjs', from: `${TFLITE}.js`, exports: 'tflite_web_api_ModuleFactory' },
  { name: 'tflite.wasm', from: `${TFLITE}.wasm` },
  { name: 'tflite-threads.mjs', from: `${TFLITE}_threaded.js`, exports: 'tflite_web_api_ModuleFactory' },
  { name: 'tflite-threads.js', from: `${TFLITE}_threaded.js` },
  { name: 'tflite-threads.worker.js', from: `${TFLITE}_threaded.worker.js` },
  { name: 'tflite-threads.wasm', from: `${TFLITE}_threaded.wasm` },
  { name: 'onnx.mjs', from: `${ORT}/ort.wasm.min.mjs` },
  { name: 'onnx-wasm.mjs', from: `${ORT}/ort-wasm-simd-threaded.mjs` },
  { name: 'onnx.wasm', from: `${ORT}/ort-wasm-simd-threaded.wasm` },
];

/** What is fetched to run a model with one thread. */
export const DOWNLOADS = {
  tflite: ['tflite.mjs', 'tflite.wasm'],
  'onnx-web': ['onnx.mjs', 'onnx-wasm.mjs', 'onnx.wasm'],
} as const;

/** @param name as in `DOWNLOADS` */
export function runtimeFile(name: string): Uint8Array {
  const file = FILES.find((each) => each.name === name);
  if (!file) throw new Error(`expected a file of a runtime, found ${name}`);
  const [scope, ...path] = file.from.split('/');
  const folder = scope.startsWith('@') ? join(scope, path.shift() as string) : scope;
  const installed = packageFolder(folder);
  const bytes = readFileSync(join(installed, ...path));
  if (!file.exports) return bytes;
  return new TextEncoder().encode(`${new TextDecoder().decode(bytes)}\nexport default ${file.exports};\n`);
}

/** Packages need not give away each of their files, so they are looked for where packages lie. */
function packageFolder(name: string): string {
  const places = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = places.map((place) => join(place, name)).find((folder) => hasPackage(folder));
  if (!found) throw new Error(`expected the package ${name} (npm ci), found it missing`);
  return found;
}

function hasPackage(folder: string): boolean {
  try {
    readFileSync(join(folder, 'package.json'));
    return true;
  } catch {
    return false;
  }
}

/** Puts the files into what Vite builds. */
export const runtimeFiles = (): Plugin => ({
  name: 'firstbreak-runtime-files',
  apply: 'build',
  generateBundle() {
    for (const { name } of FILES)
      this.emitFile({ type: 'asset', fileName: `${FOLDER}/${name}`, source: runtimeFile(name) });
  },
});
