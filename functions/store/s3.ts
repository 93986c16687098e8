/** A bucket, or what lies under a prefix of it, as an object store. Conditions are S3's own: If-None-Match and If-Match. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import {
  goodKey,
  isStoreError,
  type ObjectStore,
  type SignedUploads,
  type StoredObject,
  StoreError,
  type Written,
} from '#shared/object-store.ts';

export interface S3Place {
  readonly bucket: string;
  /** Put before every key; empty, or ends with a slash. */
  readonly prefix: string;
}

/** `s3://bucket/prefix`; undefined for what is no such address. */
export function s3Place(address: string): S3Place | undefined {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(address);
  if (!match) return undefined;
  const prefix = (match[2] ?? '').replace(/\/+$/, '');
  return { bucket: match[1], prefix: prefix === '' ? '' : `${goodKey(prefix)}/` };
}

/** Pieces of an object of unknown size: S3 allows 10,000 of them. */
const PART_BYTES = 16 * 1024 * 1024;

/** @param client by default of the environment: region, credentials and AWS_ENDPOINT_URL_S3 as the SDK reads them */
export function s3Store({ bucket, prefix }: S3Place, client: S3Client = clientOfEnvironment()): ObjectStore {
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + goodKey(key) });
  /** Some servers compare If-Match with the etag as it is, AWS with the one in quotes. */
  let quoted = true;

  async function put(
    key: string,
    bytes: Uint8Array,
    contentType: string | undefined,
    condition: object,
  ): Promise<Written> {
    const type = contentType === undefined ? {} : { ContentType: contentType };
    for (let tries = 0; ; tries++) {
      try {
        const { ETag } = await client.send(new PutObjectCommand({ ...at(key), Body: bytes, ...type, ...condition }));
        return { written: true, etag: bare(ETag) };
      } catch (error) {
        if (statusOf(error) === 412) return { written: false };
        // Two conditional writes at once, or the object went away meanwhile.
        if (statusOf(error) === 409 && tries < 10) continue;
        if (statusOf(error) === 404 && 'IfMatch' in condition) return { written: false };
        throw failure(error, key);
      }
    }
  }

  async function head(key: string): Promise<StoredObject | undefined> {
    const place = at(key);
    try {
      const { ContentLength = 0, ETag, LastModified = new Date(0) } = await client.send(new HeadObjectCommand(place));
      return { key, size: ContentLength, etag: bare(ETag), modified: LastModified };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw failure(error, key);
    }
  }

  const uploads: SignedUploads = {
    async begin(key, { contentType } = {}) {
      const type = contentType === undefined ? {} : { ContentType: contentType };
      const { UploadId } = await sent(key, () =>
        client.send(new CreateMultipartUploadCommand({ ...at(key), ...type })),
      );
      return UploadId!;
    },
    async signPart(key, id, part, { expiresSeconds, size }) {
      const command = new UploadPartCommand({ ...at(key), UploadId: id, PartNumber: part, ContentLength: size });
      const url = await getSignedUrl(client, command, {
        expiresIn: expiresSeconds,
        signableHeaders: new Set(['content-length', 'host']),
      });
      return { method: 'PUT', url, headers: { 'content-length': `${size}` } };
    },
    async complete(key, id, parts) {
      const Parts = parts.map(({ part, etag }) => ({ PartNumber: part, ETag: `"${bare(etag)}"` }));
      try {
        const command = { ...at(key), UploadId: id, MultipartUpload: { Parts } };
        await client.send(new CompleteMultipartUploadCommand(command));
      } catch (cause) {
        const what = `expected the parts of the upload, found ${(cause as Error).name}`;
        if (statusOf(cause) === 404) throw new StoreError('missing', key, what, { cause });
        if (statusOf(cause) === 400) throw new StoreError('changed', key, what, { cause });
        throw failure(cause, key);
      }
      return (await head(key))!;
    },
    async abort(key, id) {
      try {
        await client.send(new AbortMultipartUploadCommand({ ...at(key), UploadId: id }));
      } catch (error) {
        if (statusOf(error) !== 404) throw failure(error, key);
      }
    },
    async signGet(key, { expiresSeconds, fileName }) {
      const name = fileName === undefined ? {} : { ResponseContentDisposition: attachment(fileName) };
      const url = await getSignedUrl(client, new GetObjectCommand({ ...at(key), ...name }), {
        expiresIn: expiresSeconds,
      });
      return { method: 'GET', url, headers: {} };
    },
  };

  return {
    name: `s3://${bucket}/${prefix}`,
    uploads,
    head,
    async get(key, range, matches) {
      const place = at(key);
      if (range && range.length <= 0) return new Uint8Array(0);
      const part = range ? { Range: `bytes=${range.at}-${range.at + range.length - 1}` } : {};
      const same = matches === undefined ? {} : { IfMatch: quoted ? `"${matches}"` : matches };
      try {
        const { Body } = await client.send(new GetObjectCommand({ ...place, ...part, ...same }));
        return await Body!.transformToByteArray();
      } catch (error) {
        if (statusOf(error) === 416) return new Uint8Array(0);
        if (statusOf(error) !== 412) throw failure(error, key);
        throw new StoreError('changed', key, `expected the etag ${matches}, found another`, { cause: error });
      }
    },
    async put(key, bytes, { condition, contentType } = {}) {
      if (condition === undefined) return put(key, bytes, contentType, {});
      if (condition === 'absent') return put(key, bytes, contentType, { IfNoneMatch: '*' });
      const match = () => ({ IfMatch: quoted ? `"${condition.matches}"` : condition.matches });
      const first = await put(key, bytes, contentType, match());
      if (first.written || !quoted || (await head(key))?.etag !== condition.matches) return first;
      quoted = false;
      return put(key, bytes, contentType, match());
    },
    async putStream(key, pieces, { contentType } = {}) {
      const blocks = blocksOf(pieces);
      const first = await blocks.next();
      const second = first.done ? first : await blocks.next();
      if (second.done) {
        await put(key, first.value ?? new Uint8Array(0), contentType, {});
        return (await head(key))!;
      }
      const id = await uploads.begin(key, contentType === undefined ? {} : { contentType });
      try {
        const parts: { part: number; etag: string }[] = [];
        const send = async (Body: Uint8Array) => {
          const part = parts.length + 1;
          const command = new UploadPartCommand({ ...at(key), UploadId: id, PartNumber: part, Body });
          parts.push({ part, etag: bare((await sent(key, () => client.send(command))).ETag) });
        };
        await send(first.value!);
        await send(second.value);
        for await (const block of blocks) await send(block);
        return await uploads.complete(key, id, parts);
      } catch (error) {
        await uploads.abort(key, id).catch(() => {});
        throw error;
      }
    },
    async delete(key) {
      const place = at(key);
      await sent(key, () => client.send(new DeleteObjectCommand(place))).catch((error) => {
        if (!isStoreError(error, 'missing')) throw error;
      });
    },
    async list(wanted, { after, limit = 1000 } = {}) {
      const objects: StoredObject[] = [];
      let start = after === undefined ? {} : { StartAfter: prefix + after };
      for (;;) {
        const { Contents = [], IsTruncated } = await sent(wanted, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix + wanted,
              MaxKeys: Math.min(1000, limit - objects.length),
              ...start,
            }),
          ),
        );
        for (const { Key = '', Size = 0, ETag, LastModified = new Date(0) } of Contents)
          objects.push({ key: Key.slice(prefix.length), size: Size, etag: bare(ETag), modified: LastModified });
        if (!IsTruncated || Contents.length === 0) return { objects };
        if (objects.length >= limit) return { objects, next: objects[objects.length - 1].key };
        start = { StartAfter: Contents[Contents.length - 1].Key! };
      }
    },
  };
}

