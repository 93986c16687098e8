/** Answers that are made while they are sent. */
import type { ObjectStore } from '#shared/object-store.ts';
import { Refusal } from './problem.ts';

/** The next piece is asked for when the last one has been taken. */
export function streamOf(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const each = pieces[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await each.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await each.return?.();
    },
  });
}

const CHUNK = 4 * 1024 * 1024;

/** The bytes of an object as it was when they were begun. */
export async function* objectPieces(store: ObjectStore, key: string, etag?: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const piece = await store.get(key, { at, length: CHUNK }, etag);
    if (piece.length > 0) yield piece;
    at += piece.length;
    if (piece.length < CHUNK) return;
  }
}

/** @throws Refusal `not-found` */
export async function objectResponse(
  store: ObjectStore,
  key: string,
  contentType: string,
  fileName?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const object = await store.head(key);
  if (!object) throw new Refusal('not-found', 'expected the object to be there, found it gone');
  const name: Record<string, string> = fileName === undefined ? {} : { 'content-disposition': attachment(fileName) };
  return new Response(streamOf(objectPieces(store, key, object.etag)), {
    headers: {
      'content-type': contentType,
      'content-length': `${object.size}`,
      etag: `"${object.etag}"`,
      ...name,
      ...headers,
    },
  });
}

/** RFC 6266, the name in the form that holds every character. */
const attachment = (fileName: string): string =>
  `attachment; filename*=UTF-8''${encodeURIComponent(fileName).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`;
