/**
 * The page without a network: all of its files, models and runtimes included, are kept when it is first opened. Built files bear
 * their digest in the name and come from the cache; the page itself comes from its server where that answers, so that a new
 * station brings its new page. What the station says is never kept.
 */

/** The build puts them here: a word that changes with any file, and their paths beside this script. */
declare const VERSION: string;
declare const FILES: readonly string[];

/** What is used of `ServiceWorkerGlobalScope`, which TypeScript's library for pages lacks. */
interface Lifetime extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface Fetching extends Lifetime {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  readonly clients: { claim(): Promise<void> };
  readonly registration: { readonly scope: string };
  addEventListener(name: 'install' | 'activate', listener: (event: Lifetime) => void): void;
  addEventListener(name: 'fetch', listener: (event: Fetching) => void): void;
}
const scope = self as unknown as Scope;

const PREFIX = 'firstbreak-';
const CACHE = `${PREFIX}${VERSION}`;
/** A server that does not answer is not waited for. */
const PATIENCE_MS = 3000;

scope.addEventListener('install', (event) => {
  // Not from the browser's own cache, where an older file of the same name may lie.
  const requests = FILES.map((file) => new Request(new URL(file, scope.registration.scope), { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

scope.addEventListener('activate', (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
    await scope.clients.claim();
  };
  event.waitUntil(clean());
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || !url.href.startsWith(scope.registration.scope)) return;
  if (url.pathname.slice(new URL(scope.registration.scope).pathname.length).startsWith('api/')) return;
  event.respondWith(request.mode === 'navigate' ? pageOf(request) : fileOf(request));
});

async function pageOf(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return (await kept('./')) ?? Response.error();
  }
}

const fileOf = async (request: Request): Promise<Response> =>
  (await (await caches.open(CACHE)).match(request, { ignoreSearch: true })) ?? fetch(request);

const kept = async (file: string) => (await caches.open(CACHE)).match(new URL(file, scope.registration.scope));
