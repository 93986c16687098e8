/** Is it there, is it right, what is it: health picks the golden gathers of the model and compares. */
import { createRoute } from '@hono/zod-openapi';
import type { AppDeps } from './context.ts';
import { routes } from './routes.ts';
import { Health, Ready, refusals, Version } from './schemas.ts';

/** Anybody may ask for health, so the work is done once in a while. */
const FRESH_MS = 5000;

const json = <T>(schema: T, description: string) => ({ description, content: { 'application/json': { schema } } });
const tags = ['Service'];

const health = createRoute({
  method: 'get',
  path: '/v1/health',
  tags,
  security: [],
  summary: 'Runs the golden gathers of the model and compares the scores',
  responses: { 200: json(Health, 'As it should be'), 503: json(Health, 'The scores are wrong') },
});
const ready = createRoute({
  method: 'get',
  path: '/v1/ready',
  tags,
  security: [],
  summary: 'Whether requests are taken: the store answers',
  responses: { 200: json(Ready, 'Yes'), 503: json(Ready, 'Not now') },
});
const version = createRoute({
  method: 'get',
  path: '/v1/version',
  tags,
  security: [],
  summary: 'What runs here',
  responses: { 200: json(Version, 'Version and model'), ...refusals('internal') },
});

export function serviceRoutes({ store, picking, version: number }: AppDeps) {
  let last: { at: number; result: Promise<{ off: number; most: number; ms: number }> } | undefined;
  const checked = async () => {
    const from = performance.now();
    const { off, most } = await picking.check();
    return { off, most, ms: Math.round(performance.now() - from) };
  };
  return routes()
    .openapi(health, async (c) => {
      if (!last || performance.now() - last.at > FRESH_MS) last = { at: performance.now(), result: checked() };
      const { off, most, ms } = await last.result.catch((error) => {
        last = undefined;
        throw error;
      });
      c.header('cache-control', 'no-store');
      return off <= most
        ? c.json({ status: 'ok' as const, golden: { off, most }, ms }, 200)
        : c.json({ status: 'failed' as const, golden: { off: Math.min(off, Number.MAX_VALUE), most }, ms }, 503);
    })
    .openapi(ready, async (c) => {
      const answers = await store.list('', { limit: 1 }).then(
        () => true,
        () => false,
      );
      c.header('cache-control', 'no-store');
      return answers ? c.json({ status: 'ready' as const }, 200) : c.json({ status: 'not-ready' as const }, 503);
    })
    .openapi(version, (c) => {
      const { name, digest, runtime } = picking.about;
      return c.json({ name: 'firstbreak' as const, version: number, model: { name, digest }, runtime }, 200);
    });
}
