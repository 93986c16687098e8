/**
 * Objects by key: what a bucket and a plain directory both are, as far as the product needs it. The rules of keys and of
 * conditions are those that S3 and a file system can both keep; one suite of tests holds every store to them.
 */

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** Changes whenever the bytes do. Opaque, without quotes. */
  readonly etag: string;
  readonly modified: Date;
}

export interface ByteRange {
  readonly at: number;
  readonly length: number;
}

/** Written only where no object has the key, or only over the bytes with this etag. */
export type Condition = 'absent' | { readonly matches: string };

export interface PutOptions {
  readonly condition?: Condition;
  readonly contentType?: string;
}

/** `written: false`: the condition did not hold, and the object is as it was. */
export type Written = { readonly written: true; readonly etag: string } | { readonly written: false };

export interface ListOptions {
  /** Keys after this one. */
  readonly after?: string;
  /** Most objects of the page. @default 1000 */
  readonly limit?: number;
}

export interface ObjectPage {
  /** In the order of their keys' UTF-8 bytes. */
  readonly objects: readonly StoredObject[];
  /** `after` of the following page; absent on the last one. */
  readonly next?: string;
}

export interface ObjectStore {
  /** For messages: `s3://bucket/prefix`, or the directory. */
  readonly name: string;
  /** undefined: no such object. */
  head(key: string): Promise<StoredObject | undefined>;
  /**
   * The bytes, or those of the range, fewer where the object ends before.
   * @param matches only if the object still has this etag
   * @throws StoreError `missing`, or `changed` when it has another etag
   */
  get(key: string, range?: ByteRange, matches?: string): Promise<Uint8Array>;
  put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Written>;
  /** An object of any size; it appears whole when the last piece is written, or not at all when a piece throws. */
  putStream(key: string, pieces: AsyncIterable<Uint8Array>, options?: { contentType?: string }): Promise<StoredObject>;
  /** No error where there is none. */
  delete(key: string): Promise<void>;
  /** Keys that begin with the prefix. */
  list(prefix: string, options?: ListOptions): Promise<ObjectPage>;
  /** Absent: the store gives no URLs. */
  readonly uploads?: SignedUploads;
}

/** A request that whoever holds it may send until it expires, with these headers as they are. */
export interface SignedRequest {
  readonly method: 'PUT' | 'GET';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface UploadedPart {
  /** From 1. */
  readonly part: number;
  /** As the part's answer gave it. */
  readonly etag: string;
}

export interface PartOptions {
  readonly expiresSeconds: number;
  readonly size: number;
  /** Hexadecimal; held against the bytes by whoever completes the upload. */
  readonly sha256?: string;
}

/** Objects brought by others in parts, without the bytes passing through the caller. */
export interface SignedUploads {
  /** @returns the store's own id of the upload */
  begin(key: string, options?: { contentType?: string }): Promise<string>;
  signPart(key: string, id: string, part: number, options: PartOptions): Promise<SignedRequest>;
  /** @throws StoreError `missing` for an upload or a part that there is none of, `changed` for a part with another etag */
  complete(key: string, id: string, parts: readonly UploadedPart[]): Promise<StoredObject>;
  /** No error where there is none. */
  abort(key: string, id: string): Promise<void>;
  /** The object itself, for reading. */
  signGet(key: string, options: { expiresSeconds: number; fileName?: string }): Promise<SignedRequest>;
}

/** `bad-key`: against the rules below, or a folder of other keys; `denied`: no permission; `unavailable`: try again later. */
export type StoreErrorCode = 'missing' | 'changed' | 'bad-key' | 'denied' | 'full' | 'unavailable';

export class StoreError extends Error {
  readonly _tag = 'StoreError';
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly key: string;

  /** `what` says in one line what was expected and what was found. */
  constructor(code: StoreErrorCode, key: string, what: string, options?: { cause?: unknown }) {
    super(`${shownKey(key)}: ${what}`, options);
    this.code = code;
    this.key = key;
  }
}

/** True for a `StoreError`, of the given code where one is named. */
export function isStoreError(error: unknown, code?: StoreErrorCode): error is StoreError {
  return error instanceof StoreError && (code === undefined || error.code === code);
}

/** A key as one printable line. */
export const shownKey = (key: string): string => {
  const line = JSON.stringify(key).slice(1, -1);
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
};

/** The longest key of S3, in bytes of UTF-8; a part is a file name, of which file systems allow 255. */
const MOST_KEY_BYTES = 1024;
const MOST_PART_BYTES = 255;

/** What is wrong with a key, in words; undefined for a good one. */
export function keyFault(key: string): string | undefined {
  if (key === '') return 'nothing';
  if (utf8(key).length > MOST_KEY_BYTES) return `${utf8(key).length} bytes, above ${MOST_KEY_BYTES}`;
  if (!key.isWellFormed()) return 'half a surrogate pair';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (/[\u0000-\u001f\u007f-\u009f\\]/.test(key)) return 'a control character or a backslash';
  for (const part of key.split('/')) {
    if (part === '') return 'an empty part';
    if (part === '.' || part === '..') return `the part '${part}'`;
    if (utf8(part).length > MOST_PART_BYTES) return `a part of ${utf8(part).length} bytes, above ${MOST_PART_BYTES}`;
  }
  return undefined;
}

/**
 * The key itself when every store can hold it: parts between slashes, none of them empty, `.` or `..`; no control characters,
 * no backslash; at most 1024 bytes. Nor may a key be the folder of another one, which only the store can see.
 * @throws StoreError `bad-key`
 */
export function goodKey(key: string): string {
  const fault = keyFault(key);
  if (fault === undefined) return key;
  throw new StoreError('bad-key', key, `expected a key of parts between single slashes, found ${fault}`);
}

const utf8 = (text: string) => new TextEncoder().encode(text);

/** All objects whose keys begin with the prefix, page by page. */
export async function* everyObject(
  store: Pick<ObjectStore, 'list'>,
  prefix: string,
  options: ListOptions = {},
): AsyncGenerator<StoredObject> {
  for (let after = options.after; ; ) {
    const page = await store.list(prefix, { ...options, ...(after !== undefined && { after }) });
    yield* page.objects;
    if (page.next === undefined) return;
    after = page.next;
  }
}

/** A JSON object of the store, with the etag to change it by; undefined where there is none. @throws StoreError, SyntaxError */
export async function getJson<T>(store: ObjectStore, key: string): Promise<{ value: T; etag: string } | undefined> {
  for (;;) {
    const head = await store.head(key);
    if (!head) return undefined;
    try {
      const bytes = await store.get(key, undefined, head.etag);
      return { value: JSON.parse(new TextDecoder().decode(bytes)) as T, etag: head.etag };
    } catch (error) {
      if (isStoreError(error, 'missing')) return undefined;
      if (!isStoreError(error, 'changed')) throw error;
    }
  }
}

/** Written as one line of JSON. */
export const putJson = (store: ObjectStore, key: string, value: unknown, condition?: Condition): Promise<Written> =>
  store.put(key, utf8(`${JSON.stringify(value)}\n`), {
    contentType: 'application/json',
    ...(condition !== undefined && { condition }),
  });
