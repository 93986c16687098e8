/**
 * Builds the page: `node edge/page/build.ts`. Everything it needs lies in one folder afterwards, models and runtimes included, and
 * works from any address.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { loadImage } from '@napi-rs/canvas';
import { build, type Plugin, transformWithOxc } from 'vite';
import { SHIPPED_MODEL } from '#shared/model/open-model.ts';
import { runtimeFiles } from '../browser/runtime-files.ts';

const PAGE = import.meta.dirname;
const ROOT = resolve(PAGE, '../..');

/** Where the station looks for it. */
export const BUILT_PAGE = join(PAGE, 'dist');

export async function buildPage({ out = BUILT_PAGE }: { readonly out?: string } = {}): Promise<string> {
  await build({
    root: PAGE,
    configFile: false,
    base: './',
    publicDir: false,
    logLevel: 'warn',
    plugins: [modelFiles(), runtimeFiles(), installable()],
    // In a folder of their own: servers allow them more than the page (guard.ts, cdk/delivery.ts).
    worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'workers/[name]-[hash].js' } } },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2023',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      // How long plugins take is nothing to a person who starts the station.
      rolldownOptions: { checks: { bundlerTimings: false } },
    },
  });
  return out;
}

/** Missing, or older than what it is made of. */
export function pageIsStale(out = BUILT_PAGE): boolean {
  const built = statSync(join(out, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = globSync(
    [
      'edge/page/**/*.{ts,tsx,css,html,svg}',
      'edge/browser/*.ts',
      'edge/station/*.ts',
      'shared/**/*.{ts,json}',
      'package-lock.json',
    ],
    { cwd: ROOT, exclude: (path) => path.startsWith('edge/page/dist') },
  );
  return sources.some((path) => statSync(join(ROOT, path)).mtimeMs > built);
}

const MODEL_FILES = /^(manifest|golden)\.json$|\.(onnx|tflite)$/;

const modelFiles = (): Plugin => ({
  name: 'firstbreak-model-files',
  generateBundle() {
    const folder = join(ROOT, 'shared/models', SHIPPED_MODEL);
    for (const file of globSync('*', { cwd: folder }).filter((name) => MODEL_FILES.test(name)))
      this.emitFile({
        type: 'asset',
        fileName: `models/${SHIPPED_MODEL}/${file}`,
        source: readFileSync(join(folder, file)),
      });
  },
});

const NAME = 'Firstbreak';
const ICON_SIZES = [192, 512] as const;

const MANIFEST = {
  name: NAME,
  short_name: NAME,
  description: 'First breaks of seismic shots: picked, judged and corrected, on this computer alone',
  start_url: './',
  scope: './',
  display: 'standalone',
  background_color: '#eef1f5',
  theme_color: '#0f172a',
  icons: [
    { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
    ...ICON_SIZES.map((size) => ({
      src: `icon-${size}.png`,
      sizes: `${size}x${size}`,
      type: 'image/png',
      purpose: 'any maskable',
    })),
  ],
};

/** Manifest, icons and the service worker, which must know every file that was built. */
const installable = (): Plugin => ({
  name: 'firstbreak-installable',
  enforce: 'post',
  async generateBundle(_, bundle) {
    const svg = readFileSync(join(PAGE, 'icon.svg'));
    const icons = await Promise.all(
      ICON_SIZES.map(async (size) => ({ fileName: `icon-${size}.png`, source: await pngOf(svg, size) })),
    );
    const extra = [
      { fileName: 'manifest.webmanifest', source: JSON.stringify(MANIFEST) },
      { fileName: 'icon.svg', source: svg },
      ...icons,
    ];
    for (const file of extra) this.emitFile({ type: 'asset', ...file });
    const files = [...new Set([...Object.keys(bundle), ...extra.map(({ fileName }) => fileName)])]
      .filter((file) => !/\.map$|threads/.test(file) && file !== 'index.html')
      .sort();
    const digest = createHash('sha256');
    for (const file of files) {
      const made = bundle[file];
      digest.update(file).update(made?.type === 'chunk' ? made.code : (made?.source ?? ''));
    }
    const source = readFileSync(join(PAGE, 'sw.ts'), 'utf8');
    const { code } = await transformWithOxc(source, 'sw.ts', { lang: 'ts' });
    const known = `const VERSION = ${JSON.stringify(digest.digest('hex').slice(0, 16))};\nconst FILES = ${JSON.stringify(['./', ...files])};\n`;
    this.emitFile({ type: 'asset', fileName: 'sw.js', source: known + code });
  },
});

async function pngOf(svg: Uint8Array, size: number): Promise<Uint8Array> {
  const { createCanvas } = await import('@napi-rs/canvas');
  const image = await loadImage(Buffer.from(svg));
  const canvas = createCanvas(size, size);
  canvas.getContext('2d').drawImage(image, 0, 0, size, size);
  return canvas.encode('png');
}

if (import.meta.main) {
  const out = await buildPage();
  const bytes = globSync('**/*', { cwd: out }).reduce((sum, file) => sum + statSync(join(out, file)).size, 0);
  console.log(`${relative(process.cwd(), out) || '.'}: ${(bytes / 1e6).toFixed(1)} MB`);
}
