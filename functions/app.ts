/**
 * The HTTP API, as a table of contents. It is the same on Lambda and on one machine: what it stands on (a store, somebody who
 * picks, somebody who knows the callers) is given to it.
 */
import type { MiddlewareHandler } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { routePath } from 'hono/route';
import { withJsonBody } from './api/body.ts';
import type { AppDeps, AppEnv } from './api/context.ts';
import { docsRoutes } from './api/docs.ts';
import { editRoutes } from './api/edits.ts';
import { jobRoutes } from './api/jobs.ts';
import { modelRoutes } from './api/models.ts';
import { pickRoutes } from './api/picks.ts';
import { problem, Refusal, refusalOf } from './api/problem.ts';
import { routes } from './api/routes.ts';
import { serviceRoutes } from './api/service.ts';
import { blobRoutes, uploadRoutes } from './api/uploads.ts';
import { quotaIn } from './limits/quota.ts';
import { rateLimit } from './limits/rate.ts';
import { confined } from './store/confined.ts';

/** Asked by those who watch over the service, who have no key; signed URLs are keys themselves. */
const OPEN = new Set(['/v1/health', '/v1/ready', '/v1/version']);

/** Where the body is the bytes of a file. */
const RAW = new Set(['/v1/picks']);
const MOST_JSON = 4 * 1024 * 1024;

export function firstbreakApp(deps: AppDeps) {
  const quota = quotaIn(deps.store);
  const app = routes();
  app.use(requestId({ limitLength: 64, generator: () => crypto.randomUUID() }), told(deps), guarded(deps));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) =>
        problem(
          c,
          new Refusal('method-not-allowed', `expected ${methods.join(' or ')}, found ${c.req.method}`, {
            allow: methods.join(', '),
          }),
        ),
    }),
  );
  app.notFound((c) => problem(c, new Refusal('not-found', 'expected a path of /openapi.json, found another')));
  app.onError((error, c) => {
    const refusal = refusalOf(error);
    if (refusal) return problem(c, refusal);
    deps.log?.({ level: 'error', message: 'unforeseen', requestId: c.get('requestId'), error: traceOf(error) });
    return problem(
      c,
      new Refusal('internal', 'expected this to work, found a mistake of ours; the request id helps to find it'),
    );
  });
  if (deps.docs) app.route('/', docsRoutes(deps.docs));
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Firstbreak', version: deps.version, description: 'First breaks of seismic shots' },
    security: [{ key: [] }],
  });
  app.route('/', blobRoutes(deps));
  const api = app
    .route('/', serviceRoutes(deps))
    .route('/', pickRoutes(deps, quota))
    .route('/', uploadRoutes(deps, quota))
    .route('/', jobRoutes(deps))
    .route('/', editRoutes(deps, quota))
    .route('/', modelRoutes(deps));
  return Object.assign(api, { quota });
}

export type FirstbreakApp = ReturnType<typeof firstbreakApp>;

/** Nobody gets behind it unknown, or more often than they may. */
function guarded({ authenticate, store, idleMs }: AppDeps): MiddlewareHandler<AppEnv> {
  const limit = rateLimit();
  return async (c, next) => {
    if (c.req.path.startsWith('/v1/') && !OPEN.has(c.req.path) && !c.req.path.startsWith('/v1/blobs/')) {
      const caller = await authenticate(c.req.raw);
      limit(caller);
      c.set('caller', caller);
      c.set('store', confined(store, caller.prefix));
      if (!RAW.has(c.req.path) && !['GET', 'HEAD', 'DELETE'].includes(c.req.method))
        c.req.raw = await withJsonBody(c.req.raw, { most: MOST_JSON, ...(idleMs !== undefined && { idleMs }) });
    }
    await next();
  };
}

/** One line a request, without anything of its contents; and headers that keep browsers from guessing. */
function told({ log }: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const started = performance.now();
    await next();
    c.res.headers.set('x-request-id', c.get('requestId'));
    c.res.headers.set('x-content-type-options', 'nosniff');
    c.res.headers.set('referrer-policy', 'no-referrer');
    if (!c.res.headers.has('content-security-policy'))
      c.res.headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    log?.({
      level: c.res.status >= 500 ? 'warn' : 'info',
      message: 'request',
      requestId: c.get('requestId'),
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      ms: Math.round(performance.now() - started),
      ...(c.get('caller') && { caller: c.get('caller').name }),
    });
  };
}

const traceOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
