/**
 * A real browser for tests, as `npm ci` brings it: headless Chromium of `@sparticuz/chromium`, unpacked once beside the packages with
 * the libraries that bare machines lack. `FIRSTBREAK_CHROMIUM` names another one, such as Debian's.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium as driver } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The caller closes it. */
export async function openChromium(): Promise<Browser> {
  const { path, env } = await chromiumOnDisk();
  return driver.launch({
    executablePath: path,
    args: FLAGS,
    env: { ...process.env, ...env } as Record<string, string>,
  });
}

interface OnDisk {
  readonly path: string;
  /** Where its libraries and fonts lie. */
  readonly env: Readonly<Record<string, string>>;
}

async function chromiumOnDisk(): Promise<OnDisk> {
  const named = process.env.FIRSTBREAK_CHROMIUM;
  if (named) return { path: named, env: {} };
  const folder = await unpacked();
  const libraries = [join(folder, 'al2023/lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return {
    path: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: fontsOf(folder) },
  };
}

/** The package's own list names the folders of Lambda; without a font that is found, a page has no letters. */
function fontsOf(folder: string): string {
  const file = join(folder, 'fonts/local.conf');
  const list = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><dir>/usr/share/fonts</dir><cachedir>${join(folder, 'fonts/cache')}</cachedir></fontconfig>
`;
  if (!existsSync(file)) writeFileSync(file, list);
  return file;
}

/** The package unpacks into the folder for temporary files, and its libraries on Lambda only: so it is told that this is one. */
const UNPACK = "const { default: chromium } = await import('@sparticuz/chromium'); await chromium.executablePath();";

/** Made whole under another name, so that two test files that start at once do not meet a half one. */
async function unpacked(): Promise<string> {
  const own = resolve(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..');
  const { version } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as { version: string };
  const cache = resolve(own, '../../.cache');
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const half = mkdtempSync(`${folder}-`);
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', UNPACK], {
      cwd: import.meta.dirname,
      env: { ...process.env, TMPDIR: half, TEMP: half, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    });
    renameSync(half, folder);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // else another was faster
  }
  return folder;
}
