/**
 * Who may talk to the station. By default only this machine: `Host` must name it, so that no other site's name can be bound to it
 * (DNS rebinding), and `Origin` must be the station itself, so that no other page can use it. On a network a token is needed too.
 */
import { timingSafeEqual } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import type { MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { Refusal } from './refusal.ts';

export interface Guarding {
  /** undefined: this machine only, no token. */
  readonly token: string | undefined;
}

const COOKIE = 'firstbreak-station';
const LOCAL = ['localhost', '127.0.0.1', '[::1]'];

export function guard({ token }: Guarding): MiddlewareHandler {
  const lan = token !== undefined;
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (![...LOCAL, ...(lan ? namesOfThisMachine() : [])].includes(host.replace(/:\d+$/, '').toLowerCase()))
      throw new Refusal(403, 'foreign-host', `expected the name of this machine as Host, found '${host}'`);
    const origin = c.req.header('origin');
    if (origin !== undefined && origin !== `http://${host}`)
      throw new Refusal(403, 'foreign-origin', `expected a request of the station's own page, found one of ${origin}`);
    const site = c.req.header('sec-fetch-site');
    const opened = c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate';
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !opened)
      throw new Refusal(
        403,
        'foreign-origin',
        `expected a request of the station's own page, found one from elsewhere`,
      );
    if (!['GET', 'HEAD'].includes(c.req.method) && !c.req.header('content-type')?.startsWith('application/json'))
      throw new Refusal(400, 'not-json', 'expected content-type application/json');
    if (lan) {
      const given = c.req.query('token');
      if (same(given, token)) {
        setCookie(c, COOKIE, token, { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: 400 * 24 * 3600 });
        if (opened || c.req.path === '/') return c.redirect(c.req.path, 302);
      } else if (!same(bearer(c.req.header('authorization')), token) && !same(getCookie(c, COOKIE), token))
        throw new Refusal(401, 'token-needed', 'expected the token that the station printed when it started: ?token=…');
    }
    await next();
  };
}

const bearer = (header: string | undefined) => /^Bearer (.+)$/.exec(header ?? '')?.[1];

function same(given: string | undefined, token: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** As they stand in an address; they change when the laptop joins another network. */
export function namesOfThisMachine(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const name = hostname().toLowerCase();
  return [
    name,
    `${name}.local`,
    ...addresses.map(({ address, family }) => (family === 'IPv6' ? `[${address.replace(/%.*/, '')}]` : address)),
  ];
}

/** Scripts, styles and connections of its own only; isolated, so that wasm may use threads. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** Of a page that is one file: its own styles and pictures, no script, no connection. */
export const DOCUMENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

/**
 * Of the scripts that run as workers, which take the policy of their own response and not that of the page: bindings of TFLite make
 * functions out of text. Workers neither draw nor reach anything but this station.
 */
export const WORKER_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'; connect-src 'self'; frame-ancestors 'none'";
