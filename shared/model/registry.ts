/**
 * Models in a store, a directory and a bucket alike: files by their digest, which never change; releases, signed; and aliases,
 * moved by compare-and-swap. What is read is held against its digest and its signature every time, so the store need not be trusted.
 */
import {
  type Condition,
  everyObject,
  getJson,
  isStoreError,
  type ObjectStore,
  putJson,
  type Written,
} from '../object-store.ts';
import {
  ALIASES,
  type Alias,
  type AliasName,
  ended,
  freshAlias,
  type Mover,
  readAlias,
  releaseFor,
  rolledBack,
  setTo,
} from './alias.ts';
import { sha256 } from './manifest.ts';
import {
  bytesOfRelease,
  isDigest,
  type ModelFiles,
  RegistryError,
  type Release,
  type ReleaseFile,
  readRelease,
  releaseOf,
} from './release.ts';
import { base64Of, bytesOfBase64, type Signer, type Verifier } from './signing.ts';

export const SIGNATURE_SCHEMA = 'firstbreak.signature/1';

export interface RegistryOptions {
  /** Keys whose signatures count; without one nothing can be read but aliases. */
  readonly trust: readonly Verifier[];
  /** @default 'models/' */
  readonly prefix?: string;
}

export interface Published {
  /** Names the release. */
  readonly digest: string;
  readonly release: Release;
  /** false: it was there already. */
  readonly fresh: boolean;
  /** Files of the release that lay there damaged and are whole again. */
  readonly healed: readonly string[];
}

export interface HeldAlias {
  readonly alias: Alias;
  /** To move it by; `absent`: it was never set. */
  readonly etag: Condition;
}

export interface MoveOptions extends Mover {
  /** Of the canary. */
  readonly share?: number;
  /** Only if the alias is still as it was seen. @default as it is now */
  readonly from?: HeldAlias;
}

export interface Registry {
  /** For messages. */
  readonly name: string;
  /** What is there already and damaged is healed. @throws RegistryError `refused` when the model is not fit to be published */
  publish(
    files: ModelFiles,
    options: { readonly licences: ReadonlyMap<string, string>; readonly signer: Signer; readonly where: string },
  ): Promise<Published>;
  /**
   * What of a release is damaged or gone, put back from files that have its digests; names of those that were.
   * @throws RegistryError as `release`: what nobody trusted has signed is not healed
   */
  heal(digest: string, files: ModelFiles): Promise<readonly string[]>;
  /** Digests, without a look at what they name. */
  digests(): AsyncGenerator<string>;
  /** @throws RegistryError `unknown`, `unsigned`, `tampered`, `malformed` */
  release(digest: string): Promise<Release>;
  /** @throws RegistryError `unknown`, `tampered` */
  file(file: ReleaseFile): Promise<Uint8Array>;
  /** All files of a release. @throws RegistryError */
  files(digest: string): Promise<ModelFiles>;
  alias(name: AliasName): Promise<HeldAlias>;
  /** @throws RegistryError `lost-race`, and those of `release`: what nobody trusted has signed gets no alias */
  set(name: AliasName, digest: string, options: MoveOptions): Promise<HeldAlias>;
  /** `stable`: to what was before; `canary`: ends. @throws RegistryError `lost-race`, `nothing-before` */
  rollback(name: AliasName, options: MoveOptions): Promise<HeldAlias>;
  /** The canary gets no more jobs. @throws RegistryError `lost-race` */
  end(options: MoveOptions): Promise<HeldAlias>;
  /** The digest that a job is to keep, however the aliases move; undefined: no release is stable. */
  choose(job: string): Promise<string | undefined>;
}

/** `there`: it lay there already, whole. */
type Placed = 'fresh' | 'there' | 'healed';
const MOST_TRIES = 5;
const BYTES = 'application/octet-stream';

const utf8 = (text: string) => new TextEncoder().encode(text);

/** What is signed: short enough for any vault, and of use for nothing else. */
export const statementOf = (digest: string): Uint8Array => utf8(`firstbreak release ${digest}\n`);

/** Keys in the store. */
export const keysOf = (prefix = 'models/') => ({
  blob: (digest: string) => `${prefix}blobs/sha256/${digest}`,
  release: (digest: string) => `${prefix}releases/sha256/${digest}.json`,
  signature: (digest: string, key: string) => `${prefix}signatures/${digest}/${key}.json`,
  alias: (name: AliasName) => `${prefix}aliases/${name}.json`,
});

