/**
 * Folders over HTTP for pages under test, isolated from other origins (COOP, COEP), as WebAssembly threads need it
 * (HTML standard, "cross-origin isolated").
 */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

export interface Served {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** @param folders by the path they are served under: `{ '/': 'dist', '/models/': 'shared/models' }`; the longest path wins */
export async function serveFolders(folders: Readonly<Record<string, string>>): Promise<Served> {
  const mounts = Object.entries(folders).sort(([a], [b]) => b.length - a.length);
  const fileOf = (path: string): string | undefined => {
    const mount = mounts.find(([prefix]) => path.startsWith(prefix));
    if (!mount) return undefined;
    const [prefix, folder] = mount;
    const file = normalize(join(folder, path.slice(prefix.length) || 'index.html'));
    const inside = file.startsWith(normalize(join(folder, sep)));
    return inside && statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
  };
  const server = createServer((request, response) => {
    const file = fileOf(decodeURIComponent(new URL(request.url ?? '/', 'http://here').pathname));
    if (file === undefined) {
      response.writeHead(404, ISOLATED).end();
      return;
    }
    response.writeHead(200, { ...ISOLATED, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
