/** The files of the page, as they were built; nothing outside of their folder is ever served. */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { extname, join, resolve, sep } from 'node:path';
import { WORKER_POLICY } from './guard.ts';
import { Refusal } from './refusal.ts';

export interface PageFolder {
  /** undefined: no page was built; the API answers all the same. */
  readonly folder: string | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.md': 'text/markdown; charset=utf-8',
};

export function pageFile({ folder }: PageFolder, path: string): Response {
  if (folder === undefined)
    throw new Refusal(404, 'no-page', 'expected the page to be built, found none; the API is at /api/health');
  const root = realpathSync(folder);
  const found = insideOf(root, path === '/' ? 'index.html' : decoded(path));
  if (!found) throw new Refusal(404, 'no-such-file', `expected a file of the page, found no ${path}`);
  const bytes = readFileSync(found);
  // Names of built files hold a digest of their content, all but the entries.
  const worker = path.startsWith('/workers/');
  const lasting = worker || path.startsWith('/assets/');
  return new Response(bytes, {
    headers: {
      'content-type': TYPES[extname(found).toLowerCase()] ?? 'application/octet-stream',
      'cache-control': lasting ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: `"${createHash('sha1').update(bytes).digest('hex').slice(0, 20)}"`,
      ...(worker && { 'content-security-policy': WORKER_POLICY }),
    },
  });
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    return '';
  }
}

/** undefined for what is not there, no file, or elsewhere by way of `..` or a link. */
function insideOf(root: string, path: string): string | undefined {
  if (path === '' || path.includes('\0')) return undefined;
  const wanted = resolve(join(root, path));
  try {
    const real = realpathSync(wanted);
    return real.startsWith(root + sep) && statSync(real).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}