export function registryIn(store: ObjectStore, { trust, prefix = 'models/' }: RegistryOptions): Registry {
  const keys = keysOf(prefix);
  const at = (what: string) => `${store.name}: ${what}`;

  /** Bytes that have this digest. */
  async function bytesOf(key: string, digest: string, what: string): Promise<Uint8Array> {
    let bytes: Uint8Array;
    try {
      bytes = await store.get(key);
    } catch (cause) {
      if (!isStoreError(cause, 'missing')) throw cause;
      throw new RegistryError('unknown', at(what), 'expected it in the registry, found none', { cause });
    }
    const found = await sha256(bytes);
    if (found !== digest)
      throw new RegistryError(
        'tampered',
        at(what),
        `expected SHA-256 ${digest}, found ${found} (${bytes.length} bytes)`,
      );
    return bytes;
  }

  /**
   * Bytes under their own digest. Where others lie there they are damage, and give way, as long as they are those that were seen.
   * @throws RegistryError `lost-race` when they go on changing
   */
  async function putBlob(bytes: Uint8Array, key: string, digest: string, contentType: string): Promise<Placed> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if ((await store.put(key, bytes, { condition: 'absent', contentType })).written) return 'fresh';
      const seen = await store.head(key);
      if (!seen) continue;
      const there = await store.get(key, undefined, seen.etag).catch((error) => {
        if (isStoreError(error, 'missing') || isStoreError(error, 'changed')) return undefined;
        throw error;
      });
      if (!there) continue;
      if ((await sha256(there)) === digest) return 'there';
      if ((await store.put(key, bytes, { condition: { matches: seen.etag }, contentType })).written) return 'healed';
    }
    const what = 'expected it to stay as it was written, found that somebody goes on changing it';
    throw new RegistryError('lost-race', at(digest.slice(0, 12)), what);
  }

  /** undefined: there is none. What is no signature is one of no bytes. */
  async function signatureIn(key: string): Promise<Uint8Array | undefined> {
    try {
      const found = await getJson<{ readonly schema?: unknown; readonly signature?: unknown } | null>(store, key);
      if (!found) return undefined;
      const { schema, signature } = found.value ?? {};
      return (schema === SIGNATURE_SCHEMA && bytesOfBase64(`${signature}`)) || new Uint8Array();
    } catch (cause) {
      if (cause instanceof SyntaxError) return new Uint8Array();
      throw cause;
    }
  }

  async function checkSignature(digest: string, what: string): Promise<void> {
    let wrong = false;
    for (const verifier of trust) {
      const found = await signatureIn(keys.signature(digest, verifier.key));
      if (!found) continue;
      if (await verifier.verify(statementOf(digest), found)) return;
      wrong = true;
    }
    const by = trust.map(({ key }) => key).join(' or ') || 'a trusted key (none was given)';
    if (wrong) throw new RegistryError('tampered', at(what), `expected a signature by ${by}, found one that is wrong`);
    throw new RegistryError('unsigned', at(what), `expected a signature by ${by}, found none`);
  }

  async function release(digest: string): Promise<Release> {
    const what = `release ${digest.slice(0, 12)}`;
    if (!isDigest(digest)) throw new RegistryError('unknown', at(what), 'expected 64 hexadecimal digits, found others');
    const bytes = await bytesOf(keys.release(digest), digest, what);
    await checkSignature(digest, what);
    return readRelease(bytes, at(what));
  }

  const file = ({ file: name, sha256: digest }: ReleaseFile) => bytesOf(keys.blob(digest), digest, name);

  async function alias(name: AliasName): Promise<HeldAlias> {
    const where = at(name);
    const found = await getJson<unknown>(store, keys.alias(name)).catch((cause) => {
      if (cause instanceof SyntaxError)
        throw new RegistryError('malformed', where, 'expected JSON, found something else');
      throw cause;
    });
    if (!found) return { alias: freshAlias(name), etag: 'absent' };
    return { alias: readAlias(found.value, name, where), etag: { matches: found.etag } };
  }

  async function move(name: AliasName, change: (alias: Alias) => Alias, from?: HeldAlias): Promise<HeldAlias> {
    const held = from ?? (await alias(name));
    const moved = change(held.alias);
    const result: Written = await putJson(store, keys.alias(name), moved, held.etag);
    if (!result.written)
      throw new RegistryError('lost-race', at(name), 'expected it as it was read, found that somebody else moved it');
    return { alias: moved, etag: { matches: result.etag } };
  }

  return {
    name: store.name,
    async publish(files, { licences, signer, where }) {
      const made = await releaseOf(files, licences, where);
      const bytes = bytesOfRelease(made);
      const digest = await sha256(bytes);
      const healed: string[] = [];
      for (const { file, sha256: name } of made.files)
        if ((await putBlob(files.get(file)!, keys.blob(name), name, BYTES)) === 'healed') healed.push(file);
      const signature = base64Of(await signer.sign(statementOf(digest)));
      await putJson(store, keys.signature(digest, signer.key), {
        schema: SIGNATURE_SCHEMA,
        key: signer.key,
        signature,
      });
      // Last: what is listed is whole.
      const placed = await putBlob(bytes, keys.release(digest), digest, 'application/json');
      if (placed === 'healed') healed.push('the release');
      return { digest, release: made, fresh: placed === 'fresh', healed };
    },
    async heal(digest, files) {
      const healed: string[] = [];
      for (const { file, sha256: name } of (await release(digest)).files) {
        const bytes = files.get(file);
        if (!bytes || (await sha256(bytes)) !== name) continue;
        if ((await putBlob(bytes, keys.blob(name), name, BYTES)) !== 'there') healed.push(file);
      }
      return healed;
    },
    async *digests() {
      for await (const { key } of everyObject(store, keys.release('').replace(/\.json$/, ''))) {
        const digest = key.slice(-69, -5);
        if (isDigest(digest)) yield digest;
      }
    },
    release,
    file,
    async files(digest) {
      const { files } = await release(digest);
      const read = new Map<string, Uint8Array>();
      for (const each of files) read.set(each.file, await file(each));
      return read;
    },
    alias,
    async set(name, digest, { share, from, ...mover }) {
      await release(digest);
      return move(name, (held) => setTo(held, digest, mover, share), from);
    },
    rollback: (name, { share: _, from, ...mover }) => move(name, (held) => rolledBack(held, mover), from),
    end: ({ share: _, from, ...mover }) => move('canary', (held) => ended(held, mover), from),
    async choose(job) {
      const [stable, canary] = await Promise.all(ALIASES.map(alias));
      return releaseFor(job, stable.alias, canary.alias);
    },
  };
}
