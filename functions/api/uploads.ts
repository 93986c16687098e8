/**
 * Files of any size, straight into the store: the caller gets a signed request for each part, sends the parts, and completes.
 * What arrives is held against the digest that was announced before it gets its name.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import {
  getJson,
  type ObjectStore,
  putJson,
  type SignedRequest,
  type SignedUploads,
  type StoredObject,
} from '#shared/object-store.ts';
import type { Quota } from '../limits/quota.ts';
import { SYSTEM } from '../store/system.ts';
import { bodyPieces } from './body.ts';
import type { AppDeps } from './context.ts';
import { Refusal } from './problem.ts';
import { routes } from './routes.ts';
import { FileName, usual } from './schemas.ts';
import { objectResponse } from './stream.ts';

const EXPIRES_SECONDS = 3600;
/** S3 takes 5 TiB, at most 10,000 parts and none below 5 MiB but the last. */
const MOST_BYTES = 5 * 1024 ** 4;
const PART_BYTES = 16 * 1024 * 1024;
const MOST_PARTS = 1000;

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

const NewUpload = z
  .strictObject({
    name: FileName.regex(/^[^/\\]+$/, 'expected a name without folders').refine(
      (name) => !/^\.+$/.test(name),
      'expected a name',
    ),
    size: z.int().min(1).max(MOST_BYTES),
    sha256: Sha256.optional().openapi({ description: 'Of the whole file; what arrives is held against it' }),
  })
  .openapi('NewUpload');

const Part = z.object({
  part: z.int(),
  at: z.int(),
  size: z.int(),
  method: z.literal('PUT'),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
});

const Upload = z
  .object({
    id: z.string(),
    key: z.string().openapi({ description: 'Of the object, once it is complete' }),
    state: z.enum(['open', 'complete']),
    size: z.int(),
    expiresAt: z.string(),
    parts: z
      .array(Part)
      .openapi({ description: 'Signed requests, one a part; those of an open upload are signed anew at each GET' }),
  })
  .openapi('Upload');

const Complete = z
  .strictObject({
    parts: z
      .array(z.strictObject({ part: z.int().min(1).max(MOST_PARTS), etag: z.string().min(1).max(200) }))
      .min(1)
      .max(MOST_PARTS)
      .openapi({ description: 'ETag as the answer to each part gave it' }),
  })
  .openapi('CompleteUpload');

const Stored = z.object({ key: z.string(), size: z.int(), etag: z.string() }).openapi('StoredObject');

const ID = z.object({ id: z.uuid() });
const json = <T>(schema: T) => ({ 'application/json': { schema } });
const tags = ['Uploads'];

const begin = createRoute({
  method: 'post',
  path: '/v1/uploads',
  tags,
  summary: 'Begins an upload: signed requests for its parts',
  request: { body: { required: true, content: json(NewUpload) } },
  responses: {
    201: { description: 'Send each part, then complete', content: json(Upload) },
    ...usual('quota-used-up', 'unsupported'),
  },
});
const look = createRoute({
  method: 'get',
  path: '/v1/uploads/{id}',
  tags,
  summary: 'The upload, its parts signed anew',
  request: { params: ID },
  responses: { 200: { description: 'The upload', content: json(Upload) }, ...usual('not-found') },
});
const complete = createRoute({
  method: 'post',
  path: '/v1/uploads/{id}/complete',
  tags,
  summary: 'Puts the parts together',
  request: { params: ID, body: { required: true, content: json(Complete) } },
  responses: {
    200: { description: 'The object', content: json(Stored) },
    ...usual('not-found', 'conflict', 'checksum-mismatch'),
  },
});
const abort = createRoute({
  method: 'delete',
  path: '/v1/uploads/{id}',
  tags,
  summary: 'Ends an upload; what was sent goes',
  request: { params: ID },
  responses: { 204: { description: 'Gone' }, ...usual('not-found') },
});

interface Record {
  readonly id: string;
  /** The store's own. */
  readonly storeId: string;
  readonly key: string;
  readonly size: number;
  readonly sha256?: string;
  readonly complete?: StoredObject;
}
const recordKey = (id: string) => `${SYSTEM}uploads/${id}.json`;