/** Checksums only where S3 wants them: other servers do not know the new ones. */
export const clientOfEnvironment = (): S3Client =>
  new S3Client({
    forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined || process.env.AWS_ENDPOINT_URL !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

const bare = (etag: string | undefined): string => (etag ?? '').replace(/^(W\/)?"?|"$/g, '');

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

async function sent<T>(key: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw failure(error, key);
  }
}

/** What the SDK says, by its name alone: its messages may hold addresses and key ids. */
function failure(cause: unknown, key: string): unknown {
  const status = statusOf(cause);
  const found = (cause as Error).name;
  if (status === 404) return new StoreError('missing', key, `expected an object, found ${found}`, { cause });
  if (status === 403 || status === 401)
    return new StoreError('denied', key, `expected permission, found ${found}`, { cause });
  if (cause instanceof StoreError) return cause;
  return new StoreError('unavailable', key, `expected S3 to answer, found ${found}`, { cause });
}

/** RFC 6266, the name in the form that holds every character. */
export const attachment = (fileName: string): string =>
  `attachment; filename*=UTF-8''${encodeURIComponent(fileName).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`;

/** The same bytes in pieces of one size. */
async function* blocksOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces)
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + PART_BYTES - size);
      waiting.push(part.slice());
      from += part.length;
      size += part.length;
      if (size < PART_BYTES) continue;
      yield Buffer.concat(waiting);
      waiting = [];
      size = 0;
    }
  if (size > 0) yield Buffer.concat(waiting);
  return undefined;
}
