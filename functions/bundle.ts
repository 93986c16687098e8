/**
 * `npm run bundle:lambda`: all that Lambda needs in one folder, functions/dist/lambda, and the same as functions/dist/lambda.zip.
 * Code is bundled and split, so that each function loads its own part; weights and WebAssembly lie beside it as they are.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { type Zippable, zipSync } from 'fflate';
import { TFLITE_FILES } from './lambda/runtime.ts';
import { ARCHITECTURES, onnxLayer } from './layer.ts';
import { SHIPPED_FOLDER } from './models.ts';

/** Where the bundle goes unless another folder is asked for. */
export const BUNDLE = fileURLToPath(new URL('./dist/lambda', import.meta.url));
export const zipOf = (bundle: string) => `${bundle}.zip`;

const { resolve } = createRequire(import.meta.url);
const ONNX = dirname(resolve('onnxruntime-web'));
const TFLITE = resolve('@tensorflow/tfjs-tflite/wasm/tflite_web_api_cc_simd.js');
const SWAGGER = dirname(resolve('swagger-ui-dist/package.json'));

/** What lies beside the code, by its place in the bundle. @param model folder of the model that picks */
const besideOf = (model: string): Readonly<Record<string, string>> => ({
  'ort-wasm-simd-threaded.mjs': join(ONNX, 'ort-wasm-simd-threaded.mjs'),
  'ort-wasm-simd-threaded.wasm': join(ONNX, 'ort-wasm-simd-threaded.wasm'),
  [TFLITE_FILES.script]: TFLITE,
  [TFLITE_FILES.wasm]: TFLITE.replace(/\.js$/, '.wasm'),
  'model/manifest.json': join(model, 'manifest.json'),
  'model/model.onnx': join(model, 'model.onnx'),
  ...(existsSync(join(model, 'model.tflite')) && { 'model/model.tflite': join(model, 'model.tflite') }),
  'model/golden.json': join(model, 'golden.json'),
  'docs/swagger-ui.css': join(SWAGGER, 'swagger-ui.css'),
  'docs/swagger-ui-bundle.js': join(SWAGGER, 'swagger-ui-bundle.js'),
  'docs/favicon-32x32.png': join(SWAGGER, 'favicon-32x32.png'),
});

export interface BundleSize {
  readonly unzipped: number;
  readonly zipped: number;
}

export interface BundleOptions {
  /** Folder that is made anew; the archive lies beside it. @default functions/dist/lambda */
  readonly bundle?: string;
  /** Folder of the model. @default that of FIRSTBREAK_MODEL, or the one that ships */
  readonly model?: string;
}

export async function bundleLambda({
  bundle = BUNDLE,
  model = process.env.FIRSTBREAK_MODEL || SHIPPED_FOLDER,
}: BundleOptions = {}): Promise<BundleSize> {
  rmSync(bundle, { recursive: true, force: true });
  await build({
    entryPoints: [fileURLToPath(new URL('./lambda.ts', import.meta.url))],
    outdir: bundle,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    charset: 'utf8',
    // The one is too large for the bundle, the other an option.
    external: ['@napi-rs/canvas', 'onnxruntime-node'],
    // Packages that are CommonJS ask for their parts so.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
  for (const [place, from] of Object.entries(besideOf(model))) {
    mkdirSync(dirname(join(bundle, place)), { recursive: true });
    copyFileSync(from, join(bundle, place));
  }
  const zip = zipSync(filesOf(bundle), { level: 6, mtime: new Date(1980, 0, 1) });
  writeFileSync(zipOf(bundle), zip);
  const unzipped = paths(bundle).reduce((sum, path) => sum + statSync(path).size, 0);
  return { unzipped, zipped: zip.length };
}

const paths = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();

/** The same files give the same archive. */
const filesOf = (folder: string): Zippable =>
  Object.fromEntries(
    paths(folder).map((path) => [relative(folder, path).replaceAll('\\', '/'), new Uint8Array(readFileSync(path))]),
  );

if (import.meta.main) {
  const { values } = parseArgs({ options: { layer: { type: 'string' } } });
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const told = (path: string, { unzipped, zipped }: BundleSize) =>
    console.log(`${relative(process.cwd(), path)}: ${megabytes(unzipped)}, zipped ${megabytes(zipped)}`);
  const architecture = ARCHITECTURES.find((name) => name === values.layer);
  if (values.layer === undefined) told(BUNDLE, await bundleLambda());
  else if (architecture) {
    const layer = onnxLayer({ architecture });
    told(layer.path, layer);
  } else throw new Error(`--layer: expected ${ARCHITECTURES.join(' or ')}, found '${values.layer}'`);
}
