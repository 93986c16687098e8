/** Pages of a list, and whether a thing has changed: cursors and entity tags. */
import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Refusal } from './problem.ts';

export const PAGE_QUERY = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).openapi({ description: 'Most entries of the page' }),
  cursor: z.string().max(2000).optional().openapi({ description: '`next` of the page before' }),
};

/** What a client gives back as it is. */
export const cursorOf = (place: string | undefined): string | null =>
  place === undefined ? null : Buffer.from(place).toString('base64url');

/** @param isPlace whether it is one of ours @throws Refusal */
export function placeOf(cursor: string | undefined, isPlace: (place: string) => boolean): string | undefined {
  if (cursor === undefined) return undefined;
  const place = Buffer.from(cursor, 'base64url').toString();
  if (cursorOf(place) === cursor && isPlace(place)) return place;
  throw new Refusal('bad-request', 'query.cursor: expected the cursor of a page, found something else');
}

/** 304 where the client has it already. */
export function tagged(c: Context, body: object): Response {
  const text = JSON.stringify(body);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  const headers = { etag, 'cache-control': 'private, no-cache' };
  if (matches(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  return new Response(text, { status: 200, headers: { ...headers, 'content-type': 'application/json' } });
}

/** Whether one of a list of entity tags is this one, or `*` stands for any. */
export const matches = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, ''))) ?? false;
