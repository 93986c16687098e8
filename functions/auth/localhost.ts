/**
 * Nobody is asked who they are on a server that only this machine can reach. A page of the web that a browser here shows could
 * reach it as well: by a name that resolves to this machine, or by a form. Both are refused by what the browser says of itself.
 */
import { Refusal } from '../api/problem.ts';
import { type Authenticate, type Caller, NO_LIMITS } from './caller.ts';

const LOCAL: Caller = { name: 'localhost', prefix: '', limits: NO_LIMITS, admin: true };

export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);

export const byLocalhost: Authenticate = async (request) => {
  const { hostname } = new URL(request.url);
  if (!isLoopback(hostname))
    throw new Refusal(
      'forbidden',
      'expected this machine as Host (localhost), found another name; other hosts need keys',
    );
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  const stranger = origin !== null && !(URL.canParse(origin) && isLoopback(new URL(origin).hostname));
  if (stranger || site === 'cross-site')
    throw new Refusal('forbidden', 'expected a request of this machine, found one of a page of another site');
  return LOCAL;
};