export function uploadRoutes(_: AppDeps, quota: Quota) {
  return routes()
    .openapi(begin, async (c) => {
      const { name, size, sha256 } = c.req.valid('json');
      const store = c.get('store');
      const uploads = signedOf(store);
      await quota.spend(c.get('caller'), size);
      const id = randomUUID();
      const key = `uploads/${id}/${name}`;
      const storeId = await uploads.begin(key, { contentType: 'application/octet-stream' });
      const record: Record = { id, storeId, key, size, ...(sha256 !== undefined && { sha256 }) };
      await putJson(store, recordKey(id), record, 'absent');
      c.header('location', `/v1/uploads/${id}`);
      return c.json(await shown(record, uploads), 201);
    })
    .openapi(look, async (c) => {
      const store = c.get('store');
      return c.json(await shown((await recordOf(store, c.req.valid('param').id)).value, signedOf(store)), 200);
    })
    .openapi(complete, async (c) => {
      const store = c.get('store');
      const { value: record, etag } = await recordOf(store, c.req.valid('param').id);
      if (record.complete) return c.json(stored(record.complete), 200);
      const object = await signedOf(store).complete(record.key, record.storeId, c.req.valid('json').parts);
      const wrong =
        object.size !== record.size
          ? `expected ${record.size} bytes as announced, found ${object.size}`
          : await otherDigest(store, object, record.sha256);
      if (wrong) {
        await store.delete(object.key);
        await store.delete(recordKey(record.id));
        throw new Refusal('checksum-mismatch', wrong);
      }
      await putJson(store, recordKey(record.id), { ...record, complete: object }, { matches: etag });
      return c.json(stored(object), 200);
    })
    .openapi(abort, async (c) => {
      const store = c.get('store');
      const { value } = await recordOf(store, c.req.valid('param').id);
      if (!value.complete) await signedOf(store).abort(value.key, value.storeId);
      await store.delete(recordKey(value.id));
      return c.body(null, 204);
    });
}

/** The key of a complete upload, as an input of a job. @throws Refusal */
export async function uploadedKey(store: ObjectStore, id: string): Promise<string> {
  const { value } = await recordOf(store, id);
  if (value.complete) return value.key;
  throw new Refusal('conflict', 'expected an upload that is complete, found one that is open');
}

function signedOf(store: ObjectStore): SignedUploads {
  if (store.uploads) return store.uploads;
  throw new Refusal(
    'unsupported',
    'expected a store that signs uploads, found one that does not; send the file to POST /v1/picks',
  );
}

async function recordOf(store: ObjectStore, id: string): Promise<{ value: Record; etag: string }> {
  const found = await getJson<Record>(store, recordKey(id));
  if (found) return found;
  throw new Refusal('not-found', 'expected an upload of that id, found none');
}

const stored = ({ key, size, etag }: StoredObject) => ({ key, size, etag });

async function shown(
  { id, storeId, key, size, complete: done }: Record,
  uploads: SignedUploads,
): Promise<z.infer<typeof Upload>> {
  const expiresAt = new Date(Date.now() + 1000 * EXPIRES_SECONDS).toISOString();
  if (done) return { id, key, state: 'complete', size, expiresAt, parts: [] };
  const each = Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS / 65_536) * 65_536);
  const parts = Array.from({ length: Math.ceil(size / each) }, async (_, i) => {
    const [at, length] = [i * each, Math.min(each, size - i * each)];
    const signed: SignedRequest = await uploads.signPart(key, storeId, i + 1, {
      expiresSeconds: EXPIRES_SECONDS,
      size: length,
    });
    return { part: i + 1, at, size: length, ...signed, method: 'PUT' as const, headers: { ...signed.headers } };
  });
  return { id, key, state: 'open', size, expiresAt, parts: await Promise.all(parts) };
}

async function otherDigest(store: ObjectStore, { key, size, etag }: StoredObject, expected: string | undefined) {
  if (expected === undefined) return undefined;
  const hash = createHash('sha256');
  for (let at = 0; at < size; at += PART_BYTES) hash.update(await store.get(key, { at, length: PART_BYTES }, etag));
  const found = hash.digest('hex');
  return found === expected ? undefined : `expected SHA-256 ${expected} as announced, found ${found}`;
}

/** What signed URLs of a directory lead to; no key is asked for, the URL is one. */
export function blobRoutes({ store, blobs, idleMs }: AppDeps) {
  const app = routes();
  if (!blobs) return app;
  const granted = (token: string) => {
    const grant = blobs.granted(token);
    if (grant) return grant;
    throw new Refusal(
      'forbidden',
      'expected a URL that this server has signed and that has not expired, found another',
    );
  };
  app.put('/v1/blobs/:token', async (c) => {
    const grant = granted(c.req.param('token'));
    if (grant.act !== 'put') throw new Refusal('forbidden', 'expected a URL for sending, found one for reading');
    const limits = { most: grant.size, totalMs: 3_600_000, ...(idleMs !== undefined && { idleMs }) };
    const { etag } = await blobs.putPart(grant, bodyPieces(c.req.raw, limits)).catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 'changed')
        throw new Refusal('checksum-mismatch', (error as Error).message);
      throw error;
    });
    return c.body(null, 200, { etag: `"${etag}"` });
  });
  app.get('/v1/blobs/:token', async (c) => {
    const grant = granted(c.req.param('token'));
    if (grant.act !== 'get') throw new Refusal('forbidden', 'expected a URL for reading, found one for sending');
    return objectResponse(store, grant.key, 'application/octet-stream', grant.fileName);
  });
  return app;
}
