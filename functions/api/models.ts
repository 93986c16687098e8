/** The releases of the registry, and the aliases that say which of them picks. Aliases are moved by who may, and as they were seen. */
import { createRoute, z } from '@hono/zod-openapi';
import { ALIASES, type AliasName } from '#shared/model/alias.ts';
import type { HeldAlias, Registry } from '#shared/model/registry.ts';
import { isDigest, isRegistryError } from '#shared/model/release.ts';
import type { Caller } from '../auth/caller.ts';
import type { AppDeps } from './context.ts';
import { matches, tagged } from './page.ts';
import { Refusal } from './problem.ts';
import { routes } from './routes.ts';
import { usual } from './schemas.ts';

const Digest = z.string().refine(isDigest, 'expected 64 hexadecimal digits');
const Release = z
  .object({
    digest: z.string(),
    name: z.string(),
    files: z.array(z.object({ file: z.string(), bytes: z.int(), sha256: z.string() })),
    licences: z.array(z.object({ data: z.string(), licence: z.string() })),
  })
  .openapi('Release');
const Models = z.object({ releases: z.array(z.string()).openapi({ description: 'Their digests' }) }).openapi('Models');
const AliasSchema = z
  .object({
    name: z.enum(ALIASES),
    release: z.string().nullable(),
    share: z.number().optional().openapi({ description: 'Of the canary: share of the jobs that it gets' }),
    history: z.array(z.looseObject({ what: z.string(), by: z.string(), at: z.string() })),
  })
  .openapi('Alias');
const Move = z.strictObject({ release: Digest, share: z.number().gt(0).max(1).optional() }).openapi('MoveAlias');

const NAME = z.object({ name: z.enum(ALIASES) });
const IF_MATCH = z.object({
  'if-match': z
    .string()
    .max(300)
    .optional()
    .openapi({ description: '`ETag` of the alias as it was read; `*` for one that was never set' }),
});
const json = <T>(schema: T) => ({ 'application/json': { schema } });
const tags = ['Models'];
const moved = { 200: { description: 'As it is now, with `ETag`', content: json(AliasSchema) } };

const list = createRoute({
  method: 'get',
  path: '/v1/models',
  tags,
  summary: 'The releases of the registry',
  responses: { 200: { description: 'Digests', content: json(Models) }, ...usual('not-found') },
});
const look = createRoute({
  method: 'get',
  path: '/v1/models/{digest}',
  tags,
  summary: 'A release, its signature checked',
  request: { params: z.object({ digest: Digest }) },
  responses: { 200: { description: 'What it holds', content: json(Release) }, ...usual('not-found', 'conflict') },
});
const alias = createRoute({
  method: 'get',
  path: '/v1/models/aliases/{name}',
  tags,
  summary: 'What an alias points to',
  request: { params: NAME },
  responses: { ...moved, 304: { description: 'As you have it' }, ...usual('not-found') },
});
const move = createRoute({
  method: 'put',
  path: '/v1/models/aliases/{name}',
  tags,
  summary: 'Points an alias to another release, as long as it is as you saw it',
  request: { params: NAME, headers: IF_MATCH, body: { required: true, content: json(Move) } },
  responses: { ...moved, ...usual('not-found', 'conflict', 'precondition-failed', 'precondition-required') },
});
const rollback = createRoute({
  method: 'post',
  path: '/v1/models/aliases/{name}:rollback',
  tags,
  summary: 'Back to what it pointed to before; of the canary: it ends',
  request: { params: NAME, headers: IF_MATCH },
  responses: { ...moved, ...usual('not-found', 'conflict', 'precondition-failed', 'precondition-required') },
});

export function modelRoutes({ registry }: AppDeps) {
  const known = (): Registry => {
    if (registry) return registry;
    throw new Refusal('not-found', 'expected a registry of models (firstbreak serve --registry PLACE), found none');
  };
  const app = routes();
  app.post('/v1/models/aliases/:action{[a-z]+:rollback}', async (c) => {
    const name = NAME.shape.name.safeParse(c.req.param('action').replace(/:rollback$/, ''));
    if (!name.success) throw new Refusal('not-found', `expected an alias ${ALIASES.join(' or ')}, found another`);
    const held = await answered(async () => {
      const from = await heldAs(known(), name.data, c.req.header('if-match'), c.get('caller'));
      return known().rollback(name.data, { ...mover(c.get('caller')), from });
    });
    return aliasAnswer(held, undefined);
  });
  const api = app
    .openapi(list, async (c) => {
      const releases: string[] = [];
      for await (const digest of known().digests()) releases.push(digest);
      return c.json({ releases }, 200);
    })
    .openapi(alias, async (c) => {
      const held = await answered(() => known().alias(c.req.valid('param').name));
      return aliasAnswer(held, c.req.header('if-none-match')) as never;
    })
    .openapi(move, async (c) => {
      const { name } = c.req.valid('param');
      const { release, share } = c.req.valid('json');
      const held = await answered(async () => {
        const from = await heldAs(known(), name, c.req.valid('header')['if-match'], c.get('caller'));
        return known().set(name, release, { ...mover(c.get('caller')), from, ...(share !== undefined && { share }) });
      });
      return aliasAnswer(held, undefined) as never;
    })
    .openapi(look, async (c) => {
      const { digest } = c.req.valid('param');
      const { name, files, licences } = await answered(() => known().release(digest));
      return tagged(c, { digest, name, files, licences }) as never;
    });
  api.openAPIRegistry.registerPath(rollback);
  return api;
}

const mover = ({ name }: Caller) => ({ by: name, at: new Date().toISOString() });

const tagOf = ({ etag }: HeldAlias): string | undefined => (etag === 'absent' ? undefined : `"${etag.matches}"`);

/** The alias, if the caller may move it and saw it as it is. @throws Refusal */
async function heldAs(
  registry: Registry,
  name: AliasName,
  ifMatch: string | undefined,
  caller: Caller,
): Promise<HeldAlias> {
  if (caller.admin !== true)
    throw new Refusal('forbidden', 'expected a key that may move aliases (--admin), found one that may not');
  if (ifMatch === undefined)
    throw new Refusal('precondition-required', 'expected If-Match with the ETag of the alias, found none');
  const held = await registry.alias(name);
  const tag = tagOf(held);
  if (tag === undefined ? ifMatch.trim() === '*' : matches(ifMatch, tag)) return held;
  throw new Refusal('precondition-failed', 'expected the ETag of the alias as it is now, found another');
}

function aliasAnswer(held: HeldAlias, ifNoneMatch: string | undefined): Response {
  const { name, release, share, history } = held.alias;
  const tag = tagOf(held);
  const headers: Record<string, string> = {
    'cache-control': 'private, no-cache',
    ...(tag !== undefined && { etag: tag }),
  };
  if (tag !== undefined && matches(ifNoneMatch, tag)) return new Response(null, { status: 304, headers });
  const body = { name, release, ...(share !== undefined && { share }), history };
  return new Response(JSON.stringify(body), { headers: { ...headers, 'content-type': 'application/json' } });
}

const REFUSALS = {
  unknown: 'not-found',
  'lost-race': 'precondition-failed',
  refused: 'conflict',
  'nothing-before': 'conflict',
  unsigned: 'conflict',
  tampered: 'conflict',
  malformed: 'conflict',
} as const;

/** What the registry refuses, without the address of the store. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    throw new Refusal(REFUSALS[error.code], error.message.slice(Math.max(0, error.message.indexOf('expected'))));
  }
}
